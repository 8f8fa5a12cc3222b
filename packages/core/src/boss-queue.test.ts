import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendMail } from './modules/mail/send-mail.ts';
import { openTestCore, runJobs, type TestCore } from './testing.ts';

const mail = (to: string) => ({ to, subject: 'Hello', text: 'Hello', dedupeId: to });
let t: TestCore;
beforeEach(async () => {
  t = await openTestCore();
});
afterEach(() => t.db.close());

describe('adding a job', () => {
  it('leaves it when the transaction commits, and none when it rolls back', async () => {
    await expect(
      t.db.prisma.$transaction(async (tx) => {
        await t.core.queue.add(tx, sendMail, mail('a@example.test'));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await runJobs(t.core)).toEqual([]);
    await t.db.prisma.$transaction(async (tx) => {
      await t.core.queue.add(tx, sendMail, mail('a@example.test'), { key: 'a' });
      await t.core.queue.add(tx, sendMail, mail('b@example.test'), { key: 'a' });
      await t.core.queue.add(tx, sendMail, mail('c@example.test'));
      await t.core.queue.add(tx, sendMail, mail('d@example.test'), { startAfter: new Date(t.clock.now().getTime() + 1000) });
    });
    console.log(await runJobs(t.core), t.outbox);
    t.clock.advance(1000);
    console.log(await runJobs(t.core), t.outbox);
    console.log(await runJobs(t.core), t.outbox);
  });
});
