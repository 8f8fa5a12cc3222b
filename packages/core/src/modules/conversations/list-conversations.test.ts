import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import { Channel, ConversationPriority, ConversationSort, ConversationStatus, type ListConversations } from './schema.ts';
import { conversationRow, seedConversation, seedRequester } from './testing.ts';

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

type Filters = Partial<Omit<ListConversations, 'projectId' | 'limit' | 'cursor'>>;
type Row = { id: string; createdAt: Date; updatedAt: Date; [column: string]: any };

/** Pages through the list to its end, with the page sizes that `limits` gives in turn. */
async function walk(
  filters: Filters,
  limits: readonly number[],
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page++) {
    const limit = limits[page % limits.length] ?? 25;
    const [{ items, hasMore, nextCursor }] = await Promise.all([
      me.conversations.list({ projectId: tenant.project.id, ...filters, limit, ...(cursor !== undefined && { cursor }) }),
      between(page),
    ]);
    seen.push(...items.map(({ id }) => id));
    expect(items.length).toBeLessThanOrEqual(limit);
    expect(hasMore).toBe(nextCursor !== null);
    if (nextCursor === null) return seen;
    expect(items).toHaveLength(limit);
    cursor = nextCursor;
  }
}

const at = (minutes: number) => new Date(Date.parse('2026-03-01T00:00:00Z') + minutes * 60_000);
/** Stand for ids that are only known once the rows are there. */
const [GRACE, EXPORT] = ['11111111-1111-4111-8111-111111111111', '33333333-3333-4333-8333-333333333333'];
const ids: Record<string, string> = {};

/** Rows with many equal values, so that ties have to be broken. */
const anyColumns = fc.record({
  status: fc.constantFrom(...ConversationStatus.options),
  priority: fc.constantFrom(...ConversationPriority.options),
  channel: fc.constantFrom(...Channel.options),
  tags: fc.subarray(['billing', 'mobile', 'design']),
  isSpam: fc.constantFrom(false, false, false, true),
  requester: fc.constantFrom(null, GRACE),
  feature: fc.constantFrom(null, EXPORT),
  isMine: fc.boolean(),
  created: fc.nat({ max: 20 }),
  said: fc.integer({ min: 20, max: 40 }),
  changed: fc.integer({ min: 20, max: 40 }),
  waits: fc.option(fc.nat({ max: 20 }), { nil: null }),
  subject: fc.constantFrom(null, 'Dark mode', 'Export invoices'),
  lastMessagePreview: fc.constantFrom('It is dark', 'exported in 3.5s', 'foo/bar.csv'),
});

/** 80 conversations of the tenant, and around them what no list may show: deleted ones, and another project's. */
async function seedMany(): Promise<Row[]> {
  const [grace, featureId] = [await seedRequester(core, tenant), await seedFeature(core, tenant)];
  Object.assign(ids, { [GRACE]: grace.id, [EXPORT]: featureId, me: tenant.user.id });
  const [rows = []] = fc.sample(fc.array(anyColumns, { minLength: 80, maxLength: 80 }), { numRuns: 1, seed: 7 });
  const toRow = ({ requester, feature, isMine, created, said, changed, waits, ...columns }: (typeof rows)[number]) =>
    conversationRow(core, tenant, {
      ...columns,
      requesterId: requester === null ? null : grace.id,
      featureId: feature === null ? null : featureId,
      assigneeId: isMine ? tenant.user.id : null,
      snoozedUntil: columns.status === 'snoozed' ? at(9_000) : null,
      waitingSince: waits === null ? null : at(waits),
      createdAt: at(created),
      lastMessageAt: at(said),
      updatedAt: at(changed),
    });
  const shown = rows.map(toRow);
  const other = await seedTenant(core);
  const elsewhere = { projectId: other.project.id, requesterId: null, featureId: null };
  const hidden = rows.slice(0, 40).map((row, n) => ({ ...toRow(row), ...(n % 2 === 0 ? { deletedAt: at(50) } : elsewhere) }));
  await core.db.prisma.conversation.createMany({ data: [...shown, ...hidden] });
  return shown as Row[];
}

const words = (text: string) => text.toLowerCase().split(/[^a-z0-9]+/);

