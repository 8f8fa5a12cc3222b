import { randomUUID } from 'node:crypto';
import { SCOPE_NAMES } from '@reqbase/auth';
import { recording, seedKey, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import type { Prisma } from '@reqbase/db';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listProcedures } from '../../procedures.ts';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { type ListNotifications, NotificationType } from './schema.ts';
import { tell } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(t);
  me = callAsUser(t, tenant.user);
});

type Filters = Partial<Omit<ListNotifications, 'projectId'>>;
const list = (filters: Filters = {}, caller = me) => caller.notifications.list({ projectId: tenant.project.id, ...filters });
const T0 = Date.parse('2026-03-01T00:00:00Z');
const at = (minutes: number) => new Date(T0 + minutes * 60_000);

/** An entry's columns, past `notify`. */
function row(columns: Partial<Prisma.NotificationCreateManyInput> & { createdAt?: Date } = {}) {
  return {
    id: randomUUID(),
    projectId: tenant.project.id,
    type: 'feature.created',
    title: 'Dark mode',
    actorKind: 'TEAM' as const,
    audience: 'team' as const,
    isPrivate: false,
    channels: ['in_app'],
    createdAt: t.clock.now(),
    ...columns,
  };
}
type Row = ReturnType<typeof row>;
const insert = (rows: Row[]) => t.db.prisma.notification.createMany({ data: rows });

/** Pages through the list to its end. */
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
      list({ ...filters, limit, ...(cursor !== undefined && { cursor }) }),
      between(page),
    ]);
    seen.push(...items.map(({ id }) => id));
    expect(hasMore).toBe(nextCursor !== null);
    if (nextCursor === null) return seen;
    expect(items).toHaveLength(limit);
    cursor = nextCursor;
  }
}

const SOME_TYPES = ['feature.created', 'message.received', 'announcement.sent'] as const;
const anyRow = fc.record({
  type: fc.constantFrom(...SOME_TYPES),
  audience: fc.constantFrom('team' as const, 'requesters' as const),
  isPrivate: fc.boolean(),
  minute: fc.integer({ min: 0, max: 8 }),
});
const anyFilters = fc.record(
  {
    type: fc.array(fc.constantFrom(...SOME_TYPES, 'member.joined' as const), { maxLength: 4 }),
    audience: fc.constantFrom('team' as const, 'requesters' as const),
    since: fc.integer({ min: 0, max: 8 }).map((minute) => at(minute).toISOString()),
    createdAfter: fc.integer({ min: 0, max: 8 }).map((minute) => at(minute).toISOString()),
    createdBefore: fc.integer({ min: 0, max: 8 }).map((minute) => at(minute).toISOString()),
    updatedSince: fc.integer({ min: 0, max: 8 }).map((minute) => at(minute).toISOString()),
  },
  { requiredKeys: [] },
);

/** What the filters mean, said again in another language. */
function expected(rows: readonly Row[], { type, audience, since, createdAfter, createdBefore, updatedSince }: Filters): string[] {
  return rows
    .filter((one) => type === undefined || (type as string[]).includes(one.type))
    .filter((one) => audience === undefined || one.audience === audience)
    .filter(({ createdAt }) => since === undefined || createdAt >= new Date(since))
    .filter(({ createdAt }) => updatedSince === undefined || createdAt >= new Date(updatedSince))
    .filter(({ createdAt }) => createdAfter === undefined || createdAt > new Date(createdAfter))
    .filter(({ createdAt }) => createdBefore === undefined || createdAt < new Date(createdBefore))
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id);
}
const toRow = ({ minute, ...columns }: { minute: number } & Partial<Row>) => row({ ...columns, createdAt: at(minute) });

