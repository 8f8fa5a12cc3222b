import { randomUUID } from 'node:crypto';
import { parseKey, ROLES, type Role } from '@reqbase/auth';
import { seedKey, seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyCredential } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import type { Context } from '../../trpc.ts';

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

type Home = 'project' | 'organization';
const HOMES: readonly Home[] = ['project', 'organization'];
type Listed = { limit?: number; cursor?: string; createdAfter?: string; createdBefore?: string; updatedSince?: string };

/** The keys of a home, as a caller reaches them. */
function keysOf(home: Home, caller = me) {
  const [{ id: projectId }, { id: organizationId }] = [tenant.project, tenant.organization];
  const [apiKeys, organizationKeys] = [caller.apiKeys, caller.organizationKeys];
  const newKey = { name: 'A key', scopes: ['backlog:read'] };
  return home === 'project'
    ? {
        create: () => apiKeys.create({ projectId, ...newKey }),
        list: (more: Listed = {}) => apiKeys.list({ projectId, ...more }),
        get: (id: string) => apiKeys.get({ projectId, id }),
        revoke: (id: string) => apiKeys.revoke({ projectId, id }),
        grantable: () => apiKeys.grantable({ projectId }),
      }
    : {
        create: () => organizationKeys.create({ organizationId, ...newKey }),
        list: (more: Listed = {}) => organizationKeys.list({ organizationId, ...more }),
        get: (id: string) => organizationKeys.get({ organizationId, id }),
        revoke: (id: string) => organizationKeys.revoke({ organizationId, id }),
        grantable: () => organizationKeys.grantable({ organizationId }),
      };
}
const homeId = (home: Home) => (home === 'project' ? tenant.project.id : null);
const seedOf = (home: Home, options: Parameters<typeof seedKey>[2] = {}) =>
  seedKey(core, tenant, { projectId: homeId(home), ...options });
const setRole = (role: Role) =>
  core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });

