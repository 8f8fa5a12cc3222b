import { randomUUID } from 'node:crypto';
import { parseKey, ROLES } from '@reqbase/auth';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyCredential } from '../../services.ts';
import { type Caller, callAs, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';

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
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const seedOf = (home: Home, options: Parameters<typeof seedKey>[2] = {}) =>
  seedKey(core, tenant, { projectId: home === 'project' ? tenant.project.id : null, ...options });
function rotate(home: Home, { id }: { id: string }, overlapHours?: number, caller = me) {
  const input = { id, ...(overlapHours !== undefined && { overlapHours }) };
  return home === 'project'
    ? caller.apiKeys.rotate({ projectId: tenant.project.id, ...input })
    : caller.organizationKeys.rotate({ organizationId: tenant.organization.id, ...input });
}
const get = (home: Home, id: string) =>
  home === 'project'
    ? me.apiKeys.get({ projectId: tenant.project.id, id })
    : me.organizationKeys.get({ organizationId: tenant.organization.id, id });
const list = (home: Home) =>
  home === 'project'
    ? me.apiKeys.list({ projectId: tenant.project.id })
    : me.organizationKeys.list({ organizationId: tenant.organization.id });
const call = (raw: string) => outcomeOf(callAs(core, keyCredential(raw)).backlog.list({ projectId: tenant.project.id }));
const row = ({ id }: { id: string }) => core.db.prisma.apiKey.findUniqueOrThrow({ where: { id } });
const bornAt = (key: TestKey, createdAt: Date) => core.db.prisma.apiKey.update({ where: { id: key.id }, data: { createdAt } });

describe.each(HOMES)('rotating a key of a %s', (home) => {
  it('makes one with its name, scopes, owner and addresses, shown whole this once, and tells until when the former works', async () => {
    const scopes = ['backlog:read', { permission: 'status:write', resourceType: 'project', resourceId: tenant.project.id }];
    const key = await seedOf(home, { scopes, allowedIps: ['203.0.113.0/24'] });
    const rotated = await rotate(home, key);
    expect(rotated).toMatchObject({
      kind: home,
      name: key.name,
      scopes: [{ permission: 'backlog:read' }, scopes[1]],
      ownerPrincipalType: 'user',
      ownerPrincipalId: tenant.user.id,
      allowedIps: ['203.0.113.0/24'],
      expiresAt: null,
      status: 'active',
      replaces: { id: key.id, prefix: key.prefix },
      replacedBy: null,
      rawKey: expect.stringMatching(/^riq_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/),
      formerExpiresAt: '2026-03-15T10:20:30.250Z',
    });
    expect(rotated.id).not.toBe(key.id);
    expect(await get(home, key.id)).toMatchObject({
      status: 'active',
      expiresAt: '2026-03-15T10:20:30.250Z',
      replacedBy: { id: rotated.id, prefix: rotated.prefix },
      version: 2,
    });
    expect((await list(home)).items.map(({ id, replaces, replacedBy }) => [id, replaces?.id, replacedBy?.id])).toEqual(
      expect.arrayContaining([
        [rotated.id, key.id, undefined],
        [key.id, undefined, rotated.id],
      ]),
    );
  });

  it.each([1, 24, 168])('lets both work for %i hours, and refuses the former at the very next call after that', async (hours) => {
    const key = await seedOf(home);
    const { rawKey } = await rotate(home, key, hours);
    core.clock.advance(hours * HOUR_MS - 1);
    expect([await call(key.raw), await call(rawKey)]).toEqual(['admitted', 'admitted']);
    core.clock.advance(1);
    expect([await call(key.raw), await call(rawKey)]).toEqual(['API_KEY_EXPIRED', 'admitted']);
  });

  it('without an overlap ends the former at once', async () => {
    const key = await seedOf(home);
    const { rawKey } = await rotate(home, key, 0);
    expect([await call(key.raw), await call(rawKey)]).toEqual(['API_KEY_EXPIRED', 'admitted']);
    expect(await get(home, key.id)).toMatchObject({ status: 'expired' });
  });

  it.each([-1, 169, 0.5])('takes no overlap of %d hours', async (hours) => {
    const { issues } = await refusalOf(rotate(home, await seedOf(home), hours));
    expect(issues.map(({ path }) => path)).toEqual(['overlapHours']);
  });

  it('gives the successor as long a life as the former’s was to be, and never lengthens the former’s', async () => {
    const now = core.clock.now().getTime();
    const key = await seedOf(home, { expiresAt: new Date(now + 10 * HOUR_MS) });
    await bornAt(key, new Date(now + 10 * HOUR_MS - 90 * DAY_MS));
    expect(await rotate(home, key, 24)).toMatchObject({
      expiresAt: new Date(now + 90 * DAY_MS).toISOString(),
      formerExpiresAt: new Date(now + 10 * HOUR_MS).toISOString(),
    });
  });

  it.each<[string, (key: TestKey) => Promise<unknown>, string]>([
    ['rotated', (key) => rotate(home, key), 'The key has been rotated already.'],
    ['rotated and past', (key) => rotate(home, key, 0), 'The key has been rotated already.'],
    [
      'revoked',
      ({ id }) => core.db.prisma.apiKey.update({ where: { id }, data: { revokedAt: core.clock.now() } }),
      'The key has been revoked.',
    ],
    [
      'expired',
      ({ id }) => core.db.prisma.apiKey.update({ where: { id }, data: { expiresAt: core.clock.now() } }),
      'The key has expired.',
    ],
  ])('that is %s already is refused, and says why', async (_state, prepare, message) => {
    const key = await seedOf(home);
    await prepare(key);
    const before = await core.db.prisma.apiKey.count();
    expect(await refusalOf(rotate(home, key))).toMatchObject({ code: 'CONFLICT', issues: [{ path: 'id', message }] });
    expect(await core.db.prisma.apiKey.count()).toBe(before);
  });

  it('by many at once makes one successor', async () => {
    const key = await seedOf(home);
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => outcomeOf(rotate(home, key))));
    expect(outcomes.toSorted()).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'admitted']);
    expect(await core.db.prisma.apiKey.count({ where: { replacesId: key.id } })).toBe(1);
  });

  it('can go on: the successor is rotated like any key', async () => {
    const first = await seedOf(home);
    const second = await rotate(home, first);
    const third = await rotate(home, second);
    expect(await get(home, second.id)).toMatchObject({ replaces: { id: first.id }, replacedBy: { id: third.id } });
  });

  it('leaves one audit entry with both, and no secret', async () => {
    const key = await seedOf(home);
    const { id, prefix, rawKey } = await rotate(home, key, 48);
    const entries = await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } });
    expect(entries).toMatchObject([
      {
        action: 'api_key.rotated',
        resourceId: key.id,
        diff: {
          prefix: key.prefix,
          successorId: id,
          successorPrefix: prefix,
          overlapHours: 48,
          expiresAt: '2026-03-16T10:20:30.250Z',
        },
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain(parseKey(rawKey)?.secret);
  });

  it.each(ROLES)('is for the role %s as making one is', async (role) => {
    const key = await seedOf(home);
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
    const may = home === 'project' ? role === 'owner' : role === 'owner' || role === 'admin';
    expect(await outcomeOf(rotate(home, key))).toBe(may ? 'admitted' : 'FORBIDDEN');
  });

  it('needs the plan that keys need', async () => {
    const key = await seedOf(home);
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    expect(await outcomeOf(rotate(home, key))).toBe('PLAN_REQUIRED');
  });

  it('never finds a key of elsewhere', async () => {
    const other = await seedTenant(core);
    const strangers = [
      await seedOf(home === 'project' ? 'organization' : 'project'),
      await seedKey(core, other, { projectId: home === 'project' ? other.project.id : null }),
      { id: randomUUID() },
    ];
    for (const key of strangers) expect(await outcomeOf(rotate(home, key))).toBe('API_KEY_NOT_FOUND');
    expect(await core.db.prisma.apiKey.count({ where: { replacesId: { not: null }, orgId: tenant.organization.id } })).toBe(0);
  });
});