describe('the feed of the project', () => {
  it('tells everything of an entry that there is to tell', async () => {
    const id = await tell(t, tenant, {
      body: 'Please',
      expiresAt: new Date(t.clock.now().getTime() + 1_000),
      data: { secret: true },
    });
    expect(await list()).toEqual({
      items: [
        {
          id,
          type: 'feature.created',
          title: 'Dark mode',
          body: 'Please',
          featureId: null,
          conversationId: null,
          commentId: null,
          actorKind: 'TEAM',
          actorId: tenant.user.id,
          actorName: tenant.user.name,
          audience: 'team',
          recipientCount: 0,
          channels: ['in_app'],
          createdAt: '2026-03-14T10:20:30.250Z',
          expiresAt: '2026-03-14T10:20:31.250Z',
        },
      ],
      hasMore: false,
      nextCursor: null,
    });
    t.clock.advance(60_000);
    expect((await list()).items).toHaveLength(1);
  });

  it('by any filters together, in pages of any sizes, shows each match once, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { maxLength: 30 }),
        anyFilters,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }),
        async (rows, filters, limits) => {
          tenant = await seedTenant(t);
          me = callAsUser(t, tenant.user);
          const shown = rows.map(toRow);
          await insert(shown);
          expect(await walk(filters, limits)).toEqual(expected(shown, filters));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('while others write and entries go, shows what is there throughout exactly once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { minLength: 5, maxLength: 20 }),
        fc.array(anyRow, { minLength: 4, maxLength: 12 }),
        fc.constantFrom<Filters>({}, { type: [...SOME_TYPES] }, { audience: 'team' }),
        fc.integer({ min: 1, max: 4 }),
        async (stable, coming, filters, limit) => {
          tenant = await seedTenant(t);
          me = callAsUser(t, tenant.user);
          const [lasting, going] = [stable.map(toRow), stable.map(toRow)];
          await insert([...lasting, ...going]);
          const seen = await walk(filters, [limit], async (page) => {
            const added = coming.slice(page * 3, page * 3 + 3).map(toRow);
            const gone = going.slice(page * 2, page * 2 + 2).map(({ id }) => id);
            await Promise.all([insert(added), t.db.prisma.notification.deleteMany({ where: { id: { in: gone } } })]);
          });
          const stays = new Set(lasting.map(({ id }) => id));
          expect(seen.filter((id) => stays.has(id))).toEqual(expected(lasting, filters));
          expect(new Set(seen).size).toBe(seen.length);
        },
      ),
      { numRuns: 12 },
    );
  });

  it.each(NotificationType.options.map((type) => [type]))('can be asked for %s alone', async (type) => {
    const rows = NotificationType.options.map((other) => row({ type: other }));
    await insert(rows);
    expect((await list({ type: [type] })).items.map((item) => item.type)).toEqual([type]);
  });

  it('refuses a cursor of other filters, another project or another list', async () => {
    await insert([
      row(),
      row(),
      row({ type: 'announcement.sent', expiresAt: at(9) }),
      row({ type: 'announcement.sent', expiresAt: at(9) }),
    ]);
    const cursor = (await list({ limit: 1 })).nextCursor ?? '';
    expect(await outcomeOf(list({ cursor, limit: 2 }))).toBe('admitted');
    for (const filters of [{ type: ['feature.created' as const] }, { audience: 'team' as const }, { since: at(0).toISOString() }])
      expect(await outcomeOf(list({ cursor, ...filters }))).toBe('INVALID_CURSOR');
    const other = await seedTenant(t);
    const there = callAsUser(t, other.user).notifications.list({ projectId: other.project.id, cursor });
    expect(await outcomeOf(there)).toBe('INVALID_CURSOR');
    const announcements = await me.announcements.list({ projectId: tenant.project.id, limit: 1 });
    expect(await outcomeOf(list({ cursor: announcements.nextCursor ?? '' }))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(list({ cursor: `${cursor}x` }))).toBe('INVALID_CURSOR');
  });

  it('has nothing of another project', async () => {
    const other = await seedTenant(t);
    await tell(t, other);
    expect((await list()).items).toEqual([]);
  });
});