describe.each(HOMES)('the keys of a %s', (home) => {
  it('are listed newest first, each once, in pages of any size, revoked and expired ones included', async () => {
    const seeded = [];
    for (let n = 0; n < 7; n++) {
      seeded.push(
        await seedOf(home, { ...(n === 2 && { revokedAt: core.clock.now() }), ...(n === 3 && { expiresAt: core.clock.now() }) }),
      );
      // Two share an instant: the page has to break the tie.
      const createdAt = new Date(core.clock.now().getTime() + Math.min(n, 5) * 60_000);
      await core.db.prisma.apiKey.update({ where: { id: seeded[n]?.id ?? '' }, data: { createdAt } });
    }
    const tie = [seeded[5]?.id ?? '', seeded[6]?.id ?? ''].toSorted().reverse();
    const expected = [
      ...tie,
      ...seeded
        .slice(0, 5)
        .reverse()
        .map(({ id }) => id),
    ];
    for (const limit of [1, 2, 3, 100]) {
      const seen = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: Awaited<ReturnType<ReturnType<typeof keysOf>['list']>> = await keysOf(home).list({
          limit,
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(...page.items);
        cursor = page.nextCursor;
      }
      expect(seen.map(({ id }) => id)).toEqual(expected);
      expect(seen.map(({ status }) => status).toSorted()).toEqual([
        'active',
        'active',
        'active',
        'active',
        'active',
        'expired',
        'revoked',
      ]);
    }
  });

  it('are its own: neither another project’s, nor those of the other kind, nor another organization’s', async () => {
    const own = await seedOf(home);
    const other = await seedTenant(core);
    const strangers = [
      await seedOf(home === 'project' ? 'organization' : 'project'),
      await seedKey(core, tenant, { projectId: (await seedProject(core, tenant.organization)).id }),
      await seedKey(core, other, { projectId: home === 'project' ? other.project.id : null }),
      { id: randomUUID() },
    ];
    expect((await keysOf(home).list()).items.map(({ id }) => id)).toEqual([own.id]);
    for (const { id } of strangers) {
      expect(await outcomeOf(keysOf(home).get(id))).toBe('API_KEY_NOT_FOUND');
      expect(await outcomeOf(keysOf(home).revoke(id))).toBe('API_KEY_NOT_FOUND');
    }
    expect(await core.db.prisma.apiKey.count({ where: { revokedAt: { not: null } } })).toBe(await revokedBefore());
    expect(await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id } })).toBe(0);
  });

  it('show when they were last used, to the minute, and from where', async () => {
    const key = await seedOf(home);
    expect(await keysOf(home).get(key.id)).toMatchObject({ lastUsedAt: null, lastUsedIp: null });
    const fromThere = { change: (ctx: Context) => ({ ...ctx, ip: '203.0.113.9' }) };
    await callAs(core, key.credential, fromThere).backlog.list({ projectId: tenant.project.id });
    const lastUse = { lastUsedAt: '2026-03-14T10:20:00.000Z', lastUsedIp: '203.0.113.9' };
    expect(await keysOf(home).get(key.id)).toMatchObject(lastUse);
    expect((await keysOf(home).list()).items).toMatchObject([{ id: key.id, ...lastUse }]);
    expect(await keysOf(home).revoke(key.id)).toMatchObject(lastUse);
  });

  it('are asked for by when they were made, and when they were revoked', async () => {
    const day = (n: number) => new Date(`2026-02-0${n}T00:00:00Z`);
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      const { id } = await seedOf(home);
      await core.db.prisma.apiKey.update({ where: { id }, data: { createdAt: day(n), updatedAt: day(n) } });
      ids.unshift(id);
    }
    const found = async (filters: { createdAfter?: string; createdBefore?: string; updatedSince?: string }) =>
      (await keysOf(home).list(filters)).items.map(({ id }) => id);
    const since = (n: number) => day(n).toISOString();
    expect(await found({ createdAfter: since(1) })).toEqual(ids.slice(0, 2));
    expect(await found({ createdBefore: since(2) })).toEqual(ids.slice(2));
    expect(await found({ createdAfter: since(1), createdBefore: since(3) })).toEqual(ids.slice(1, 2));
    const now = core.clock.now().toISOString();
    expect(await found({ updatedSince: now })).toEqual([]);
    await keysOf(home).revoke(ids[2] ?? '');
    expect(await found({ updatedSince: now })).toEqual(ids.slice(2));
    const { nextCursor } = await keysOf(home).list({ limit: 1, createdAfter: since(1) });
    expect(await outcomeOf(keysOf(home).list({ limit: 1, cursor: nextCursor ?? '' }))).toBe('INVALID_CURSOR');
  });

  it('are not paged with the cursor of other keys', async () => {
    for (const of of [home, home, ...HOMES]) await seedOf(of);
    await seedOf(home === 'project' ? 'organization' : 'project');
    const { nextCursor } = await keysOf(home).list({ limit: 1 });
    expect(await outcomeOf(keysOf(home).list({ limit: 1, cursor: nextCursor ?? '' }))).toBe('admitted');
    expect(
      await outcomeOf(keysOf(home === 'project' ? 'organization' : 'project').list({ limit: 1, cursor: nextCursor ?? '' })),
    ).toBe('INVALID_CURSOR');
  });

  it.each(ROLES)('are for the role %s to see and to revoke as the contract says', async (role) => {
    const key = await seedOf(home);
    await setRole(role);
    const keys = keysOf(home);
    const outcomes = await Promise.all([keys.list(), keys.get(key.id), keys.grantable(), keys.revoke(key.id)].map(outcomeOf));
    const may = home === 'project' ? role === 'owner' : role === 'owner' || role === 'admin';
    expect(new Set(outcomes)).toEqual(new Set([may ? 'admitted' : 'FORBIDDEN']));
  });

  it('can be listed and revoked on the plan Free too, by a person: a leaked key must be stopped', async () => {
    const key = await seedOf(home);
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    const keys = keysOf(home);
    expect((await keys.list()).items).toHaveLength(1);
    expect(await keys.get(key.id)).toMatchObject({ status: 'active' });
    expect(await keys.revoke(key.id)).toMatchObject({ status: 'revoked' });
    expect(await outcomeOf(keys.create())).toBe('PLAN_REQUIRED');
  });
});

const revokedBefore = () =>
  core.db.prisma.apiKey.count({ where: { revokedAt: { not: null }, orgId: { not: tenant.organization.id } } });

describe('a project’s owner who is nobody in its organization', () => {
  it('makes and revokes the project’s keys, and reaches none of the organization’s', async () => {
    tenant = await seedTenant(core, { organizationRole: null, projectRole: 'owner' });
    me = callAsUser(core, tenant.user);
    const { id } = await keysOf('project').create();
    expect(await keysOf('project').revoke(id)).toMatchObject({ status: 'revoked' });
    const keys = keysOf('organization');
    const outcomes = await Promise.all([keys.list(), keys.create(), keys.revoke(id), keys.grantable()].map(outcomeOf));
    expect(new Set(outcomes)).toEqual(new Set(['ORGANIZATION_NOT_FOUND']));
  });
});

