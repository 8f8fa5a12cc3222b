import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';

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
type Changes = { name?: string; allowedIps?: string[]; ifVersion?: number };

const seedOf = (home: Home, options: Parameters<typeof seedKey>[2] = {}) =>
  seedKey(core, tenant, { projectId: home === 'project' ? tenant.project.id : null, ...options });
const update = (home: Home, { id }: { id: string }, changes: Changes, caller = me) =>
  home === 'project'
    ? caller.apiKeys.update({ projectId: tenant.project.id, id, ...changes })
    : caller.organizationKeys.update({ organizationId: tenant.organization.id, id, ...changes });
const from = (key: TestKey, ip: string | null) => callAs(core, key.credential, { change: (ctx) => ({ ...ctx, ip }) });
const call = (key: TestKey, ip: string | null) => outcomeOf(from(key, ip).backlog.list({ projectId: tenant.project.id }));
const entries = () => core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id, outcome: 'allowed' } });

describe.each(HOMES)('a key of a %s', (home) => {
  it('is open to the addresses of its list alone, from the next call on', async () => {
    const key = await seedOf(home);
    expect(await call(key, null)).toBe('admitted');
    const given = ['203.0.113.9/24', '2001:DB8::1', '203.0.113.77/24', '::ffff:198.51.100.7'];
    expect(await update(home, key, { allowedIps: given })).toMatchObject({
      allowedIps: ['203.0.113.0/24', '2001:db8::1/128', '198.51.100.7/32'],
      version: 2,
    });
    for (const ip of ['203.0.113.0', '203.0.113.255', '::ffff:203.0.113.9', '2001:db8::1', '198.51.100.7'])
      expect(await call(key, ip), ip).toBe('admitted');
    for (const ip of ['203.0.112.255', '203.0.114.0', '2001:db8::2', '198.51.100.8', null])
      expect(await call(key, ip), String(ip)).toBe('IP_NOT_ALLOWED');
    await update(home, key, { allowedIps: [] });
    expect(await call(key, '192.0.2.1')).toBe('admitted');
  });

  it('takes another name and leaves the rest', async () => {
    const key = await seedOf(home, { allowedIps: ['203.0.113.0/24'] });
    core.clock.advance(1_000);
    expect(await update(home, key, { name: ' Nightly ' })).toMatchObject({
      name: 'Nightly',
      allowedIps: ['203.0.113.0/24'],
      updatedAt: '2026-03-14T10:20:31.250Z',
    });
    expect(await entries()).toMatchObject([
      { action: 'api_key.updated', resourceId: key.id, diff: { prefix: key.prefix, name: { from: key.name, to: 'Nightly' } } },
    ]);
  });

  it('that is already as asked for is left alone', async () => {
    const key = await seedOf(home, { allowedIps: ['203.0.113.0/24'] });
    expect(await update(home, key, { name: key.name, allowedIps: ['203.0.113.4/24'] })).toMatchObject({ version: 1 });
    expect(await entries()).toEqual([]);
  });

  it('is not changed on an earlier reading', async () => {
    const key = await seedOf(home);
    await update(home, key, { name: 'Second', ifVersion: 1 });
    expect(await outcomeOf(update(home, key, { name: 'Third', ifVersion: 1 }))).toBe('PRECONDITION_FAILED');
  });

  it('is not changed once it has ended, nor by nothing', async () => {
    const [past, now] = [{ revokedAt: core.clock.now() }, { expiresAt: core.clock.now() }];
    for (const ended of [past, now])
      expect(await outcomeOf(update(home, await seedOf(home, ended), { name: 'Late' }))).toBe('CONFLICT');
    expect(await outcomeOf(update(home, await seedOf(home), {}))).toBe('NO_UPDATES');
  });

  it('takes at most 50 networks, and no text that is none', async () => {
    const key = await seedOf(home);
    const many = Array.from({ length: 51 }, (_, n) => `10.0.${n}.0/24`);
    expect(await update(home, key, { allowedIps: many.slice(1) })).toMatchObject({ version: 2 });
    for (const [allowedIps, path] of [
      [many, 'allowedIps'],
      [['10.0.0.0/8', '10.0.0.0/33'], 'allowedIps.1'],
      [['example.com'], 'allowedIps.0'],
    ] as const)
      expect((await refusalOf(update(home, key, { allowedIps: [...allowedIps] }))).issues[0]?.path).toBe(path);
  });

  it('is never found elsewhere', async () => {
    const other = await seedTenant(core);
    for (const key of [await seedOf(home === 'project' ? 'organization' : 'project'), await seedKey(core, other)])
      expect(await outcomeOf(update(home, key, { name: 'Mine' }))).toBe('API_KEY_NOT_FOUND');
  });
});

describe('a key that changes keys', () => {
  const allowedIps = ['203.0.113.0/24'];
  const seedAsking = () => seedOf('organization', { scopes: ['keys:admin', 'backlog:read'], allowedIps });

  it('opens none to addresses beyond its own, itself included', async () => {
    const asking = await seedAsking();
    const [by, other] = [from(asking, '203.0.113.7'), await seedOf('project', { allowedIps })];
    for (const wider of [[], ['203.0.112.0/23'], ['203.0.113.0/24', '192.0.2.1']]) {
      for (const [home, key] of [
        ['organization', asking],
        ['project', other],
      ] as const)
        expect(await refusalOf(update(home, key, { allowedIps: wider }, by))).toMatchObject({
          code: 'BAD_REQUEST',
          issues: [{ path: 'allowedIps' }],
        });
      const create = by.organizationKeys.create({
        organizationId: tenant.organization.id,
        name: 'Child',
        scopes: ['backlog:read'],
        allowedIps: wider,
      });
      expect((await refusalOf(create)).issues[0]?.path).toBe('allowedIps');
    }
    expect(await update('organization', asking, { allowedIps: ['203.0.113.7'] }, by)).toMatchObject({
      allowedIps: ['203.0.113.7/32'],
    });
  });

  it('leaves alone what may more than it', async () => {
    const by = from(await seedOf('organization', { scopes: ['keys:admin', 'backlog:read'] }), null);
    const wider = await seedOf('project', { scopes: ['status:write'], allowedIps });
    expect(await outcomeOf(update('project', wider, { allowedIps: [] }, by))).toBe('FORBIDDEN');
    expect(await outcomeOf(update('project', await seedOf('project'), { name: 'Renamed' }, by))).toBe('admitted');
  });
});

describe('the list of addresses of a new key', () => {
  it('is kept in its one spelling, is on record, and holds for RPC and REST alike', async () => {
    const created = await me.apiKeys.create({
      projectId: tenant.project.id,
      name: 'CI',
      scopes: ['backlog:read'],
      allowedIps: ['203.0.113.9/24', '203.0.113.0/24'],
    });
    expect(created.allowedIps).toEqual(allowedFirst);
    expect(await entries()).toMatchObject([{ action: 'api_key.created', diff: { allowedIps: allowedFirst } }]);
  });
  const allowedFirst = ['203.0.113.0/24'];
});