/** What a filter means, said again in another language. */
const MEANING: { [Name in keyof Filters]-?: (row: Row, wanted: NonNullable<Filters[Name]>) => boolean } = {
  status: (row, wanted) =>
    wanted.some((status) =>
      status === 'unresolved' ? !['resolved', 'closed'].includes(row['status']) : status === row['status'],
    ),
  priority: (row, wanted) => wanted.includes(row['priority']),
  channel: (row, wanted) => wanted.includes(row['channel']),
  assigneeId: (row, wanted) => row['assigneeId'] === (wanted === 'none' ? null : (ids[wanted] ?? wanted)),
  requesterId: (row, wanted) => row['requesterId'] === ids[wanted],
  featureId: (row, wanted) => row['featureId'] === ids[wanted],
  tag: (row, wanted) => wanted.every((tag) => row['tags'].includes(tag)),
  isSpam: () => true,
  q: (row, wanted) =>
    words(wanted).every((word) =>
      words(`${row['subject'] ?? ''} ${row['lastMessagePreview']}`).some((other) => other.startsWith(word)),
    ),
  createdAfter: (row, wanted) => row.createdAt > new Date(wanted),
  createdBefore: (row, wanted) => row.createdAt < new Date(wanted),
  updatedSince: (row, wanted) => row.updatedAt >= new Date(wanted),
  sort: (row, wanted) => wanted !== 'waitingSince' || row['waitingSince'] !== null,
  order: () => true,
};

function expected(rows: readonly Row[], filters: Filters): string[] {
  const column = filters.sort ?? 'lastMessageAt';
  const direction = filters.order === 'asc' ? 1 : -1;
  return rows
    .filter((row) => row['isSpam'] === (filters.isSpam ?? false))
    .filter((row) =>
      Object.entries(filters).every(([name, wanted]) => wanted === undefined || MEANING[name as 'status'](row, wanted as never)),
    )
    .toSorted((a, b) => direction * (Number(a[column]) - Number(b[column]) || (a.id < b.id ? -1 : 1)))
    .map(({ id }) => id);
}

const ALONE: readonly (readonly [string, Filters])[] = [
  ['status', { status: ['pending'] }],
  ['several statuses', { status: ['open', 'closed'] }],
  ['being unresolved', { status: ['unresolved'] }],
  ['being unresolved or closed', { status: ['unresolved', 'closed'] }],
  ['what unresolved stands for', { status: ['snoozed', 'open', 'pending'] }],
  ['priority', { priority: ['urgent'] }],
  ['several priorities', { priority: ['high', 'urgent'] }],
  ['channel', { channel: ['email'] }],
  ['several channels', { channel: ['email', 'widget'] }],
  ['nobody’s', { assigneeId: 'none' }],
  ['mine', { assigneeId: 'me' }],
  ['requester', { requesterId: GRACE }],
  ['feature', { featureId: EXPORT }],
  ['tag', { tag: ['billing'] }],
  ['several tags, all of which it has', { tag: ['billing', 'design'] }],
  ['being spam', { isSpam: true }],
  ['words', { q: 'dark' }],
  ['several words, all of which it has, the last as a beginning', { q: 'Invoices exp' }],
  ['words within a path', { q: 'bar.cs' }],
  ['creation after an instant', { createdAfter: at(10).toISOString() }],
  ['creation before an instant', { createdBefore: '2026-03-01T02:10:00+02:00' }],
  ['change since an instant', { updatedSince: at(30).toISOString() }],
];
const ORDERS = ['asc', 'desc'] as const;
const anyFilters: fc.Arbitrary<Filters> = fc.record(
  {
    status: fc.subarray([...ConversationStatus.options, 'unresolved'] as const, { minLength: 1 }),
    priority: fc.subarray(ConversationPriority.options, { minLength: 2 }),
    channel: fc.subarray(Channel.options, { minLength: 3 }),
    assigneeId: fc.constantFrom('none', 'me'),
    requesterId: fc.constant(GRACE),
    featureId: fc.constant(EXPORT),
    tag: fc.subarray(['billing', 'mobile', 'design'], { maxLength: 2 }),
    isSpam: fc.boolean(),
    q: fc.constantFrom('dark', 'exp', '3 5s', 'mode dark'),
    createdAfter: fc.nat({ max: 12 }).map((minutes) => at(minutes).toISOString()),
    createdBefore: fc.integer({ min: 8, max: 21 }).map((minutes) => at(minutes).toISOString()),
    updatedSince: fc.integer({ min: 20, max: 36 }).map((minutes) => at(minutes).toISOString()),
    sort: fc.constantFrom(...ConversationSort.options),
    order: fc.constantFrom(...ORDERS),
  },
  { requiredKeys: [] },
);
const named = (filters: Filters): Filters => ({
  ...filters,
  ...(filters.requesterId !== undefined && { requesterId: ids[filters.requesterId] ?? '' }),
  ...(filters.featureId !== undefined && { featureId: ids[filters.featureId] ?? '' }),
});

