import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from './client.ts';
import { migrate, migrationState } from './migrate.ts';
import { createEmptyTestDatabase, createTestDatabase } from './testing.ts';

const MIGRATIONS = join(import.meta.dirname, '../prisma/migrations');
const names = readdirSync(MIGRATIONS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();
const checksumOf = (name: string) =>
  createHash('sha256')
    .update(readFileSync(join(MIGRATIONS, name, 'migration.sql')))
    .digest('hex');

let db: Database;
beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(() => db.close());

const rows = () =>
  db.sql.query<{ name: string; checksum: string }>(
    'select migration_name as name, checksum from _prisma_migrations order by migration_name',
  );

describe('migrating', () => {
  it('applies everything to a fresh database, in order, and nothing the second time', async () => {
    const fresh = await createEmptyTestDatabase();
    try {
      expect(await migrationState(fresh)).toEqual({ pending: names, edited: [] });
      expect(await migrate(fresh)).toEqual(names);
      expect(await migrationState(fresh)).toEqual({ pending: [], edited: [] });
      const tables = await fresh.sql.query<{ name: string }>(
        `select tablename as name from pg_tables where schemaname = 'public'`,
      );
      expect(tables.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['organization', 'api_key', 'feature', 'usage_day', 'audit_entry', '_prisma_migrations']),
      );
      const before = await fresh.sql.query('select * from _prisma_migrations');
      expect(await migrate(fresh)).toEqual([]);
      expect(await fresh.sql.query('select * from _prisma_migrations')).toEqual(before);
    } finally {
      await fresh.close();
    }
  });

  it('gives a project of before an owner: who has owned its organization longest, whatever they were on it', async () => {
    const at = (day: number) => new Date(Date.UTC(2026, 0, day));
    const [orgId, early, late, stranger] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const [bare, held, owned] = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of [early, late, stranger])
      await db.prisma.user.create({ data: { id, name: id, email: `${id}@example.test` } });
    await db.prisma.organization.create({ data: { id: orgId, name: 'Acme', slug: 'acme' } });
    for (const id of [bare, held, owned]) await db.prisma.project.create({ data: { id, orgId, name: id, slug: id } });
    for (const [userId, day] of [
      [late, 2],
      [early, 1],
    ] as const)
      await db.prisma.organizationMember.create({ data: { orgId, userId, role: 'owner', createdAt: at(day) } });
    await db.prisma.projectMember.create({ data: { projectId: held, userId: early, role: 'viewer' } });
    await db.prisma.projectMember.create({ data: { projectId: owned, userId: stranger, role: 'owner' } });
    await db.script(readFileSync(join(MIGRATIONS, '20261128084500_every_project_has_an_owner', 'migration.sql'), 'utf8'));
    const owners = await db.prisma.projectMember.findMany({ select: { projectId: true, userId: true, role: true } });
    const ownerOf = (id: string) =>
      owners.filter(({ projectId, role }) => projectId === id && role === 'owner').map(({ userId }) => userId);
    expect([bare, held, owned].map(ownerOf)).toEqual([[early], [early], [stranger]]);
    expect(owners).toHaveLength(3);
  });

  it('keeps Prisma’s own records, as its `migrate deploy` reads them', async () => {
    expect(await rows()).toEqual(names.map((name) => ({ name, checksum: checksumOf(name) })));
    const unfinished =
      'select count(*)::int4 as count from _prisma_migrations where finished_at is null or rolled_back_at is not null or applied_steps_count <> 1';
    expect(await db.sql.query(unfinished)).toEqual([{ count: 0 }]);
  });

  it('says which migration was edited after it was applied, and touches nothing', async () => {
    const [first = ''] = names;
    await db.sql.query('update _prisma_migrations set checksum = $1 where migration_name = $2', ['0'.repeat(64), first]);
    expect(await migrationState(db)).toEqual({ pending: [], edited: [first] });
    await expect(migrate(db)).rejects.toThrow(`migrations edited after they were applied: ${first}`);
    expect((await rows()).find(({ name }) => name === first)?.checksum).toBe('0'.repeat(64));
  });

  it('says so too while others are pending: nothing is applied on top of what is not known', async () => {
    const [first = '', last = ''] = [names.at(0), names.at(-1)];
    await db.sql.query('update _prisma_migrations set checksum = $1 where migration_name = $2', ['0'.repeat(64), first]);
    await db.sql.query('delete from _prisma_migrations where migration_name = $1', [last]);
    await expect(migrate(db)).rejects.toThrow(first);
    expect((await rows()).map(({ name }) => name)).not.toContain(last);
  });

  it('leaves what an older version has written where it is', async () => {
    const older = await createEmptyTestDatabase();
    try {
      // As a version with the first migration alone has left it.
      const [first = '', ...later] = names;
      await older.script(readFileSync(join(MIGRATIONS, first, 'migration.sql'), 'utf8'));
      await older.script(PRISMAS_RECORDS);
      await older.sql.query(
        'insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) values ($1, $2, $3, now(), 1)',
        [randomUUID(), checksumOf(first), first],
      );
      await older.prisma.organization.create({ data: { id: randomUUID(), name: 'Acme', slug: 'acme' } });
      expect(later.length).toBeGreaterThan(0);
      expect(await migrate(older)).toEqual(later);
      expect(await older.sql.query('select slug from organization')).toEqual([{ slug: 'acme' }]);
    } finally {
      await older.close();
    }
  });
});

