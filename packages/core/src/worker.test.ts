import { TEST_SECRET } from '@reqbase/auth/testing';
import type { Database } from '@reqbase/db';
import { createTestDatabase } from '@reqbase/db/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { installJobs } from './install-jobs.ts';
import { type AddOptions, HopelessJobError, type Job } from './queue.ts';
import { createServices, type Services } from './services.ts';
import { type JobOutcome, startWorker, type Worker } from './worker.ts';

type Word = { readonly word: string };
let said: string[];
/** What a job of the word `wait` waits for. */
let gate: PromiseWithResolvers<void>;
const say: Job<Word> = {
  name: 'test.say',
  data: z.object({ word: z.string() }),
  retryLimit: 2,
  concurrency: 2,
  async run(_services, { word }) {
    said.push(word);
    if (word === 'wait') await gate.promise;
    if (word.startsWith('fail')) throw new Error(`could not say ${word}`, { cause: new Error(`550 <${word}> unknown`) });
    if (word === 'hopeless') throw new HopelessJobError('never');
    // Not even an error.
    if (word === 'odd') await Promise.reject(null);
  },
};

let db: Database;
let services: Services;
let outcomes: JobOutcome[];
let lines: string[];
let workers: Worker[];
beforeEach(async () => {
  [said, outcomes, lines, workers] = [[], [], [], []];
  gate = Promise.withResolvers();
  db = await createTestDatabase();
  await installJobs(db, [say]);
  // The library goes by the database's clock, and the services' is to agree with it.
  services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free' });
});
afterEach(async () => {
  gate.resolve();
  await Promise.all(workers.map((worker) => worker.stop()));
  await db.close();
});

async function work(jobs: readonly Job<object>[] = [say]): Promise<Worker> {
  const note = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
  const worker = await startWorker(services, {
    log: { warn: note, error: note },
    onOutcome: (outcome) => outcomes.push(outcome),
    jobs,
    tickMs: 50,
    superviseSeconds: 1,
  });
  workers.push(worker);
  return worker;
}

const add = (word: string, options?: AddOptions) =>
  db.prisma.$transaction((tx) => services.queue.add(tx, say, { word }, options));
const seconds = (n: number) => new Date(Date.now() + n * 1_000);
const become = (what: () => unknown) => ({
  toEqual: (value: unknown) => vi.waitFor(() => expect(what()).toEqual(value), 20_000),
});
const outcomesOf = () => outcomes.map(({ outcome }) => outcome);
const waiting = () =>
  db.sql.query<{ state: string }>(`select state::text as state from pgboss.job where name = 'test.say' and state < 'active'`);
/** As if the time until the next attempt had passed. */
const passTime = () => db.sql.query(`update pgboss.job set start_after = now() where name = 'test.say' and state = 'retry'`);

describe('a worker', () => {
  it('runs what was there before it and what comes while it runs', async () => {
    await add('before');
    await work();
    await become(() => said).toEqual(['before']);
    await add('while');
    await become(() => said).toEqual(['before', 'while']);
    await become(outcomesOf).toEqual(['completed', 'completed']);
    expect(outcomes[0]).toEqual({ job: 'test.say', outcome: 'completed', seconds: expect.any(Number) });
  });

  it('goes through many without waiting between them, and runs each once, also beside another worker', async () => {
    await Promise.all([work(), work()]);
    const words = Array.from({ length: 100 }, (_, n) => `w${String(n).padStart(2, '0')}`);
    for (const word of words) await add(word);
    await become(() => said.toSorted()).toEqual(words);
    await become(() => outcomes.length).toEqual(100);
    expect(lines).toEqual([]);
  });

  it('leaves a job for later until its instant', async () => {
    await work();
    await add('later', { startAfter: seconds(2) });
    await add('now');
    await become(() => said).toEqual(['now']);
    expect((await waiting()).length).toBe(1);
    await become(() => said).toEqual(['now', 'later']);
  });

  it('runs a job with a schedule by itself, once for all workers', async () => {
    const minutes: Date[] = [];
    const tick: Job<object> = {
      name: 'test.tick',
      data: z.object({}),
      cron: '* * * * *',
      run: async () => void minutes.push(new Date()),
    };
    await installJobs(db, [tick]);
    await Promise.all([work([tick]), work([tick])]);
    await vi.waitFor(() => expect(minutes.length).toBeGreaterThan(0), 20_000);
    const perMinute = `select count(*)::int4 as count from pgboss.job where name = 'test.tick' group by date_trunc('minute', created_on)`;
    for (const { count } of await db.sql.query<{ count: number }>(perMinute)) expect(count).toBe(1);
    // Without a schedule any more it is not started any more.
    await work([]);
    expect(await db.sql.query('select name from pgboss.schedule')).toEqual([]);
  });
});

