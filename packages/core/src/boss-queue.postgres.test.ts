import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bossOver } from './boss.ts';
import { installJobs } from './install-jobs.ts';
import type { Job } from './queue.ts';
import { openTestCore, runJobs, type TestCore } from './testing.ts';

const seen: number[] = [];
/** Notes how many projects there are: what it does depends on what was committed before it. */
const count: Job<object> = {
  name: 'test.count',
  data: z.object({}),
  run: async ({ access }) => void seen.push(await access.db.prisma.organization.count()),
};

let t: TestCore;
beforeEach(async () => {
  seen.length = 0;
  t = await openTestCore();
  await installJobs(t.db, [count]);
});
afterEach(() => t.db.close());

const organization = (name: string) => ({ id: t.core.newId(), name, slug: name });

describe('transactions at the same time', () => {
  it('that add under one key leave one job, and each is seen by it', async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        t.db.prisma.$transaction(async (tx) => {
          await tx.organization.create({ data: organization(`org-${n}`) });
          await t.core.queue.add(tx, count, {}, { key: 'k' });
        }),
      ),
    );
    await runJobs(t.core, { jobs: [count] });
    expect(seen).toEqual([8]);
  });

  it('that find a job waiting hold it back until they have committed: it would miss what they change', async () => {
    await t.db.prisma.$transaction((tx) => t.core.queue.add(tx, count, {}, { key: 'k' }));
    const boss = bossOver(t.db);
    await t.db.prisma.$transaction(async (tx) => {
      await tx.organization.create({ data: organization('late') });
      await t.core.queue.add(tx, count, {}, { key: 'k' });
      expect(await boss.fetch(count.name)).toEqual([]);
    });
    await runJobs(t.core, { jobs: [count] });
    expect(seen).toEqual([1]);
  });

  it('that come upon a job just begun add another', async () => {
    await t.db.prisma.$transaction((tx) => t.core.queue.add(tx, count, {}, { key: 'k' }));
    const boss = bossOver(t.db);
    // Another worker is taking it: its row is locked, and it is still one that waits to everybody else.
    const taking = t.db.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`update pgboss.job set state = 'active', started_on = now() where name = 'test.count'`;
      await pause(300);
    });
    await pause(100);
    await t.db.prisma.$transaction((tx) => t.core.queue.add(tx, count, {}, { key: 'k' }));
    await taking;
    expect(await boss.fetch(count.name)).toHaveLength(1);
  });
});
