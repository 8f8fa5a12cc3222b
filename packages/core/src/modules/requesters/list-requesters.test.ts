import { randomUUID } from 'node:crypto';
import { recording, seedKey, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import type { ListRequesters } from './schema.ts';
import { requesterRow, seedRequester } from './testing.ts';

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

type Filters = Partial<Omit<ListRequesters, 'projectId' | 'limit' | 'cursor'>>;
type Row = { id: string; [column: string]: any };

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
      me.requesters.list({ projectId: tenant.project.id, ...filters, limit, ...(cursor !== undefined && { cursor }) }),
      between(page),
    ]);
    seen.push(...items.map(({ id }) => id));
    expect(hasMore).toBe(nextCursor !== null);
    if (nextCursor === null) return seen;
    expect(items).toHaveLength(limit);
    cursor = nextCursor;
  }
}

const T0 = Date.parse('2026-03-01T00:00:00Z');
const at = (minutes: number) => new Date(T0 + minutes * 60_000);

/** Rows with many equal values, so that ties have to be broken. */
const anyColumns = fc.record({
  kind: fc.constantFrom('identified' as const, 'identified' as const, 'anonymous' as const),
  plan: fc.constantFrom(null, 'free', 'team'),
  email: fc.constantFrom(null, 'grace@example.com', 'ada@lovelace.test'),
  name: fc.constantFrom(null, 'Grace Hopper', 'Ada', 'O’Brien, Grace'),
  company: fc.constantFrom(null, 'Navy', 'Analytical/Engines'),
  monthlyRevenue: fc.integer({ min: 0, max: 3 }),
  seen: fc.integer({ min: 10, max: 30 }),
  created: fc.integer({ min: 0, max: 20 }),
  changed: fc.integer({ min: 20, max: 40 }),
});

/** 80 requesters of the tenant, and as many of another project, which no list may show. */
async function seedMany(): Promise<Row[]> {
  const [columns = []] = fc.sample(fc.array(anyColumns, { minLength: 80, maxLength: 80 }), { numRuns: 1, seed: 7 });
  const other = await seedTenant(core);
  const toRow = ({ plan, seen, created, changed, ...row }: (typeof columns)[number], index: number) => ({
    ...row,
    externalId: row.kind === 'identified' ? `user_${index}` : null,
    traits: plan === null ? {} : { plan, amount: 1 },
    lastSeenAt: at(seen),
    createdAt: at(created),
    updatedAt: at(changed),
  });
  const shown = columns.map((row, index) => requesterRow(core, tenant, toRow(row, index)));
  const hidden = columns.map((row, index) => requesterRow(core, other, toRow(row, index)));
  await core.db.prisma.requester.createMany({ data: [...shown, ...hidden] });
  return shown;
}

const wordsOf = (row: Row) =>
  ['name', 'email', 'company', 'externalId']
    .map((column) => String(row[column] ?? ''))
    .join(' ')
    .toLowerCase()
    .split(/[^a-z0-9’]+/);

/** What a filter means, said again in another language. */
const MEANING: { [Name in keyof Filters]-?: (row: Row, wanted: NonNullable<Filters[Name]>) => boolean } = {
  kind: (row, wanted) => wanted === 'all' || row['kind'] === wanted,
  q: (row, wanted) =>
    wanted
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .every((word, index, all) =>
        wordsOf(row).some((other) => (index === all.length - 1 ? other.startsWith(word) : other === word)),
      ),
  email: (row, wanted) => row['email'] === wanted.toLowerCase(),
  externalId: (row, wanted) => row['externalId'] === wanted,
  plan: (row, wanted) => row['traits'].plan === wanted,
  lastSeenAfter: (row, wanted) => row['lastSeenAt'] > new Date(wanted),
  createdAfter: (row, wanted) => row['createdAt'] > new Date(wanted),
  createdBefore: (row, wanted) => row['createdAt'] < new Date(wanted),
  updatedSince: (row, wanted) => row['updatedAt'] >= new Date(wanted),
  sort: () => true,
  order: () => true,
};
const SORTED_BY = {
  lastSeenAt: 'lastSeenAt',
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
  revenue: 'monthlyRevenue',
} as const;
const SORTS = Object.keys(SORTED_BY) as (keyof typeof SORTED_BY)[];
const ORDERS = ['asc', 'desc'] as const;

function expected(rows: readonly Row[], filters: Filters): string[] {
  const column = SORTED_BY[filters.sort ?? 'lastSeenAt'];
  const direction = filters.order === 'asc' ? 1 : -1;
  const all = { kind: 'identified' as const, ...filters };
  return rows
    .filter((row) =>
      Object.entries(all).every(([name, wanted]) => wanted === undefined || MEANING[name as 'kind'](row, wanted as never)),
    )
    .toSorted((a, b) => direction * (Number(a[column]) - Number(b[column]) || (a.id < b.id ? -1 : 1)))
    .map(({ id }) => id);
}