describe('private entries', () => {
  it('are kept from the blind by every procedure that tells of the feed, here or beside it', () => {
    const readers = listProcedures().flatMap(({ path }) => (/^(notifications|announcements|live)\./.test(path) ? [path] : []));
    expect(readers.toSorted()).toEqual([
      // Announcements are for everyone.
      'announcements.list',
      'announcements.send',
      'live.watch',
      'notifications.list',
      // Answers with an instant.
      'notifications.markSeen',
      'notifications.unreadCount',
    ]);
  });

  const blindKey = () => callAsKey(t, tenant, { scopes: SCOPE_NAMES.filter((scope) => !scope.startsWith('conversations:')) });

  it('are in no answer to who may not read conversations, by whatever filter', async () => {
    tenant = await seedTenant(t, { plan: 'scale' });
    me = callAsUser(t, tenant.user);
    const shown = await tell(t, tenant);
    await tell(t, tenant, { isPrivate: true, title: 'PRIVATE' });
    await tell(t, tenant, { type: 'message.received', isPrivate: true, title: 'PRIVATE' });
    await tell(t, tenant, { type: 'comment.created', audience: 'requesters', isPrivate: true, title: 'PRIVATE' });
    const blind = await blindKey();
    for (const filters of [
      {},
      { type: ['message.received' as const] },
      { audience: 'requesters' as const },
      { type: [...SOME_TYPES] },
    ]) {
      const { items } = await list(filters, blind);
      expect(JSON.stringify(items)).not.toContain('PRIVATE');
    }
    expect((await list({}, blind)).items.map(({ id }) => id)).toEqual([shown]);
    expect((await list()).items).toHaveLength(4);
    expect(
      (await list({}, await callAsKey(t, tenant, { scopes: ['notifications:read', 'conversations:read'] }))).items,
    ).toHaveLength(4);
  });

  it('are not counted for them either', async () => {
    tenant = await seedTenant(t, { plan: 'scale' });
    await tell(t, tenant, {}, { id: randomUUID() });
    await tell(t, tenant, { isPrivate: true }, { id: randomUUID() });
    const projectId = tenant.project.id;
    expect(await (await blindKey()).notifications.unreadCount({ projectId })).toEqual({ unreadCount: 1 });
    expect(await callAsUser(t, tenant.user).notifications.unreadCount({ projectId })).toEqual({ unreadCount: 2 });
  });
});

describe('what it costs', () => {
  it('is one statement beside the look-up and the meter’s', async () => {
    const sql = recording(t.db.sql);
    const services = createServices({ db: { ...t.db, sql }, secret: TEST_SECRET, defaultPlan: 'free', clock: t.clock.now });
    const key = await seedKey(t, tenant, { scopes: ['notifications:read', 'broadcasts:write'] });
    const caller = callAs({ core: services }, key.credential, { surface: 'project' });
    const projectId = tenant.project.slug;
    const calls = [
      () => caller.notifications.list({ projectId }),
      () => caller.notifications.list({ projectId, type: ['feature.created', 'message.received'], audience: 'team' }),
      () => caller.notifications.unreadCount({ projectId }),
      () => caller.announcements.list({ projectId }),
    ];
    // The key's first call of a minute makes its counters.
    await calls[0]?.();
    for (const call of calls) {
      sql.statements.length = 0;
      await call();
      expect(sql.statements.map((text) => /(?:from|join) (api_key|key_rate|notification)\b/.exec(text)?.[1])).toEqual([
        'api_key',
        'key_rate',
        'notification',
      ]);
    }
  });

  it('is an index’s work for the whole feed, one type, several types, an audience, and for those who see part of it', async () => {
    await t.db.script(`
      insert into notification (id, project_id, type, title, actor_kind, audience, is_private, channels, created_at)
      select gen_random_uuid(), '${tenant.project.id}',
        case when n % 1000 = 0 then 'announcement.sent' when n % 1001 = 0 then 'member.joined' else 'message.received' end,
        'Entry', 'TEAM', case when n % 1000 = 0 then 'requesters' else 'team' end::notification_audience,
        n % 500 <> 0, '{in_app}', timestamptz '2026-01-01' + n * interval '1 minute'
      from generate_series(1, 20000) as n;
      analyze notification;`);
    const seen: { text: string; values: readonly unknown[] }[] = [];
    const sql = {
      query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
        if (text.includes('from notification')) seen.push({ text, values });
        return t.db.sql.query<Row>(text, values);
      },
    };
    const services = createServices({ db: { ...t.db, sql }, secret: TEST_SECRET, defaultPlan: 'free', clock: t.clock.now });
    const mine = callAs({ core: services }, { kind: 'session', userId: tenant.user.id });
    const blind = callAs({ core: services }, (await seedKey(t, tenant, { scopes: ['notifications:read'] })).credential);
    const filters: Filters[] = [
      {},
      { type: ['member.joined'] },
      { type: ['member.joined', 'announcement.sent'] },
      { audience: 'requesters' },
    ];
    for (const filter of filters) await list(filter, mine);
    await list({}, blind);
    expect(seen).toHaveLength(5);
    for (const { text, values } of seen) {
      const plan = await t.db.sql.query<{ 'QUERY PLAN': string }>(`explain (analyze, costs off, timing off) ${text}`, values);
      const lines = plan.map((line) => line['QUERY PLAN']);
      expect(lines.join('\n')).toMatch(/Index Scan( Backward)? using notification_/);
      expect(lines.filter((line) => line.includes('Rows Removed by Filter'))).toEqual([]);
      expect(lines.join('\n')).not.toContain('Seq Scan on notification');
    }
  });
});