describe('revoking a key', () => {
  it.each(HOMES)('of a %s refuses its very next call', async (home) => {
    const key = await seedOf(home);
    const call = () => outcomeOf(callAs(core, key.credential).backlog.list({ projectId: tenant.project.id }));
    expect(await call()).toBe('admitted');
    await keysOf(home).revoke(key.id);
    expect(await call()).toBe('API_KEY_REVOKED');
  });

  it.each(HOMES)('of a %s again changes nothing, however often and at once, and leaves one entry', async (home) => {
    const key = await seedOf(home);
    const [first] = await Promise.all(Array.from({ length: 8 }, () => keysOf(home).revoke(key.id)));
    expect(first).toMatchObject({ status: 'revoked', revokedAt: '2026-03-14T10:20:30.250Z' });
    core.clock.advance(60_000);
    expect(await keysOf(home).revoke(key.id)).toMatchObject({ revokedAt: '2026-03-14T10:20:30.250Z' });
    expect(await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } })).toMatchObject([
      {
        action: 'api_key.revoked',
        outcome: 'allowed',
        actorType: 'user',
        actorId: tenant.user.id,
        resourceType: 'api_key',
        resourceId: key.id,
        projectId: homeId(home),
        diff: { name: key.name, prefix: key.prefix },
      },
    ]);
  });

  it.each(HOMES)('of a %s notes who did it, and that nobody found it elsewhere', async (home) => {
    const key = await seedOf(home);
    core.clock.advance(1_000);
    expect(await keysOf(home).revoke(key.id)).toMatchObject({
      revokedById: tenant.user.id,
      revokedReason: 'manual',
      updatedAt: '2026-03-14T10:20:31.250Z',
      version: 2,
    });
  });

  it('by a key is on record under that key’s name, and a key may revoke itself', async () => {
    const key = await seedKey(core, tenant, { scopes: ['keys:admin'] });
    const own = keysOf('project', callAs(core, key.credential));
    const other = await seedOf('project');
    await own.revoke(other.id);
    await own.revoke(key.id);
    expect(await outcomeOf(own.list())).toBe('API_KEY_REVOKED');
    const entries = await core.db.prisma.auditEntry.findMany({
      where: { action: 'api_key.revoked', orgId: tenant.organization.id },
    });
    expect(entries.map(({ apiKeyId, apiKeyPrefix }) => [apiKeyId, apiKeyPrefix])).toEqual([
      [key.id, key.prefix],
      [key.id, key.prefix],
    ]);
    expect(entries.map(({ resourceId }) => resourceId).toSorted()).toEqual([key.id, other.id].toSorted());
  });

  it('needs keys:admin: a key that may only read them does not', async () => {
    const other = await seedOf('project');
    const reader = keysOf('project', await callAsKey(core, tenant, { scopes: ['keys:read'] }));
    expect((await reader.list()).items.length).toBe(2);
    expect(await outcomeOf(reader.revoke(other.id))).toBe('INSUFFICIENT_SCOPE');
  });
});

describe('the secret of a key', () => {
  /** Every row of every table, as text. */
  async function dump(): Promise<string> {
    const tables = await core.db.sql.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    );
    expect(tables.length).toBeGreaterThan(15);
    const rows = await Promise.all(
      tables.map(({ name }) => core.db.sql.query<{ row: string }>(`select t::text as row from ${name} t`)),
    );
    return rows
      .flat()
      .map(({ row }) => row)
      .join('\n');
  }

  it('is in no row of any table, in no form, after all that a key can go through', async () => {
    const spellings = [];
    const shown: unknown[] = [];
    for (const home of HOMES) {
      const created = await keysOf(home).create();
      const caller = callAs(core, keyCredential(created.rawKey));
      await caller.backlog.list({ projectId: tenant.project.id });
      await outcomeOf(caller.backlog.create({ projectId: tenant.project.id, title: 'refused' }));
      await outcomeOf(keysOf(home).get(created.id));
      await keysOf(home).revoke(created.id);
      await outcomeOf(caller.backlog.list({ projectId: tenant.project.id }));
      shown.push(await keysOf(home).list(), await keysOf(home).get(created.id), await caller.members.me({}).catch(String));
      const secret = parseKey(created.rawKey)?.secret ?? '';
      expect(secret).toHaveLength(43);
      const bytes = Buffer.from(secret);
      spellings.push(
        secret,
        secret.slice(0, 20),
        secret.slice(-20),
        bytes.toString('hex'),
        bytes.toString('base64').slice(0, -4),
        created.rawKey.slice(-6),
      );
      expect(await dump()).toContain(created.prefix);
    }
    const text = await dump();
    for (const spelling of spellings) {
      expect(text).not.toContain(spelling);
      expect(JSON.stringify(shown)).not.toContain(spelling);
    }
  });
});