describe('a job that fails', () => {
  it('is tried again later each time, then dead: counted once, and told', async () => {
    await work();
    await add('fail');
    for (const attempt of [1, 2]) {
      await become(() => said.length).toEqual(attempt);
      await vi.waitFor(async () => expect(await waiting()).toEqual([{ state: 'retry' }]), 20_000);
      const [{ delay } = { delay: 0 }] = await db.sql.query<{ delay: number }>(
        `select floor(extract(epoch from start_after - started_on))::int4 as delay from pgboss.job where state = 'retry'`,
      );
      expect(delay).toBeGreaterThanOrEqual(5 * 2 ** attempt);
      await passTime();
    }
    await become(outcomesOf).toEqual(['failed', 'failed', 'failed', 'dead']);
    expect(outcomes.at(-1)).toEqual({ job: 'test.say', outcome: 'dead' });
    expect(lines.at(-1)).toContain('"attempts":3,"message":"job is dead"');
    expect(await waiting()).toEqual([]);
  });

  it('hopelessly, or whose data is of another version, is dead at once', async () => {
    await work();
    await add('hopeless');
    await become(outcomesOf).toEqual(['failed', 'dead']);
    const former: Job<{ readonly text: string }> = { ...say, data: z.object({ text: z.string() }), run: async () => {} };
    await db.prisma.$transaction((tx) => services.queue.add(tx, former, { text: 'of another version' }));
    await become(outcomesOf).toEqual(['failed', 'dead', 'failed', 'dead']);
    expect(said).toEqual(['hopeless']);
  });

  it('does not end the process, nor keep others from running, whatever it throws', async () => {
    await work();
    for (const word of ['odd', 'fail', 'after']) await add(word);
    await become(() => said.toSorted()).toEqual(['after', 'fail', 'odd']);
    await become(() => outcomesOf().toSorted()).toEqual(['completed', 'failed', 'failed']);
  });

  it('is told with its causes and without its data', async () => {
    await work();
    await add('fail-ada@example.test');
    await become(() => lines.length).toEqual(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      job: 'test.say',
      jobId: expect.any(String),
      attempt: 1,
      error: expect.stringMatching(/^Error: could not say \[…\]\n[\s\S]*caused by: Error: 550 <\[…\]> unknown/),
      message: 'job failed',
    });
    const kept = () => db.sql.query<{ output: string }>(`select output::text as output from pgboss.job where state = 'retry'`);
    await vi.waitFor(async () => expect(await kept()).toEqual([{ output: expect.not.stringContaining('ada@') }]), 20_000);
  });
});

describe('a worker that stops', () => {
  it('waits for what runs and begins nothing more', async () => {
    const worker = await work();
    await add('wait');
    await become(() => said).toEqual(['wait']);
    let isStopped = false;
    const stopping = worker.stop().then(() => {
      isStopped = true;
    });
    await add('too late');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isStopped).toBe(false);
    gate.resolve();
    await stopping;
    expect(outcomesOf()).toEqual(['completed']);
    expect(said).toEqual(['wait']);
    expect(await waiting()).toEqual([{ state: 'created' }]);
  });

  it('leaves what takes too long to be tried again', async () => {
    const worker = await work();
    await add('wait');
    await become(() => said).toEqual(['wait']);
    await worker.stop(1_000);
    expect(await waiting()).toEqual([{ state: 'retry' }]);
  });
});

describe('a worker that died', () => {
  it('has its jobs run again by another, and a job that kills every worker is dead in the end', async () => {
    await add('lost');
    // Taken, and nothing heard since.
    const die = () =>
      db.sql.query(
        `update pgboss.job set state = 'active', started_on = now() - interval '1 hour', heartbeat_on = now() - interval '1 hour',
           retry_count = retry_count + case when started_on is null then 0 else 1 end
         where name = 'test.say' and state < 'active'`,
      );
    for (let death = 0; death < 2; death++) {
      await die();
      await work([]);
      await vi.waitFor(async () => expect(await waiting()).toEqual([{ state: 'retry' }]), 20_000);
      await workers.pop()?.stop();
    }
    await die();
    await work();
    await become(outcomesOf).toEqual(['dead']);
    expect(said).toEqual([]);
  });
});
