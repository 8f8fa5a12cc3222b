import { randomUUID } from 'node:crypto';
import { PLANS } from '@reqbase/auth';
import { recording, seedKey, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import type { ListFeatures } from './schema.ts';
import { featureRow, seedFeature } from './testing.ts';

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

type Filters = Partial<Omit<ListFeatures, 'projectId' | 'limit' | 'cursor'>>;
type Row = { id: string; createdAt: Date; updatedAt: Date; [column: string]: any };

/** Pages through the list to its end, with the page sizes that `limits` gives in turn. */
async function walk(
  caller: Caller,
  filters: Filters,
  limits: readonly number[],
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page++) {
    const limit = limits[page % limits.length] ?? 25;
    const [{ items, hasMore, nextCursor }] = await Promise.all([
      caller.backlog.list({ projectId: tenant.project.id, ...filters, limit, ...(cursor !== undefined && { cursor }) }),
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

const idsOf = async (filters: Filters) => walk(me, filters, [100]);

const T0 = Date.parse('2026-03-01T00:00:00Z');
const at = (minutes: number) => new Date(T0 + minutes * 60_000);
const [ALICE, BOB] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

/** Rows with many equal values, so that ties have to be broken. */
const anyColumns = fc.record({
  id: fc.uuid(),
  category: fc.constantFrom('FEATURE' as const, 'ERROR' as const, 'FEEDBACK' as const, 'OTHER' as const),
  status: fc.constantFrom('NEEDS_ACTION' as const, 'IN_PROGRESS' as const, 'COMPLETED' as const),
  source: fc.constantFrom('widget' as const, 'api' as const, 'mcp' as const, 'dashboard' as const, 'email' as const),
  tags: fc.subarray(['billing', 'mobile', 'design']),
  requester: fc.constantFrom(null, 'alice', 'bob'),
  voteCount: fc.integer({ min: 0, max: 4 }),
  commentCount: fc.integer({ min: 0, max: 2 }),
  revenueWeight: fc.integer({ min: 0, max: 3 }),
  created: fc.integer({ min: 0, max: 20 }),
  changed: fc.integer({ min: 20, max: 40 }),
  title: fc.constantFrom('Dark mode', 'Export invoices', 'Dark export', 'Light'),
  description: fc.constantFrom(null, 'for invoices', 'at night'),
});

/** 80 features of the tenant, and around them what no list may show: deleted ones, and another project's. */
async function seedMany(): Promise<Row[]> {
  const ofProject = (name: string) => ({
    id: randomUUID(),
    projectId: tenant.project.id,
    kind: 'identified' as const,
    externalId: name,
  });
  const people = { alice: ofProject('alice'), bob: ofProject('bob') };
  await core.db.prisma.requester.createMany({ data: Object.values(people) });
  const rows =
    fc.sample(fc.uniqueArray(anyColumns, { minLength: 80, maxLength: 80, selector: ({ id }) => id }), {
      numRuns: 1,
      seed: 7,
    })[0] ?? [];
  const toRow = ({ requester, created, changed, ...columns }: (typeof rows)[number]) =>
    featureRow(core, tenant, {
      ...columns,
      id: randomUUID(),
      requesterId: requester === null ? null : people[requester].id,
      createdAt: at(created),
      updatedAt: at(changed),
    });
  const shown = rows.map(toRow);
  const other = await seedTenant(core);
  const hidden = [
    ...rows.slice(0, 20).map((row) => ({ ...toRow(row), deletedAt: at(50) })),
    ...rows.slice(20, 40).map((row) => ({ ...toRow(row), projectId: other.project.id, requesterId: null })),
  ];
  await core.db.prisma.feature.createMany({ data: [...shown, ...hidden] });
  Object.assign(requesterIds, { [ALICE]: people.alice.id, [BOB]: people.bob.id });
  return shown as Row[];
}
const requesterIds: Record<string, string> = {};

/** What a filter means, said again in another language. */
const MEANING: { [Name in keyof Filters]-?: (row: Row, wanted: NonNullable<Filters[Name]>) => boolean } = {
  status: (row, wanted) => wanted.length > 0 && wanted.includes(row['status']),
  category: (row, wanted) => wanted.includes(row['category']),
  source: (row, wanted) => wanted.includes(row['source']),
  tag: (row, wanted) => wanted.every((tag) => row['tags'].includes(tag)),
  q: (row, wanted) =>
    wanted
      .toLowerCase()
      .split(' ')
      .every((word) =>
        `${row['title']} ${row['description'] ?? ''}`
          .toLowerCase()
          .split(' ')
          .some((other) => other.startsWith(word)),
      ),
  requesterId: (row, wanted) => row['requesterId'] === wanted,
  hasComments: (row, wanted) => row['commentCount'] > 0 === wanted,
  minVotes: (row, wanted) => row['voteCount'] >= wanted,
  createdAfter: (row, wanted) => row.createdAt > new Date(wanted),
  createdBefore: (row, wanted) => row.createdAt < new Date(wanted),
  updatedSince: (row, wanted) => row.updatedAt >= new Date(wanted),
  sort: () => true,
  order: () => true,
};
const SORTED_BY = {
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
  votes: 'voteCount',
  revenue: 'revenueWeight',
  comments: 'commentCount',
} as const;

function expected(rows: readonly Row[], filters: Filters): string[] {
  const column = SORTED_BY[filters.sort ?? 'createdAt'];
  const direction = filters.order === 'asc' ? 1 : -1;
  const keyOf = (row: Row): [number, string] => [Number(row[column]), row.id];
  return rows
    .filter((row) =>
      Object.entries(filters).every(([name, wanted]) => wanted === undefined || MEANING[name as 'status'](row, wanted as never)),
    )
    .toSorted((a, b) => direction * (keyOf(a)[0] - keyOf(b)[0] || (a.id < b.id ? -1 : 1)))
    .map(({ id }) => id);
}

const ALONE: readonly (readonly [string, Filters])[] = [
  ['status', { status: ['IN_PROGRESS'] }],
  ['several statuses', { status: ['IN_PROGRESS', 'COMPLETED'] }],
  ['category', { category: ['ERROR'] }],
  ['several categories', { category: ['FEATURE', 'FEEDBACK'] }],
  ['source', { source: ['widget'] }],
  ['several sources', { source: ['widget', 'email'] }],
  ['tag', { tag: ['billing'] }],
  ['several tags, all of which it has', { tag: ['billing', 'design'] }],
  ['words', { q: 'dark' }],
  ['several words, all of which it has, the last as a beginning', { q: 'invoices exp' }],
  ['requester', { requesterId: ALICE }],
  ['having comments', { hasComments: true }],
  ['having none', { hasComments: false }],
  ['votes', { minVotes: 3 }],
  ['creation after an instant', { createdAfter: at(10).toISOString() }],
  ['creation before an instant', { createdBefore: '2026-03-01T02:10:00+02:00' }],
  ['change since an instant', { updatedSince: at(30).toISOString() }],
];

const SORTS = ['createdAt', 'updatedAt', 'votes', 'revenue', 'comments'] as const;
const ORDERS = ['asc', 'desc'] as const;

const anyFilters: fc.Arbitrary<Filters> = fc.record(
  {
    status: fc.subarray(['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'] as const, { minLength: 1 }),
    category: fc.subarray(['FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'] as const, { minLength: 1 }),
    source: fc.subarray(['widget', 'api', 'mcp', 'dashboard', 'email'] as const, { minLength: 2 }),
    tag: fc.subarray(['billing', 'mobile', 'design'], { maxLength: 2 }),
    q: fc.constantFrom('dark', 'exp', 'invoices', 'Light', 'mode dark'),
    requesterId: fc.constantFrom(ALICE, BOB),
    hasComments: fc.boolean(),
    minVotes: fc.integer({ min: 0, max: 3 }),
    createdAfter: fc.integer({ min: 0, max: 12 }).map((minutes) => at(minutes).toISOString()),
    createdBefore: fc.integer({ min: 8, max: 21 }).map((minutes) => at(minutes).toISOString()),
    updatedSince: fc.integer({ min: 20, max: 36 }).map((minutes) => at(minutes).toISOString()),
    sort: fc.constantFrom(...SORTS),
    order: fc.constantFrom(...ORDERS),
  },
  { requiredKeys: [] },
);
const named = (filters: Filters): Filters => ({
  ...filters,
  ...(filters.requesterId !== undefined && { requesterId: requesterIds[filters.requesterId] ?? '' }),
});

describe('a list', () => {
  it.each(ALONE)('by %s shows exactly what it says', async (_what, filters) => {
    const rows = await seedMany();
    const right = expected(rows, named(filters));
    expect(right.length).toBeGreaterThan(0);
    expect(right.length).toBeLessThan(rows.length);
    expect(await idsOf(named(filters))).toEqual(right);
  });

  it.each(SORTS.flatMap((sort) => ORDERS.map((order) => [sort, order] as const)))(
    'by %s %s shows everything, ties broken by the id',
    async (sort, order) => {
      const rows = await seedMany();
      expect(await walk(me, { sort, order }, [100])).toEqual(expected(rows, { sort, order }));
      expect(await walk(me, { sort, order }, [7])).toEqual(expected(rows, { sort, order }));
    },
  );

  it('shows the newest first, 25 a page, unless asked otherwise', async () => {
    const rows = await seedMany();
    const { items, hasMore } = await me.backlog.list({ projectId: tenant.project.slug });
    expect(items.map(({ id }) => id)).toEqual(expected(rows, {}).slice(0, 25));
    expect(hasMore).toBe(true);
  });

  it('by any filters together, in any sort, in pages of any sizes, shows each match once and in order', async () => {
    const rows = await seedMany();
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anyFilters, sizes, async (filters, limits) => {
        expect(await walk(me, named(filters), limits)).toEqual(expected(rows, named(filters)));
      }),
      { numRuns: 60 },
    );
  });

  it('shows of each what it is, and nothing of the team’s own', async () => {
    const id = await seedFeature(core, tenant, {
      developerNote: 'secret',
      category: 'ERROR',
      errorReport: { doing: 'secret' },
      diagnostics: { secret: true },
    });
    const { items } = await me.backlog.list({ projectId: tenant.project.id });
    expect(items).toMatchObject([
      { id, visibility: 'private', createdAt: '2026-03-14T10:20:30.250Z', version: 1, status: 'NEEDS_ACTION', tags: [] },
    ]);
    expect(JSON.stringify(items)).not.toContain('secret');
  });

  it('of nothing is one empty last page', async () => {
    expect(await me.backlog.list({ projectId: tenant.project.id })).toEqual({ items: [], hasMore: false, nextCursor: null });
  });

  it('that ends with a full page says so: no page too many', async () => {
    await core.db.prisma.feature.createMany({ data: [1, 2, 3, 4].map(() => featureRow(core, tenant)) });
    const { nextCursor } = await me.backlog.list({ projectId: tenant.project.id, limit: 2 });
    expect(await me.backlog.list({ projectId: tenant.project.id, limit: 2, cursor: nextCursor ?? '' })).toMatchObject({
      hasMore: false,
      nextCursor: null,
    });
  });

  it.each([0, 101, 2.5, -1])('does not come in pages of %s', async (limit) => {
    expect(await outcomeOf(me.backlog.list({ projectId: tenant.project.id, limit }))).toBe('BAD_REQUEST');
  });
});

describe('paging while others write', () => {
  const step = fc.record({
    insert: fc.nat({ max: 3 }),
    remove: fc.nat({ max: 3 }),
    minute: fc.integer({ min: 0, max: 40 }),
    votes: fc.nat({ max: 5 }),
  });

  it('shows every row that is there throughout exactly once and in order, and no row twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('createdAt', 'votes'),
        fc.constantFrom(...ORDERS),
        fc.integer({ min: 1, max: 9 }),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        async (sort, order, limit, steps) => {
          tenant = await seedTenant(core);
          me = callAsUser(core, tenant.user);
          const rows = (count: number) =>
            Array.from({ length: count }, (_, n) =>
              featureRow(core, tenant, { createdAt: at((n * 7) % 40), voteCount: (n * 3) % 5 }),
            );
          const [stable, passing] = [rows(30), rows(20)];
          await core.db.prisma.feature.createMany({ data: [...stable, ...passing] });
          const seen = await walk(me, { sort, order }, [limit], async (page) => {
            const { insert, remove, minute, votes } = steps[page % steps.length] ?? { insert: 0, remove: 0, minute: 0, votes: 0 };
            const added =
              page < 15
                ? Array.from({ length: insert }, () => featureRow(core, tenant, { createdAt: at(minute), voteCount: votes }))
                : [];
            const removed = passing.splice(0, remove).map(({ id }) => id);
            await Promise.all([
              core.db.prisma.feature.createMany({ data: added }),
              core.db.prisma.feature.updateMany({ where: { id: { in: removed } }, data: { deletedAt: core.clock.now() } }),
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

  it('by change, oldest first, misses no change: what a sync has kept is in the end what there is', async () => {
    const ids = (await Promise.all(Array.from({ length: 20 }, (_, n) => seedFeature(core, tenant, { updatedAt: at(n) })))).sort();
    const kept = new Map<string, number>();
    let changed = 0;
    let cursor: string | undefined;
    for (let page = 0; ; page++) {
      const answer: Awaited<ReturnType<typeof me.backlog.list>> = await me.backlog.list({
        projectId: tenant.project.id,
        sort: 'updatedAt',
        order: 'asc',
        updatedSince: at(0).toISOString(),
        limit: 3,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { id, version } of answer.items) kept.set(id, version);
      if (answer.nextCursor === null) break;
      cursor = answer.nextCursor;
      core.clock.advance(1_000);
      if (page >= 8) continue;
      await me.backlog.changeStatus({ projectId: tenant.project.id, id: ids[page * 2] ?? '', status: 'COMPLETED' });
      changed++;
    }
    const rows = await core.db.prisma.feature.findMany({
      where: { projectId: tenant.project.id },
      select: { id: true, version: true },
    });
    expect(new Map(rows.map(({ id, version }) => [id, version]))).toEqual(kept);
    expect(changed).toBeGreaterThan(5);
    expect(rows.filter(({ version }) => version === 2)).toHaveLength(changed);
  });
});

describe('a cursor', () => {
  const first = { sort: 'votes', order: 'asc', status: ['NEEDS_ACTION'], limit: 1 } as const;
  const list = (caller: Caller, more: object) =>
    caller.backlog.list({ projectId: tenant.project.id, ...first, status: [...first.status], ...more });
  let cursor: string;
  beforeEach(async () => {
    await core.db.prisma.feature.createMany({ data: [1, 2, 3].map((voteCount) => featureRow(core, tenant, { voteCount })) });
    cursor = (await list(me, {})).nextCursor ?? '';
  });

  it('is taken again, by others too, and with another page size', async () => {
    const again = await Promise.all([
      list(me, { cursor }),
      list(me, { cursor, limit: 2 }),
      list(await callAsKey(core, tenant), { cursor }),
    ]);
    expect(again.map(({ items }) => items.map(({ voteCount }) => voteCount))).toEqual([[2], [2, 3], [2]]);
  });

  it.each<[string, object]>([
    ['another sort', { sort: 'comments' }],
    ['another order', { order: 'desc' }],
    ['another filter', { status: ['COMPLETED'] }],
    ['one filter more', { q: 'dark' }],
    ['one filter less', { status: undefined }],
  ])('is refused with %s', async (_what, change) => {
    expect(await outcomeOf(list(me, { cursor, ...change }))).toBe('INVALID_CURSOR');
  });

  it('is refused in another project, and those of other lists in this one', async () => {
    const other = await seedTenant(core);
    expect(
      await outcomeOf(
        callAsUser(core, other.user).backlog.list({ projectId: other.project.id, ...first, status: [...first.status], cursor }),
      ),
    ).toBe('INVALID_CURSOR');
    const [id] = (await list(me, {})).items.map((feature) => feature.id);
    for (const body of ['a', 'b']) await me.backlog.createComment({ projectId: tenant.project.id, id: id ?? '', body });
    const comments = await me.backlog.listComments({ projectId: tenant.project.id, id: id ?? '', limit: 1 });
    expect(comments.nextCursor).not.toBeNull();
    expect(await outcomeOf(list(me, { cursor: comments.nextCursor ?? '' }))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(me.backlog.listComments({ projectId: tenant.project.id, id: id ?? '', limit: 1, cursor }))).toBe(
      'INVALID_CURSOR',
    );
  });

  it.each(['', 'x', 'null', 'WzEsImEiXQ.AAAAAAAAAAAAAAAAAAAAAA', '\u{1f600}'])('is refused when it is "%s"', async (text) => {
    expect(await outcomeOf(list(me, { cursor: text }))).toBe('INVALID_CURSOR');
  });
});

describe('a list by key', () => {
  it('costs one statement beside the look-up and the meter’s, and none of Prisma’s', async () => {
    const sql = recording(core.db.sql);
    const operations: string[] = [];
    const prisma = core.db.prisma.$extends({
      query: {
        $allOperations({ model, operation, args, query }) {
          operations.push(`${model}.${operation}`);
          return query(args);
        },
      },
    });
    const services = createServices({
      db: { ...core.db, sql, prisma: prisma as never },
      secret: TEST_SECRET,
      defaultPlan: 'free',
      clock: core.clock.now,
    });
    const key = await seedKey(core, tenant);
    const caller = callAs({ core: services }, key.credential, { surface: 'project' });
    const list = () => caller.backlog.list({ projectId: tenant.project.slug, q: 'dark', status: ['COMPLETED'], minVotes: 2 });
    await list();
    sql.statements.length = 0;
    await list();
    expect(sql.statements.map((text) => /(?:from|join) (api_key|key_rate|feature)\b/.exec(text)?.[1])).toEqual([
      'api_key',
      'key_rate',
      'feature',
    ]);
    expect(operations).toEqual([]);
    // The recorder does see Prisma: a single read goes through it.
    await outcomeOf(caller.backlog.get({ projectId: tenant.project.slug, id: randomUUID() }));
    expect(operations).toEqual(['Feature.findFirst']);
  });

  it('counts once against the day, whatever it finds', async () => {
    const caller = await callAsKey(core, tenant);
    await caller.backlog.list({ projectId: tenant.project.id });
    await caller.backlog.list({ projectId: tenant.project.id, q: 'nothing of the kind' });
    expect(await core.db.sql.query('select calls from usage_day where project_id = $1', [tenant.project.id])).toEqual([
      { calls: 2 },
    ]);
    expect(PLANS.pro.callsPerDay).toBeGreaterThan(2);
  });
});