/** The table as Prisma makes it. */
const PRISMAS_RECORDS = `create table _prisma_migrations (
  id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
  logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0
)`;

describe('the migrations', () => {
  it('lead to what Prisma’s client expects', async () => {
    // One write and read through the client for a model of each file: columns, enums and defaults are as it expects.
    const id = '11111111-1111-4111-8111-111111111111';
    const at = new Date('2026-03-14T10:20:30.250Z');
    await db.prisma.organization.create({ data: { id, name: 'Acme', slug: 'acme', plan: 'enterprise' } });
    await db.prisma.user.create({ data: { id, name: 'Ada', email: 'ada@example.com' } });
    await db.prisma.organizationMember.create({ data: { orgId: id, userId: id, role: 'owner' } });
    await db.prisma.project.create({ data: { id, orgId: id, name: 'Demo', slug: 'demo' } });
    await db.prisma.requester.create({ data: { id, projectId: id, kind: 'anonymous' } });
    await db.prisma.feature.create({
      data: {
        id,
        projectId: id,
        number: 1,
        title: 'Dark mode',
        tags: ['ui'],
        source: 'widget',
        errorReport: { doing: 'x' },
        statusChangedAt: at,
        createdAt: at,
        updatedAt: at,
      },
    });
    await db.prisma.usageDay.create({ data: { projectId: id, day: new Date('2026-03-14') } });
    await db.prisma.apiKey.create({
      data: {
        id,
        orgId: id,
        name: 'k',
        publicId: 'p',
        prefix: 'riq_live_p',
        secretHash: new Uint8Array([0, 255]),
        pepperId: 'x',
        scopes: [],
        ownerUserId: id,
      },
    });
    expect(await db.prisma.feature.findUniqueOrThrow({ where: { id } })).toMatchObject({
      category: 'FEATURE',
      status: 'NEEDS_ACTION',
      version: 1,
      tags: ['ui'],
      createdAt: at,
      errorReport: { doing: 'x' },
    });
    expect(await db.prisma.apiKey.findUniqueOrThrow({ where: { id } })).toMatchObject({
      secretHash: new Uint8Array([0, 255]),
      revokedAt: null,
    });
  });

  it('hold what the Prisma schema cannot say: counts are not negative, a key has one owner, a project one owner', async () => {
    const ids = [1, 2].map((n) => `${n}1111111-1111-4111-8111-111111111111`) as [string, string];
    const [id] = ids;
    await db.prisma.organization.create({ data: { id, name: 'Acme', slug: 'acme' } });
    await db.prisma.project.create({ data: { id, orgId: id, name: 'Demo', slug: 'demo' } });
    for (const userId of ids) await db.prisma.user.create({ data: { id: userId, name: 'Ada', email: userId } });
    await db.prisma.projectMember.create({ data: { projectId: id, userId: ids[0], role: 'owner' } });
    await expect(db.prisma.projectMember.create({ data: { projectId: id, userId: ids[1], role: 'owner' } })).rejects.toThrow(
      'Unique constraint',
    );
    await expect(db.prisma.usageDay.create({ data: { projectId: id, day: new Date(), calls: -1 } })).rejects.toThrow(
      'usage_day_calls',
    );
    const key = { id, orgId: id, name: 'k', publicId: 'p', prefix: 'p', secretHash: new Uint8Array(), pepperId: 'x', scopes: [] };
    await expect(db.prisma.apiKey.create({ data: key })).rejects.toThrow('api_key_one_owner');
    const feature = {
      id,
      projectId: id,
      number: 1,
      title: 't',
      tags: [],
      source: 'api' as const,
      statusChangedAt: new Date(),
      createdAt: new Date(),
      updatedAt: new Date(),
    };
    await expect(db.prisma.feature.create({ data: { ...feature, voteCount: -1 } })).rejects.toThrow('feature_counts');
  });
});