describe('what a rotation never widens', () => {
  it('scopes that role or plan do not include any more: refused with all of them, and the former goes on', async () => {
    const key = await seedOf('organization', { scopes: ['audit:read', 'members:write', 'backlog:read'] });
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'admin' } });
    expect(await refusalOf(rotate('organization', key))).toMatchObject({
      code: 'SCOPE_NOT_GRANTABLE',
      detail: {
        offenders: [
          { scope: 'audit:read', reason: 'Needs the plan scale.' },
          { scope: 'members:write', reason: 'Needs the role owner.' },
        ],
      },
    });
    expect(await row(key)).toMatchObject({ expiresAt: null });
  });

  it('whose name it is in: nobody rotates another person’s key', async () => {
    const other = await seedPerson(core, tenant, { organization: 'owner' });
    const key = await seedOf('organization');
    expect(await outcomeOf(rotate('organization', key, 24, callAsUser(core, other)))).toBe('FORBIDDEN');
    expect(await row(key)).toMatchObject({ expiresAt: null });
  });

  it('a service account’s: it keeps its key, within its role, and nobody rotates that of a role above their own', async () => {
    const key = await seedOf('organization', { serviceAccount: { role: 'owner' } });
    const { serviceAccountId } = await row(key);
    expect(await rotate('organization', key)).toMatchObject({
      ownerPrincipalType: 'service_account',
      ownerPrincipalId: serviceAccountId,
    });
    const another = await seedOf('organization', { serviceAccount: { role: 'owner' } });
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'admin' } });
    expect(await outcomeOf(rotate('organization', another))).toBe('FORBIDDEN');
    const disabled = await seedOf('organization', { serviceAccount: { role: 'viewer', disabledAt: core.clock.now() } });
    expect(await outcomeOf(rotate('organization', disabled))).toBe('SERVICE_ACCOUNT_NOT_FOUND');
  });

  it('a key that asks: it rotates nothing that may more than itself', async () => {
    const asking = await seedOf('organization', { scopes: ['keys:admin', 'backlog:read'] });
    const by = callAs(core, asking.credential);
    const wider = await seedOf('project', { scopes: ['backlog:read', 'status:write'] });
    expect((await refusalOf(rotate('project', wider, 24, by))).detail?.offenders).toEqual([
      { scope: 'status:write', reason: 'The key that asks does not have it.' },
    ]);
    expect(await outcomeOf(rotate('project', await seedOf('project'), 24, by))).toBe('admitted');
  });

  it('the life of a key that asks: the successor does not outlive it', async () => {
    const expiresAt = new Date('2026-03-20T00:00:00.000Z');
    const asking = await seedOf('organization', { scopes: ['keys:admin', 'backlog:read'], expiresAt });
    await bornAt(asking, core.clock.now());
    const by = callAs(core, asking.credential);
    expect(await rotate('project', await seedOf('project'), 24, by)).toMatchObject({ expiresAt: expiresAt.toISOString() });
    expect(await rotate('organization', asking, 24, by)).toMatchObject({ expiresAt: expiresAt.toISOString() });
  });

  it('the addresses of a key that asks', async () => {
    const allowedIps = ['203.0.113.0/24'];
    const asking = await seedOf('organization', { scopes: ['keys:admin', 'backlog:read'], allowedIps });
    const by = callAs(core, asking.credential, { change: (ctx) => ({ ...ctx, ip: '203.0.113.7' }) });
    expect(await refusalOf(rotate('project', await seedOf('project'), 24, by))).toMatchObject({
      code: 'FORBIDDEN',
      issues: [{ path: 'allowedIps' }],
    });
    const within = await seedOf('project', { allowedIps: ['203.0.113.8/29'] });
    expect(await outcomeOf(rotate('project', within, 24, by))).toBe('admitted');
    expect(await rotate('organization', asking, 24, by)).toMatchObject({ allowedIps });
  });

  it('but a key rotates itself, with constraints that it could pass on to no other', async () => {
    const scopes = ['keys:admin', { permission: 'status:write', resourceType: 'project', resourceId: tenant.project.id }];
    const key = await seedOf('project', { scopes });
    const rotated = await rotate('project', key, 1, callAs(core, key.credential));
    expect(rotated.scopes).toEqual([
      { id: `${rotated.id}:0`, permission: 'keys:admin' },
      { id: `${rotated.id}:1`, ...(scopes[1] as object) },
    ]);
  });
});
