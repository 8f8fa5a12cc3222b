import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { installJobs } from './install-jobs.ts';
import { sendMail } from './modules/mail/send-mail.ts';
import type { AddOptions, Job } from './queue.ts';
import { HopelessJobError } from './queue.ts';
import { openTestCore, runJobs, type TestCore } from './testing.ts';

type Word = { readonly word: string };
const said: string[] = [];
/** Says its word; `fail` and `hopeless` do not go well; `more` adds another job. */
const say: Job<Word> = {
  name: 'test.say',
  data: z.object({ word: z.string().max(20) }),
  async run({ access, queue }, { word }) {
    if (word === 'fail') throw new Error('not now');
    if (word === 'hopeless') throw new HopelessJobError('never');
    said.push(word);
    if (word === 'more') await access.db.prisma.$transaction((tx) => queue.add(tx, say, { word: 'added' }));
  },
};
const JOBS = [say];

let t: TestCore;
beforeEach(async () => {
  said.length = 0;
  t = await openTestCore();
  await installJobs(t.db, JOBS);
});
afterEach(() => t.db.close());

const add = (word: string, options?: AddOptions) =>
  t.db.prisma.$transaction((tx) => t.core.queue.add(tx, say, { word }, options));
const run = (options: { withRetries?: boolean; withScheduled?: boolean } = {}) => runJobs(t.core, { jobs: JOBS, ...options });
const inSeconds = (seconds: number) => new Date(t.clock.now().getTime() + seconds * 1_000);

describe('adding a job', () => {
  it('leaves none when the transaction rolls back, and always one when it commits', async () => {
    const undone = t.db.prisma.$transaction(async (tx) => {
      await t.core.queue.add(tx, say, { word: 'undone' });
      throw new Error('something later fails');
    });
    await expect(undone).rejects.toThrow('something later fails');
    await add('done');
    await run();
    expect(said).toEqual(['done']);
  });

  it('asks for nothing outside its transaction, the first time neither', async () => {
    // With the rest of the transaction before and after it: on the embedded database another connection would wait for ever.
    await t.db.prisma.$transaction(async (tx) => {
      await tx.$queryRaw`select 1`;
      await Promise.all(['a', 'b', 'c'].map((word) => t.core.queue.add(tx, say, { word })));
      await tx.$queryRaw`select 1`;
    });
    await run();
    expect(said.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('refuses data that the job does not know, and a job that is not in the list', async () => {
    await expect(add('longer than twenty characters')).rejects.toThrow('Too big');
    const unknown = { ...say, name: 'test.unknown' };
    await expect(t.db.prisma.$transaction((tx) => t.core.queue.add(tx, unknown, { word: 'a' }))).rejects.toThrow(
      'Queue test.unknown does not exist',
    );
  });

  it('keeps data as it is, whatever is in it', async () => {
    const texts = [`it's "quoted" \\ $1 $$ \n end`, '{"json":true}', '日本語 🎉', "'; drop table pgboss.job; --"];
    for (const text of texts) {
      await t.db.prisma.$transaction((tx) =>
        t.core.queue.add(tx, sendMail, { to: 'ada@example.test', subject: 'Hello', text, dedupeId: text }),
      );
    }
    await runJobs(t.core);
    expect(t.outbox.map(({ text }) => text)).toEqual(texts);
  });
});

describe('a key', () => {
  it('lets one job wait, the first, and another be added once that has begun', async () => {
    for (const word of ['first', 'second']) await add(word, { key: 'k' });
    await add('other', { key: 'l' });
    for (const word of ['keyless', 'keyless']) await add(word);
    await run();
    expect(said).toEqual(['first', 'other', 'keyless', 'keyless']);
    await add('third', { key: 'k' });
    await run();
    expect(said.slice(4)).toEqual(['third']);
  });

  it('of a rolled-back job is free', async () => {
    const undone = t.db.prisma.$transaction(async (tx) => {
      await t.core.queue.add(tx, say, { word: 'undone' }, { key: 'k' });
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    await add('done', { key: 'k' });
    await run();
    expect(said).toEqual(['done']);
  });
});

describe('a job for later', () => {
  it('runs from its instant on, by the clock of the services, and no sooner', async () => {
    await add('later', { startAfter: inSeconds(60) });
    await add('soon', { startAfter: inSeconds(10) });
    await add('now');
    await run();
    expect(said).toEqual(['now']);
    t.clock.advance(59_999);
    await run();
    expect(said).toEqual(['now', 'soon']);
    t.clock.advance(1);
    await run();
    expect(said).toEqual(['now', 'soon', 'later']);
  });
});

describe('running what is due, for tests', () => {
  it('runs what the jobs add, tells what failed, and takes it again only when asked to', async () => {
    await add('fail');
    await add('more');
    const ran = await run();
    expect(ran.map(({ data, error }) => [data, error?.message])).toEqual([
      [{ word: 'fail' }, 'not now'],
      [{ word: 'more' }, undefined],
      [{ word: 'added' }, undefined],
    ]);
    expect(await run()).toEqual([]);
    expect((await run({ withRetries: true })).map(({ data }) => data)).toEqual([{ word: 'fail' }]);
    expect(await run()).toEqual([]);
  });

  it('takes scheduled jobs when asked to', async () => {
    const ticks: Date[] = [];
    const tick: Job<object> = {
      name: 'test.tick',
      data: z.object({}),
      cron: '0 * * * *',
      run: async ({ clock }) => void ticks.push(clock()),
    };
    await installJobs(t.db, [tick]);
    expect(await runJobs(t.core, { jobs: [tick] })).toEqual([]);
    await runJobs(t.core, { jobs: [tick], withScheduled: true });
    expect(ticks).toEqual([t.clock.now()]);
  });
});
