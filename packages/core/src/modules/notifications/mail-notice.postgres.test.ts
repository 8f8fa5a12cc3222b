import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { mailNotice } from './mail-notice.ts';
import { seedRequester, tell, until } from './testing.ts';

// Of copies that another connection holds: the embedded database has one.

let t: TestCore;
let tenant: TestTenant;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.outbox.length = 0;
  tenant = await seedTenant(t);
});

const notice = { audience: 'requesters', type: 'feature.completed', recipients: 'everyone' } as const;
const someone = (email: string) => seedRequester(t, tenant, { email });
const addresses = () => t.outbox.map(({ to }) => to).toSorted();
const isWaiting = async () =>
  (
    await t.db.sql.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%emailed_at%'`,
    )
  ).length > 0;

/** Mails the notice while another has a requester's copy locked, and gives it to whom it is to go into. */
async function mailWhile(notificationId: string, requesterId: string, into = requesterId): Promise<void> {
  const { prisma } = t.db;
  let mailing: Promise<void> | undefined;
  await prisma.$transaction(async (tx) => {
    await tx.notificationReceipt.updateMany({ where: { requesterId }, data: { requesterId: into } });
    mailing = mailNotice.run(t.core, { notificationId });
    await until(isWaiting);
  });
  await mailing;
  await runJobs(t.core);
}

describe('the e-mails of a notice', () => {
  it('reach who had their copy locked for a moment', async () => {
    const [held] = [await someone('held@example.test'), await someone('other@example.test')];
    const id = await tell(t, tenant, notice);
    await mailWhile(id, held);
    expect(addresses()).toEqual(['held@example.test', 'other@example.test']);
  });

  it('reach who is given a copy by a merge at the very moment', async () => {
    const [from] = [await someone('from@example.test'), await someone('other@example.test')];
    const id = await tell(t, tenant, notice);
    await mailWhile(id, from, await someone('into@example.test'));
    expect(addresses()).toEqual(['into@example.test', 'other@example.test']);
  });
});
