import { randomUUID } from 'node:crypto';
import { recording, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { notificationJobs } from './jobs.ts';
import { markRequesterRead, requesterFeed } from './requester-feed.ts';
import { actIn, seedRequester, tell } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;
let me: string;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(t);
  me = await seedRequester(t, tenant);
});

const DAY_MS = 24 * 3_600_000;
const feed = (id = me, page: { limit?: number; cursor?: string } = {}, of = tenant) =>
  requesterFeed(actIn(t, of), id, { limit: 25, ...page });
const read = (ids?: string[], id = me, of = tenant) => markRequesterRead(actIn(t, of), id, ids);
/** Tells me, a second after whatever was told before. */
async function told(notice: object = {}): Promise<string> {
  t.clock.advance(1_000);
  return tell(t, tenant, {
    type: 'message.replied',
    title: 'A reply',
    audience: 'requesters',
    isPrivate: true,
    recipients: [me],
    ...notice,
  });
}
const announce = () =>
  told({ type: 'announcement.sent', recipients: 'everyone', expiresAt: new Date(t.clock.now().getTime() + 1_000 + DAY_MS) });

describe('a requester’s feed', () => {
  it('has their own notices, newest first, and says what is unread', async () => {
    const [first, second] = [await told({ body: 'one' }), await told({ title: 'Two' })];
    const other = await seedRequester(t, tenant);
    await told({ recipients: [other] });
    await told({ audience: 'team' });
    await read([first]);
    expect(await feed()).toEqual({
      items: [
        {
          id: second,
          type: 'message.replied',
          title: 'Two',
          body: null,
          featureId: null,
          conversationId: null,
          createdAt: '2026-03-14T10:20:32.250Z',
          isRead: false,
        },
        {
          id: first,
          type: 'message.replied',
          title: 'A reply',
          body: 'one',
          featureId: null,
          conversationId: null,
          createdAt: '2026-03-14T10:20:31.250Z',
          isRead: true,
        },
      ],
      hasMore: false,
      nextCursor: null,
      unreadCount: 1,
    });
  });

  it('is empty for who was told nothing, and in another project', async () => {
    await told();
    const empty = { items: [], hasMore: false, nextCursor: null, unreadCount: 0 };
    expect(await feed(randomUUID())).toEqual(empty);
    expect(await feed(me, {}, await seedTenant(t))).toEqual(empty);
  });

  it('has an announcement for 24 hours, and for ever once it was read', async () => {
    const [kept, lost] = [await announce(), await announce()];
    const reply = await told();
    expect(await read([kept])).toEqual({ unreadCount: 2 });
    t.clock.advance(DAY_MS - 1_001);
    expect((await feed()).items.map(({ id }) => id)).toEqual([reply, lost, kept]);
    t.clock.advance(1);
    expect(await feed()).toMatchObject({ items: [{ id: reply }, { id: kept, isRead: true }], unreadCount: 1 });
    t.clock.advance(365 * DAY_MS);
    expect(await feed()).toMatchObject({ items: [{ id: reply }, { id: kept }], unreadCount: 1 });
  });

  it('does not get an announcement back by marking it as read too late', async () => {
    const lost = await announce();
    t.clock.advance(DAY_MS);
    expect(await read([lost])).toEqual({ unreadCount: 0 });
    expect(await read()).toEqual({ unreadCount: 0 });
    expect(await feed()).toMatchObject({ items: [], unreadCount: 0 });
  });

  it('is the same when the job has given the room of expired ones back, and when it runs again', async () => {
    const [kept, lost] = [await announce(), await announce()];
    const reply = await told();
    await read([kept]);
    t.clock.advance(DAY_MS);
    const before = await feed();
    for (let n = 0; n < 2; n++) for (const job of notificationJobs) if (job.cron !== undefined) await job.run(t.core, {});
    expect(await feed()).toEqual(before);
    const left = await t.db.prisma.notificationReceipt.findMany({ where: { requesterId: me } });
    expect(left.map(({ notificationId }) => notificationId).toSorted()).toEqual([kept, reply].toSorted());
    const inTeamsFeed = await t.db.prisma.notification.findUnique({ where: { id: lost } });
    expect(inTeamsFeed?.expiresAt).not.toBeNull();
  });

  it('comes in pages of any size, each notice once, while others come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 9 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        async (count, limits) => {
          me = await seedRequester(t, tenant);
          const ids: string[] = [];
          // Some of the same instant: ties have to be broken.
          for (let n = 0; n < count; n++) {
            if (n % 3 === 0) t.clock.advance(1_000);
            ids.push(await tell(t, tenant, { audience: 'requesters', recipients: [me] }));
          }
          const seen: string[] = [];
          let cursor: string | undefined;
          for (let page = 0; ; page++) {
            const limit = limits[page % limits.length] ?? 1;
            const [answer] = await Promise.all([
              feed(me, { limit, ...(cursor !== undefined && { cursor }) }),
              page === 0 ? null : told(),
            ]);
            seen.push(...answer.items.map(({ id }) => id));
            if (answer.nextCursor === null) break;
            cursor = answer.nextCursor;
          }
          expect(seen.toSorted()).toEqual(ids.toSorted());
        },
      ),
      { numRuns: 12 },
    );
  });

  it('refuses the cursor of another requester, another project and another list', async () => {
    for (let n = 0; n < 2; n++) await told();
    const { nextCursor } = await feed(me, { limit: 1 });
    const cursor = nextCursor ?? '';
    expect(await outcomeOf(feed(me, { cursor }))).toBe('admitted');
    expect(await outcomeOf(feed(await seedRequester(t, tenant), { cursor }))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(feed(me, { cursor }, await seedTenant(t)))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(feed(me, { cursor: `${cursor}A` }))).toBe('INVALID_CURSOR');
  });

  it('costs one statement, and so does marking it as read', async () => {
    for (let n = 0; n < 3; n++) await told();
    const sql = recording(t.db.sql);
    const act = {
      ...actIn(t, tenant),
      access: createServices({ db: { ...t.db, sql }, secret: TEST_SECRET, defaultPlan: 'free' }).access,
    };
    await requesterFeed(act, me, { limit: 2 });
    await markRequesterRead(act, me);
    expect(sql.statements).toHaveLength(2);
  });
});

describe('marking as read', () => {
  it('marks all or those named, of this requester alone, and keeps the first instant', async () => {
    const [one, two] = [await told(), await told()];
    const other = await seedRequester(t, tenant);
    const theirs = await told({ recipients: [other] });
    expect(await read([one, theirs, randomUUID()])).toEqual({ unreadCount: 1 });
    const firstRead = t.clock.now();
    t.clock.advance(60_000);
    expect(await read()).toEqual({ unreadCount: 0 });
    expect(await read([one, two], me, await seedTenant(t))).toEqual({ unreadCount: 0 });
    const receipts = await t.db.prisma.notificationReceipt.findMany({ where: { requesterId: { in: [me, other] } } });
    const readAt = Object.fromEntries(receipts.map((receipt) => [receipt.notificationId, receipt.readAt]));
    expect(readAt).toEqual({ [one]: firstRead, [two]: t.clock.now(), [theirs]: null });
  });

  it('counts rightly however many do it at once', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) ids.push(await told());
    await Promise.all(ids.slice(0, 6).map((id) => read([id])));
    expect(await feed()).toMatchObject({ unreadCount: 2 });
  });
});
