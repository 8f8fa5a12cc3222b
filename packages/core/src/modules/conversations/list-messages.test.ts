import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import type { Message } from './schema.ts';
import { seedConversation } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

type Paging = Omit<Parameters<Caller['conversations']['listMessages']>[0], 'projectId' | 'id'>;
const list = (id: string, paging: Paging = {}) => me.conversations.listMessages({ projectId: tenant.project.id, id, ...paging });

async function pageOf(id: string, paging: Paging) {
  const answer = await list(id, paging);
  if (Array.isArray(answer)) throw new Error('not a page');
  return answer;
}

/** A conversation with so many messages, numbered in their bodies; returns its id and theirs. */
async function seedThread(count: number): Promise<{ id: string; messages: string[] }> {
  const id = await seedConversation(core, tenant, { messageSeq: count });
  const rows = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    conversationId: id,
    seq: n + 1,
    authorKind: n % 2 === 0 ? ('REQUESTER' as const) : ('TEAM' as const),
    authorName: 'Ada',
    body: `${n + 1}`,
    isInternal: n % 4 === 3,
    via: 'widget' as const,
    // All at once: it is the number that orders them.
    createdAt: core.clock.now(),
  }));
  await core.db.prisma.message.createMany({ data: rows });
  return { id, messages: rows.map((row) => row.id) };
}
const bodies = (messages: readonly Message[]) => messages.map(({ body }) => Number(body));
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);

describe('without paging', () => {
  it('the thread is a bare array, oldest first, internal notes among them', async () => {
    const { id, messages } = await seedThread(5);
    const answer = await list(id);
    if (!Array.isArray(answer)) throw new Error('not an array');
    expect(answer.map((message) => message.id)).toEqual(messages);
    expect(answer.map(({ isInternal }) => isInternal)).toEqual([false, false, false, true, false]);
  });

  it('of a long thread it is the newest hundred, oldest first', async () => {
    const { id } = await seedThread(130);
    const answer = await list(id);
    expect(bodies(Array.isArray(answer) ? answer : [])).toEqual(range(31, 130));
  });

  it('a thread without messages is an empty array', async () => {
    expect(await list(await seedConversation(core, tenant))).toEqual([]);
  });
});

describe('a page', () => {
  it('begins with the oldest and goes on to the newest', async () => {
    const { id } = await seedThread(7);
    const first = await pageOf(id, { limit: 3 });
    expect([bodies(first.items), first.hasMore]).toEqual([[1, 2, 3], true]);
    const second = await pageOf(id, { limit: 3, cursor: first.nextCursor ?? '' });
    expect([bodies(second.items), second.hasMore]).toEqual([[4, 5, 6], true]);
    const rest = await pageOf(id, { cursor: second.nextCursor ?? '' });
    expect(rest).toMatchObject({ items: [{ body: '7' }], hasMore: false, nextCursor: null });
  });

  it('after a message begins with the next one', async () => {
    const { id, messages } = await seedThread(7);
    expect(bodies((await pageOf(id, { after: messages[2] ?? '' })).items)).toEqual([4, 5, 6, 7]);
    expect(await pageOf(id, { after: messages[6] ?? '' })).toEqual({ items: [], hasMore: false, nextCursor: null });
  });

  it('before a message ends with the one that precedes it, and goes on to the oldest', async () => {
    const { id, messages } = await seedThread(7);
    const before = messages[5] ?? '';
    const near = await pageOf(id, { before, limit: 2 });
    expect([bodies(near.items), near.hasMore]).toEqual([[4, 5], true]);
    const far = await pageOf(id, { before, limit: 3, cursor: near.nextCursor ?? '' });
    expect([bodies(far.items), far.hasMore, far.nextCursor]).toEqual([[1, 2, 3], false, null]);
  });

  it('between two messages is what lies between, from the older on', async () => {
    const { id, messages } = await seedThread(9);
    const between = { after: messages[1] ?? '', before: messages[7] ?? '' };
    const first = await pageOf(id, { ...between, limit: 3 });
    expect([bodies(first.items), first.hasMore]).toEqual([[3, 4, 5], true]);
    expect(bodies((await pageOf(id, { ...between, cursor: first.nextCursor ?? '' })).items)).toEqual([6, 7]);
  });

  it('holds a hundred unless asked otherwise', async () => {
    const { id, messages } = await seedThread(130);
    const { items, hasMore } = await pageOf(id, { before: messages[129] ?? '' });
    expect([bodies(items), hasMore]).toEqual([range(30, 129), true]);
  });

  it('after page, in either direction, of any sizes, shows each message once', async () => {
    const { id, messages } = await seedThread(40);
    const anchor = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anchor, anchor, sizes, async (after, before, limits) => {
        const paging = {
          ...(after !== undefined && { after: messages[after - 1] ?? '' }),
          ...(before !== undefined && { before: messages[before - 1] ?? '' }),
        };
        const pages: number[][] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const limit = limits[pages.length % limits.length] ?? 1;
          const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(id, {
            ...paging,
            limit,
            ...(cursor !== undefined && { cursor }),
          });
          pages.push(bodies(page.items));
          cursor = page.nextCursor;
        }
        const isBackwards = before !== undefined && after === undefined;
        expect((isBackwards ? pages.toReversed() : pages).flat()).toEqual(range((after ?? 0) + 1, (before ?? 41) - 1));
      }),
      { numRuns: 60 },
    );
  });
});