const ALONE: readonly (readonly [string, Filters])[] = [
  ['nothing: identified ones only', {}],
  ['anonymous ones', { kind: 'anonymous' }],
  ['e-mail address, in any case', { email: 'Grace@Example.com' }],
  ['externalId', { externalId: 'user_0' }],
  ['plan', { plan: 'team' }],
  ['being seen after an instant', { lastSeenAfter: at(20).toISOString() }],
  ['creation after an instant', { createdAfter: at(10).toISOString() }],
  ['creation before an instant', { createdBefore: at(10).toISOString() }],
  ['change since an instant', { updatedSince: at(30).toISOString() }],
  ['a word of the name', { q: 'hopper' }],
  ['the beginning of a word of the company, which a slash divides', { q: 'engin' }],
  ['an e-mail address', { q: 'ada@lovelace.test' }],
  ['several words of several fields', { q: 'grace navy' }],
  ['an externalId', { q: 'user_7' }],
];

const anyFilters: fc.Arbitrary<Filters> = fc.record(
  {
    kind: fc.constantFrom('identified', 'anonymous', 'all'),
    q: fc.constantFrom('grace', 'ada', 'example com', 'nav', 'user'),
    email: fc.constantFrom('grace@example.com', 'ada@lovelace.test'),
    plan: fc.constantFrom('free', 'team'),
    lastSeenAfter: fc.integer({ min: 10, max: 25 }).map((minutes) => at(minutes).toISOString()),
    createdAfter: fc.integer({ min: 0, max: 12 }).map((minutes) => at(minutes).toISOString()),
    createdBefore: fc.integer({ min: 8, max: 21 }).map((minutes) => at(minutes).toISOString()),
    updatedSince: fc.integer({ min: 20, max: 36 }).map((minutes) => at(minutes).toISOString()),
    sort: fc.constantFrom(...SORTS),
    order: fc.constantFrom(...ORDERS),
  },
  { requiredKeys: [] },
);

describe('a list', () => {
  it.each(ALONE)('by %s shows exactly what it says', async (_what, filters) => {
    const rows = await seedMany();
    const right = expected(rows, filters);
    expect(right.length).toBeGreaterThan(0);
    expect(right.length).toBeLessThan(rows.length);
    expect(await walk(filters, [100])).toEqual(right);
  });

  it.each(SORTS.flatMap((sort) => ORDERS.map((order) => [sort, order] as const)))(
    'by %s %s shows everybody, ties broken by the id',
    async (sort, order) => {
      const rows = await seedMany();
      expect(await walk({ sort, order, kind: 'all' }, [7])).toEqual(expected(rows, { sort, order, kind: 'all' }));
      expect(await walk({ sort, order }, [100])).toEqual(expected(rows, { sort, order }));
    },
  );

  it('by any filters together, in any sort, in pages of any sizes, shows each match once and in order', async () => {
    const rows = await seedMany();
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anyFilters, sizes, async (filters, limits) => {
        expect(await walk(filters, limits)).toEqual(expected(rows, filters));
      }),
      { numRuns: 60 },
    );
  });

  it('that is paged while others come and go shows who is there throughout once, and nobody twice', async () => {
    const lasting = Array.from({ length: 30 }, (_, n) => requesterRow(core, tenant, { lastSeenAt: at((n * 7) % 40) }));
    const passing = Array.from({ length: 20 }, (_, n) => requesterRow(core, tenant, { lastSeenAt: at((n * 3) % 40) }));
    await core.db.prisma.requester.createMany({ data: [...lasting, ...passing] });
    const seen = await walk({}, [4, 1], async (page) => {
      const removed = passing.splice(0, 2).map(({ id }) => id);
      const added = page < 15 ? [requesterRow(core, tenant, { lastSeenAt: at((page * 11) % 40) })] : [];
      await Promise.all([
        core.db.prisma.requester.createMany({ data: added }),
        core.db.prisma.requester.deleteMany({ where: { id: { in: removed } } }),
      ]);
    });
    const ids = new Set(lasting.map(({ id }) => id));
    expect(seen.filter((id) => ids.has(id))).toEqual(expected(lasting, {}));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('that is searched finds those that stand far down in it, and pages on from there', async () => {
    const rows = Array.from({ length: 620 }, (_, n) =>
      requesterRow(core, tenant, { lastSeenAt: at(n), name: n < 7 || n === 300 ? 'Grace Hopper' : `Ada ${n}` }),
    );
    await core.db.prisma.requester.createMany({ data: rows });
    for (const [q, order] of [
      ['hopper', 'desc'],
      ['hopper', 'asc'],
      ['ada', 'desc'],
    ] as const)
      expect(await walk({ q, order }, [3, 50])).toEqual(expected(rows, { q, order }));
  });

  it('shows of each who they are and what they did, deleted features left out', async () => {
    const id = await seedRequester(core, tenant, { externalId: 'u1', traits: { plan: 'team' }, monthlyRevenue: 5 });
    const own = [await seedFeature(core, tenant, { requesterId: id }), await seedFeature(core, tenant, { requesterId: id })];
    const gone = await seedFeature(core, tenant, { requesterId: id, deletedAt: core.clock.now() });
    await core.db.prisma.vote.createMany({ data: [...own, gone].map((featureId) => ({ featureId, requesterId: id })) });
    const now = core.clock.now();
    await core.db.prisma.conversation.createMany({
      data: [null, now].map((deletedAt) => ({
        id: randomUUID(),
        projectId: tenant.project.id,
        requesterId: id,
        channel: 'widget' as const,
        lastMessageAt: now,
        createdAt: now,
        updatedAt: now,
        deletedAt,
      })),
    });
    const answer = {
      id,
      projectId: tenant.project.id,
      kind: 'identified',
      externalId: 'u1',
      email: null,
      emailVerified: false,
      name: null,
      phone: null,
      company: null,
      jobTitle: null,
      traits: { plan: 'team' },
      monthlyRevenue: 5,
      identityMethod: 'api',
      identifiedAt: now.toISOString(),
      emailOptOut: false,
      firstSeenAt: now.toISOString(),
      lastSeenAt: now.toISOString(),
      featureCount: 2,
      voteCount: 2,
      conversationCount: 1,
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
    };
    expect((await me.requesters.list({ projectId: tenant.project.slug })).items).toEqual([answer]);
    expect(await me.requesters.get({ projectId: tenant.project.id, id })).toEqual(answer);
  });

  it('counts nothing private for who may not read conversations', async () => {
    const id = await seedRequester(core, tenant);
    for (const category of ['FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'] as const)
      await seedFeature(core, tenant, { requesterId: id, category });
    const counts = async (caller: Caller) => {
      const [item] = (await caller.requesters.list({ projectId: tenant.project.id })).items;
      const single = await caller.requesters.get({ projectId: tenant.project.id, id });
      expect(single).toEqual(item);
      return [single.featureCount, single.conversationCount];
    };
    expect(await counts(await callAsKey(core, tenant, { scopes: ['requesters:read'] }))).toEqual([2, null]);
    expect(await counts(await callAsKey(core, tenant, { scopes: ['contacts:read', 'conversations:read'] }))).toEqual([4, 0]);
  });
});