describe('a list', () => {
  it('by each filter alone shows exactly what it says', async () => {
    const rows = await seedMany();
    for (const [what, filters] of ALONE) {
      const right = expected(rows, filters);
      expect([right.length > 0, right.length < rows.length], what).toEqual([true, true]);
      expect(await walk(named(filters), [100]), what).toEqual(right);
    }
  });

  it('by each sort shows everything, ties broken by the id; by waitingSince those who wait', async () => {
    const rows = await seedMany();
    for (const sort of ConversationSort.options) {
      for (const order of ORDERS) {
        const right = expected(rows, { sort, order });
        expect(await walk({ sort, order }, [100]), `${sort} ${order}`).toEqual(right);
        expect(await walk({ sort, order }, [7]), `${sort} ${order}`).toEqual(right);
      }
    }
  });

  it('shows the last said first, 25 a page, spam aside, unless asked otherwise', async () => {
    const rows = await seedMany();
    const { items, hasMore } = await me.conversations.list({ projectId: tenant.project.slug });
    expect(items.map(({ id }) => id)).toEqual(expected(rows, {}).slice(0, 25));
    expect(hasMore).toBe(true);
  });

  it('by any filters together, in any sort, in pages of any sizes, shows each match once and in order', async () => {
    const rows = await seedMany();
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anyFilters, sizes, async (filters, limits) => {
        expect(await walk(named(filters), limits)).toEqual(expected(rows, filters));
      }),
      { numRuns: 60 },
    );
  });

  it('shows of each the same as a single read', async () => {
    const grace = await seedRequester(core, tenant);
    const id = await seedConversation(core, tenant, {
      requesterId: grace.id,
      tags: ['a'],
      status: 'snoozed',
      snoozedUntil: at(9),
      resolvedAt: at(1),
    });
    const [shown] = (await me.conversations.list({ projectId: tenant.project.id })).items;
    expect(shown).toEqual(await me.conversations.get({ projectId: tenant.project.id, id }));
    expect(shown).toMatchObject({ requesterName: grace.name, requesterEmail: grace.email, snoozedUntil: at(9).toISOString() });
  });

  it('tells addresses only to who may read requesters', async () => {
    const grace = await seedRequester(core, tenant);
    const id = await seedConversation(core, tenant, { requesterId: grace.id });
    for (const [scopes, email] of [
      [['conversations:read'], null],
      [['conversations:read', 'requesters:read'], grace.email],
      [['conversations:read', 'contacts:read'], grace.email],
    ] as const) {
      const caller = await callAsKey(core, tenant, { scopes });
      const [listed] = (await caller.conversations.list({ projectId: tenant.project.id })).items;
      expect([
        listed?.requesterEmail,
        (await caller.conversations.get({ projectId: tenant.project.id, id })).requesterEmail,
      ]).toEqual([email, email]);
    }
  });

  it('of nothing is one empty last page, and one that ends with a full page says so', async () => {
    const list = (more: object) => me.conversations.list({ projectId: tenant.project.id, ...more });
    expect(await list({})).toEqual({ items: [], hasMore: false, nextCursor: null });
    await core.db.prisma.conversation.createMany({ data: [1, 2, 3, 4].map(() => conversationRow(core, tenant)) });
    const { nextCursor } = await list({ limit: 2 });
    expect(await list({ limit: 2, cursor: nextCursor ?? '' })).toMatchObject({ hasMore: false, nextCursor: null });
  });

  it.each<[string, object]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: 101 }],
    ['status.0', { status: ['spam'] }],
    ['assigneeId', { assigneeId: 'nobody' }],
    ['requesterId', { requesterId: 'me' }],
  ])('with a wrong %s is refused by the field', async (path, filters) => {
    const refusal = await refusalOf(me.conversations.list({ projectId: tenant.project.id, ...filters } as never));
    expect(refusal).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path }] });
  });

  it('of those of a service account, who is no person, is refused', async () => {
    const { credential } = await seedKey(core, tenant, { scopes: ['conversations:read'], serviceAccount: { role: 'developer' } });
    const refusal = await refusalOf(
      callAs(core, credential).conversations.list({ projectId: tenant.project.id, assigneeId: 'me' }),
    );
    expect(refusal).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'assigneeId', message: 'Only a person is `me`.' }] });
  });
});