describe('by time', () => {
  const minute = (n: number) => `2026-03-14T10:0${n}:00.000Z`;
  /** A message of every minute from the first to the last; those of the team are the even ones. */
  async function seedMinutes(count: number) {
    const thread = await seedThread(count);
    for (const [n, messageId] of thread.messages.entries())
      await core.db.prisma.message.update({ where: { id: messageId }, data: { createdAt: new Date(minute(n + 1)) } });
    return thread;
  }

  it('a thread is what was written after an instant, before one, or between two; a bare array still', async () => {
    const { id } = await seedMinutes(5);
    const found = async (filters: Paging) => {
      const answer = await list(id, filters);
      if (!Array.isArray(answer)) throw new Error('not an array');
      return bodies(answer);
    };
    expect(await found({ createdAfter: minute(3) })).toEqual([4, 5]);
    expect(await found({ createdBefore: minute(3) })).toEqual([1, 2]);
    expect(await found({ createdAfter: minute(1), createdBefore: minute(5) })).toEqual([2, 3, 4]);
    expect(await found({ updatedSince: minute(4) })).toEqual([4, 5]);
  });

  it('it is paged, with a cursor that is for the same times alone', async () => {
    const { id } = await seedMinutes(5);
    const filters = { createdAfter: minute(1), limit: 2 };
    const first = await pageOf(id, filters);
    const cursor = first.nextCursor ?? '';
    const second = await pageOf(id, { ...filters, cursor });
    expect([bodies(first.items), bodies(second.items), second.hasMore]).toEqual([[2, 3], [4, 5], false]);
    for (const other of [{}, { createdAfter: minute(2) }, { ...filters, updatedSince: minute(1) }])
      expect(await outcomeOf(list(id, { ...other, cursor }))).toBe('INVALID_CURSOR');
  });

  it('what has changed is found by when it did: read, or unread again', async () => {
    const { id, messages } = await seedMinutes(4);
    await core.db.prisma.conversation.update({ where: { id }, data: { unreadCount: 2 } });
    const since = async (instant: string) => bodies((await pageOf(id, { updatedSince: instant, limit: 100 })).items);
    const ofThis = { projectId: tenant.project.id, id };
    expect(await since('2026-03-14T10:20:30.250Z')).toEqual([]);
    await me.conversations.markRead({ ...ofThis, upToMessageId: messages[0] ?? '' });
    expect(await since('2026-03-14T10:20:30.250Z')).toEqual([1]);
    core.clock.advance(60_000);
    await me.conversations.markRead(ofThis);
    expect(await since(core.clock.now().toISOString())).toEqual([3]);
    core.clock.advance(60_000);
    await me.conversations.markUnread(ofThis);
    expect(await since(core.clock.now().toISOString())).toEqual([3]);
  });
});

