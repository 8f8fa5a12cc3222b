import type { Database } from '@reqbase/db';
import { createTestDatabase } from '@reqbase/db/testing';
import { getRollbackPlans } from 'pg-boss';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOSS_SCHEMA, bossOver, DEAD_JOBS } from './boss.ts';
import { installJobs } from './install-jobs.ts';
import { JOBS } from './jobs.ts';

let db: Database;
beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(() => db.close());

const drift = async () => {
  const { ok, ...report } = await bossOver(db).detectSchemaDrift();
  return ok ? [] : report;
};

describe('installing jobs', () => {
  it('finds the tables that the migrations have made as the library makes them', async () => {
    expect(await drift()).toEqual([]);
  });

  it('makes a queue for each job, the same however often', async () => {
    for (let n = 0; n < 2; n++) {
      await installJobs(db);
      const queues = await bossOver(db).getQueues();
      expect(queues.map(({ name }) => name).toSorted()).toEqual([...JOBS.map(({ name }) => name), DEAD_JOBS].toSorted());
      for (const { name, deadLetter } of queues) expect(deadLetter).toBe(name === DEAD_JOBS ? null : DEAD_JOBS);
    }
  });

  it('takes over settings that have changed since', async () => {
    const [job] = JOBS;
    if (job === undefined) throw new Error('there is no job');
    await installJobs(db, [{ ...job, retryLimit: 3 }]);
    await installJobs(db, [{ ...job, retryLimit: 4 }]);
    expect(await bossOver(db).getQueue(job.name)).toMatchObject({ retryLimit: 4, policy: 'short' });
  });

  it('by several processes at once does so once', async () => {
    await Promise.all([installJobs(db), installJobs(db), installJobs(db)]);
    expect(await bossOver(db).getQueues()).toHaveLength(JOBS.length + 1);
  });

  it('brings tables of an earlier version of the library up to date', async () => {
    const boss = bossOver(db);
    const present = await boss.schemaVersion();
    await db.execute(getRollbackPlans(BOSS_SCHEMA));
    expect(await boss.schemaVersion()).toBeLessThan(present ?? 0);
    await installJobs(db);
    expect(await boss.schemaVersion()).toBe(present);
    expect(await drift()).toEqual([]);
  });

  it('makes the tables where they are missing', async () => {
    await db.execute('drop schema pgboss cascade');
    await installJobs(db);
    expect(await drift()).toEqual([]);
  });
});