describe('paging while others write', () => {
  const step = fc.record({ insert: fc.nat({ max: 3 }), remove: fc.nat({ max: 3 }), minute: fc.nat({ max: 40 }) });

  it('shows every row that is there throughout exactly once and in order, and no row twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('lastMessageAt', 'createdAt', 'waitingSince'),
        fc.constantFrom(...ORDERS),
        fc.integer({ min: 1, max: 9 }),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        async (sort, order, limit, steps) => {
          tenant = await seedTenant(core);
          me = callAsUser(core, tenant.user);
          const row = (minute: number) =>
            conversationRow(core, tenant, {
              isSpam: false,
              createdAt: at(minute),
              lastMessageAt: at(minute),
              waitingSince: at(minute),
            });
          const [stable, passing] = [30, 20].map((count) => Array.from({ length: count }, (_, n) => row((n * 7) % 40)));
          if (stable === undefined || passing === undefined) throw new Error('no rows');
          await core.db.prisma.conversation.createMany({ data: [...stable, ...passing] });
          const seen = await walk({ sort, order }, [limit], async (page) => {
            const { insert, remove, minute } = steps[page % steps.length] ?? { insert: 0, remove: 0, minute: 0 };
            const removed = passing.splice(0, remove).map(({ id }) => id);
            await Promise.all([
              core.db.prisma.conversation.createMany({
                data: page < 15 ? Array.from({ length: insert }, () => row(minute)) : [],
              }),
              core.db.prisma.conversation.updateMany({ where: { id: { in: removed } }, data: { deletedAt: core.clock.now() } }),
            ]);
          });
          const lasting = new Set(stable.map(({ id }) => id));
          expect(seen.filter((id) => lasting.has(id))).toEqual(expected(stable as Row[], { sort, order }));
          expect(new Set(seen).size).toBe(seen.length);
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe('a cursor', () => {
  const list = (caller: Caller, more: object) =>
    caller.conversations.list({ projectId: tenant.project.id, order: 'asc', status: ['open'], limit: 1, ...more });
  let cursor: string;
  beforeEach(async () => {
    const rows = [1, 2, 3].map((minute) =>
      conversationRow(core, tenant, { lastMessageAt: at(minute), assigneeId: tenant.user.id }),
    );
    await core.db.prisma.conversation.createMany({ data: rows });
    cursor = (await list(me, {})).nextCursor ?? '';
  });

  it('is taken again, by others too, and with another page size', async () => {
    const key = await callAsKey(core, tenant, { scopes: ['conversations:read'] });
    const again = await Promise.all([list(me, { cursor }), list(me, { cursor, limit: 2 }), list(key, { cursor })]);
    expect(again.map(({ items }) => items.length)).toEqual([1, 2, 1]);
  });

  it.each<[string, object]>([
    ['another sort', { sort: 'createdAt' }],
    ['another order', { order: 'desc' }],
    ['another filter', { status: ['closed'] }],
    ['one filter more', { q: 'dark' }],
    ['an assignee', { assigneeId: 'me' }],
    ['one filter less', { status: undefined }],
    ['spam', { isSpam: true }],
  ])('is refused with %s', async (_what, change) => {
    expect(await outcomeOf(list(me, { cursor, ...change }))).toBe('INVALID_CURSOR');
  });

  it('of mine is refused to others', async () => {
    const mine = (await list(me, { assigneeId: 'me' })).nextCursor ?? '';
    const bob = { id: randomUUID(), name: 'Bob' };
    await core.db.prisma.user.create({ data: { ...bob, email: `${bob.id}@example.test` } });
    await core.db.prisma.organizationMember.create({
      data: { orgId: tenant.organization.id, userId: bob.id, role: 'developer' },
    });
    expect(await outcomeOf(list(callAsUser(core, bob), { assigneeId: 'me', cursor: mine }))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(list(me, { assigneeId: tenant.user.id, cursor: mine }))).toBe('admitted');
  });

  it('is refused in another project, and those of other lists in this one', async () => {
    const other = await seedTenant(core);
    const there = callAsUser(core, other.user).conversations.list({
      projectId: other.project.id,
      order: 'asc',
      status: ['open'],
      limit: 1,
      cursor,
    });
    expect(await outcomeOf(there)).toBe('INVALID_CURSOR');
    await Promise.all([seedFeature(core, tenant), seedFeature(core, tenant)]);
    const features = await me.backlog.list({ projectId: tenant.project.id, limit: 1 });
    expect(await outcomeOf(list(me, { cursor: features.nextCursor ?? '' }))).toBe('INVALID_CURSOR');
  });

  it.each(['', 'x', 'null', 'WzEsImEiXQ.AAAAAAAAAAAAAAAAAAAAAA', '\u{1f600}'])('is refused when it is "%s"', async (text) => {
    expect(await outcomeOf(list(me, { cursor: text }))).toBe('INVALID_CURSOR');
  });
});