describe('an anchor', () => {
  it.each(['after', 'before'] as const)('that is no message of the conversation is refused: %s', async (path) => {
    const [{ id }, other] = [await seedThread(2), await seedThread(2)];
    const refusals = await Promise.all(
      [other.messages[0] ?? '', randomUUID()].map((anchor) => refusalOf(list(id, { [path]: anchor }))),
    );
    const issues = [{ path, message: 'Is no message of this conversation.' }];
    expect(refusals[0]).toEqual({ status: 400, code: 'BAD_REQUEST', message: 'The request did not pass validation.', issues });
    expect(refusals[1]).toEqual(refusals[0]);
  });
});

describe('a cursor', () => {
  it.each<[string, (thread: { id: string; messages: string[] }) => Promise<Paging & { id: string }>]>([
    ['in another conversation', async () => ({ id: (await seedThread(5)).id })],
    ['with an anchor', async ({ id, messages }) => ({ id, before: messages[4] ?? '' })],
    ['with another anchor', async ({ id, messages }) => ({ id, after: messages[0] ?? '' })],
  ])('is refused %s', async (_what, change) => {
    const thread = await seedThread(5);
    const cursor = (await pageOf(thread.id, { limit: 2 })).nextCursor ?? '';
    const { id, ...paging } = await change(thread);
    expect(await outcomeOf(list(id, { ...paging, cursor }))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(list(thread.id, { cursor }))).toBe('admitted');
  });

  it('of events is refused for messages, and that of messages for events', async () => {
    const { id } = await seedThread(3);
    for (const priority of ['low', 'high'] as const)
      await me.conversations.update({ projectId: tenant.project.id, id, priority });
    const events = await me.conversations.listEvents({ projectId: tenant.project.id, id, limit: 1 });
    const messages = await pageOf(id, { limit: 1 });
    expect(await outcomeOf(list(id, { cursor: events.nextCursor ?? '' }))).toBe('INVALID_CURSOR');
    const crossed = me.conversations.listEvents({ projectId: tenant.project.id, id, cursor: messages.nextCursor ?? '' });
    expect(await outcomeOf(crossed)).toBe('INVALID_CURSOR');
  });

  it.each(['', 'x', 'WzEsImEiXQ.AAAAAAAAAAAAAAAAAAAAAA'])('is refused when it is "%s"', async (cursor) => {
    expect(await outcomeOf(list((await seedThread(2)).id, { cursor }))).toBe('INVALID_CURSOR');
  });
});

describe('events', () => {
  it('come newest last, each once, in pages of any size', async () => {
    const id = await seedConversation(core, tenant);
    const ofEvents = { projectId: tenant.project.id, id };
    expect(await me.conversations.listEvents(ofEvents)).toEqual({ items: [], hasMore: false, nextCursor: null });
    for (const tag of ['a', 'b', 'c', 'd', 'e']) await me.conversations.update({ ...ofEvents, tags: [tag], isSpam: tag < 'c' });
    const whole = (await me.conversations.listEvents(ofEvents)).items;
    expect(whole.filter(({ kind }) => kind === 'tags_changed').map(({ data }) => data.to)).toEqual([
      ['a'],
      ['b'],
      ['c'],
      ['d'],
      ['e'],
    ]);
    expect(whole[0]).toEqual({
      id: expect.any(String),
      conversationId: id,
      kind: 'tags_changed',
      actorId: tenant.user.id,
      actorName: tenant.user.name,
      data: { from: [], to: ['a'] },
      createdAt: '2026-03-14T10:20:30.250Z',
    });
    for (const limit of [1, 2, 3]) {
      const seen: unknown[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: Awaited<ReturnType<typeof me.conversations.listEvents>> = await me.conversations.listEvents({
          ...ofEvents,
          limit,
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(...page.items);
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(whole);
    }
  });
});