describe('a cursor', () => {
  const first = { sort: 'revenue', order: 'asc', plan: 'team', limit: 1 } as const;
  const list = (more: object, caller = me) => caller.requesters.list({ projectId: tenant.project.id, ...first, ...more });
  let cursor: string;
  beforeEach(async () => {
    const rows = [1, 2, 3].map((monthlyRevenue) => requesterRow(core, tenant, { monthlyRevenue, traits: { plan: 'team' } }));
    await core.db.prisma.requester.createMany({ data: rows });
    cursor = (await list({})).nextCursor ?? '';
  });

  it('is taken again, and with another page size', async () => {
    const pages = await Promise.all([list({ cursor }), list({ cursor, limit: 2 })]);
    expect(pages.map(({ items }) => items.map(({ monthlyRevenue }) => monthlyRevenue))).toEqual([[2], [2, 3]]);
  });

  it.each<[string, object]>([
    ['another sort', { sort: 'createdAt' }],
    ['another order', { order: 'desc' }],
    ['another filter', { plan: 'free' }],
    ['one filter more', { q: 'grace' }],
    ['one filter less', { plan: undefined }],
    ['another kind', { kind: 'all' }],
  ])('is refused with %s', async (_what, change) => {
    expect(await outcomeOf(list({ cursor, ...change }))).toBe('INVALID_CURSOR');
  });

  it('is refused in another project, of another list, and when it is made up', async () => {
    const other = await seedTenant(core);
    const theirs = list({ cursor, projectId: other.project.id }, callAsUser(core, other.user));
    expect(await outcomeOf(theirs)).toBe('INVALID_CURSOR');
    for (const text of ['', 'x', 'WzEsImEiXQ.AAAAAAAAAAAAAAAAAAAAAA'])
      expect(await outcomeOf(list({ cursor: text }))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(me.backlog.list({ projectId: tenant.project.id, cursor }))).toBe('INVALID_CURSOR');
  });
});

it('costs one statement beside the look-up and the meter’s', async () => {
  const sql = recording(core.db.sql);
  const services = createServices({ db: { ...core.db, sql }, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
  const key = await seedKey(core, tenant, { scopes: ['requesters:read'] });
  const caller = callAs({ core: services }, key.credential, { surface: 'project' });
  const list = () => caller.requesters.list({ projectId: tenant.project.slug, q: 'grace', plan: 'team' });
  await list();
  sql.statements.length = 0;
  await list();
  expect(sql.statements).toHaveLength(3);
});
