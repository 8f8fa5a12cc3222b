import { randomUUID } from 'node:crypto';
import { covers, GRANTABLE_WORDS, parseKey, ROLES, type Role, scopesCoveredBy } from '@reqbase/auth';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyCredential } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';

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
type KeyInput = Omit<Parameters<Caller['apiKeys']['create']>[0], 'projectId'>;
type Input = Partial<KeyInput>;
const HOMES: readonly Home[] = ['project', 'organization'];

/** Asks for a key of the home. */
function create(home: Home, input: Input = {}, caller = me) {
  const key = { name: 'A key', scopes: ['backlog:read'], ...input };
  return home === 'project'
    ? caller.apiKeys.create({ projectId: tenant.project.id, ...key })
    : caller.organizationKeys.create({ organizationId: tenant.organization.slug, ...key });
}
const setRole = (role: Role) =>
  core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
const keys = () => core.db.prisma.apiKey.findMany({ where: { orgId: tenant.organization.id } });
const seedAccount = async (role: Role, columns: { orgId?: string; disabledAt?: Date } = {}) => {
  const id = randomUUID();
  await core.db.prisma.serviceAccount.create({ data: { id, orgId: tenant.organization.id, name: id, role, ...columns } });
  return id;
};

describe.each(HOMES)('a new key of a %s', (home) => {
  it('has no members that there are not, nor have its scopes: what is misspelt is named', async () => {
    const before = await keys();
    const misspelt = { allowed_ips: [], scopes: [{ permission: 'services:read', serviceID: randomUUID() }] };
    expect(await refusalOf(create(home, misspelt as Input))).toMatchObject({
      code: 'BAD_REQUEST',
      issues: [{ path: 'scopes.0.serviceID' }, { path: 'allowed_ips' }],
    });
    expect(await keys()).toEqual(before);
  });

  it('is shown whole, this once, and works at once', async () => {
    const created = await create(home, {
      name: '  Nightly sync ',
      scopes: ['backlog:read', { permission: 'status:write', resourceType: 'project', resourceId: tenant.project.id }],
    });
    expect(created).toEqual({
      id: expect.any(String),
      kind: home,
      orgId: tenant.organization.id,
      projectId: home === 'project' ? tenant.project.id : null,
      name: 'Nightly sync',
      prefix: expect.stringMatching(/^riq_live_[0-9A-Za-z]{12}$/),
      ownerPrincipalType: 'user',
      ownerPrincipalId: tenant.user.id,
      ownerDisplayName: tenant.user.name,
      createdBy: tenant.user.name,
      source: 'direct',
      scopes: [
        { id: `${created.id}:0`, permission: 'backlog:read' },
        { id: `${created.id}:1`, permission: 'status:write', resourceType: 'project', resourceId: tenant.project.id },
      ],
      parentKeyId: null,
      allowedIps: [],
      rateLimitTier: 'pro',
      status: 'active',
      expiresAt: null,
      lastUsedAt: null,
      lastUsedIp: null,
      revokedAt: null,
      revokedById: null,
      revokedReason: null,
      replaces: null,
      replacedBy: null,
      createdAt: '2026-03-14T10:20:30.250Z',
      updatedAt: '2026-03-14T10:20:30.250Z',
      version: 1,
      rawKey: expect.stringMatching(/^riq_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/),
      warning: 'Store this key now. It is not shown again.',
    });
    expect(created.rawKey.startsWith(`${created.prefix}_`)).toBe(true);
    const caller = callAs(core, keyCredential(created.rawKey));
    expect(await caller.backlog.list({ projectId: tenant.project.id })).toMatchObject({ items: [] });
    expect(await outcomeOf(caller.backlog.create({ projectId: tenant.project.id, title: 'Dark mode' }))).toBe(
      'INSUFFICIENT_SCOPE',
    );
  });

  it('begins with the organization’s own prefix', async () => {
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { keyPrefix: 'rf' } });
    expect(parseKey((await create(home)).rawKey)).toMatchObject({ prefix: 'rf', environment: 'live' });
  });

  it('leaves one audit entry with its id, name and prefix, and not its secret', async () => {
    const { id, prefix, rawKey } = await create(home, { name: 'Nightly sync', expiresAt: '2026-06-01T00:00:00+02:00' });
    const entries = await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } });
    expect(entries).toMatchObject([
      {
        action: 'api_key.created',
        outcome: 'allowed',
        actorType: 'user',
        actorId: tenant.user.id,
        resourceType: 'api_key',
        resourceId: id,
        projectId: home === 'project' ? tenant.project.id : null,
        diff: { name: 'Nightly sync', prefix, scopes: ['backlog:read'], expiresAt: '2026-05-31T22:00:00.000Z' },
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain(parseKey(rawKey)?.secret);
  });

  it.each(ROLES)('is made by the role %s as the contract says', async (role) => {
    await setRole(role);
    const may = home === 'project' ? role === 'owner' : role === 'owner' || role === 'admin';
    expect(await outcomeOf(create(home))).toBe(may ? 'admitted' : 'FORBIDDEN');
    const byKey = await callAsKey(core, tenant, { scopes: ['keys:admin', 'backlog:read'], projectId: null });
    expect(await outcomeOf(create(home, {}, byKey))).toBe(may ? 'admitted' : 'FORBIDDEN');
    expect(await keys()).toHaveLength(may ? 3 : 1);
  });

  it('needs the plan Pro, of a signed-in owner and of a key', async () => {
    const byKey = await callAsKey(core, tenant, { scopes: ['keys:admin', 'backlog:read'], projectId: null });
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    for (const caller of [me, byKey])
      expect(await refusalOf(create(home, {}, caller))).toMatchObject({ code: 'PLAN_REQUIRED', detail: { requiredPlan: 'pro' } });
    expect(await keys()).toHaveLength(1);
  });

  it.each<[string, Input, string]>([
    ['no scope at all', { scopes: [] }, 'scopes'],
    ['a scope that there is not', { scopes: ['backlog:read', 'backlog:everything'] }, 'scopes.1'],
    ['more scopes than there are', { scopes: Array.from({ length: 101 }, () => 'backlog:read') }, 'scopes'],
    ['no name', { name: ' ' }, 'name'],
    ['a name too long', { name: 'x'.repeat(121) }, 'name'],
    ['an expiry that is past', { expiresAt: '2026-03-14T10:20:30.249Z' }, 'expiresAt'],
    ['an expiry that is now', { expiresAt: '2026-03-14T10:20:30.250Z' }, 'expiresAt'],
    ['an expiry that is no instant', { expiresAt: 'tomorrow' }, 'expiresAt'],
    ['an expiry beyond all years', { expiresAt: '9999-12-31T23:59:59-10:00' }, 'expiresAt'],
    [
      'too many constraints',
      {
        scopes: [
          {
            permission: 'backlog:read',
            resourceConstraints: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`c${n}`, n])),
          },
        ],
      },
      'scopes.0.resourceConstraints',
    ],
    [
      'a constraint that is no text',
      { scopes: [{ permission: 'backlog:read', resourceConstraints: { region: 'a\0' } }] },
      'scopes.0.resourceConstraints.region',
    ],
  ])('with %s is refused by the field', async (_what, input, path) => {
    const { code, issues } = await refusalOf(create(home, input));
    expect([code, issues[0]?.path]).toEqual(['BAD_REQUEST', path]);
    expect(await keys()).toEqual([]);
  });

  it('with scopes beyond role and plan is refused with all of them, and the refusal is on record', async () => {
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'pro' } });
    const asked = [
      'backlog:read',
      'audit:read',
      'status:write',
      { permission: 'audit:read', resourceType: 'project', resourceId: randomUUID() },
    ];
    expect(await refusalOf(create(home, { scopes: home === 'project' ? [...asked, 'write'] : asked }))).toMatchObject({
      code: 'SCOPE_NOT_GRANTABLE',
      status: 403,
      detail: {
        offenders: [
          { scope: 'audit:read', reason: 'Needs the plan scale.' },
          { scope: 'audit:read', reason: 'Needs the plan scale.' },
          ...(home === 'project' ? [{ scope: 'write', reason: 'Only keys of an organization can have this scope.' }] : []),
        ],
      },
    });
    expect(await keys()).toEqual([]);
    expect(await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } })).toMatchObject([
      { outcome: 'denied', code: 'SCOPE_NOT_GRANTABLE' },
    ]);
  });

  it('with scopes beyond the admin’s role is refused with all of them', async () => {
    await setRole('admin');
    const outcome = create(home, { scopes: ['admin', 'members:write', 'project:delete', 'project:write', 'backlog:read'] });
    if (home === 'project') {
      expect(await outcomeOf(outcome)).toBe('FORBIDDEN');
    } else {
      expect((await refusalOf(outcome)).detail?.offenders).toEqual(
        ['admin', 'members:write', 'project:delete'].map((scope) => ({ scope, reason: 'Needs the role owner.' })),
      );
    }
  });

  it('stores what a constraint says as it is, and opens nothing with one that it does not know', async () => {
    const scopes = [
      {
        permission: 'backlog:read',
        resourceConstraints: { region: 'eu', tiers: ['a', 'b'], limit: 3, strict: true, none: null },
      },
    ];
    const created = await create(home, { scopes });
    expect(created.scopes).toEqual([{ id: `${created.id}:0`, ...scopes[0] }]);
    expect(await outcomeOf(callAs(core, keyCredential(created.rawKey)).backlog.list({ projectId: tenant.project.id }))).toBe(
      'INSUFFICIENT_SCOPE',
    );
  });
});

describe('the owner of a key', () => {
  it.each(HOMES)('of a %s is never another person', async (home) => {
    const other = await seedTenant(core);
    await core.db.prisma.organizationMember.create({
      data: { orgId: tenant.organization.id, userId: other.user.id, role: 'owner' },
    });
    const byKey = await callAsKey(core, tenant, { scopes: ['keys:admin', 'backlog:read'], projectId: null });
    for (const caller of [me, byKey]) {
      for (const ownerPrincipalId of [other.user.id, randomUUID(), tenant.organization.id]) {
        expect(await outcomeOf(create(home, { ownerPrincipalType: 'user', ownerPrincipalId }, caller))).toBe('FORBIDDEN');
      }
      expect(await create(home, { ownerPrincipalType: 'user', ownerPrincipalId: tenant.user.id }, caller)).toMatchObject({
        ownerPrincipalId: tenant.user.id,
      });
    }
  });

  it.each(HOMES)('of a %s can be a service account of the organization, and of no other', async (home) => {
    const account = await seedAccount('developer');
    const created = await create(home, { ownerPrincipalType: 'service_account', ownerPrincipalId: account });
    expect(created).toMatchObject({
      ownerPrincipalType: 'service_account',
      ownerPrincipalId: account,
      ownerDisplayName: account,
      createdBy: tenant.user.name,
      source: 'direct',
    });
    const other = await seedTenant(core);
    const strangers = [
      await seedAccount('owner', { orgId: other.organization.id }),
      await seedAccount('owner', { disabledAt: core.clock.now() }),
      randomUUID(),
      tenant.user.id,
    ];
    for (const ownerPrincipalId of [...strangers, undefined]) {
      expect(await refusalOf(create(home, { ownerPrincipalType: 'service_account', ownerPrincipalId }))).toMatchObject({
        code: 'BAD_REQUEST',
        issues: [{ path: 'ownerPrincipalId' }],
      });
    }
  });

  it('that is a service account bounds its scopes, and so does the one who makes the key', async () => {
    const [viewer, owner] = [await seedAccount('viewer'), await seedAccount('owner')];
    const byViewer = create('project', {
      ownerPrincipalType: 'service_account',
      ownerPrincipalId: viewer,
      scopes: ['backlog:read', 'status:write'],
    });
    expect((await refusalOf(byViewer)).detail?.offenders).toEqual([
      { scope: 'status:write', reason: 'Needs the role developer.' },
    ]);
    const byOwner = create('organization', {
      ownerPrincipalType: 'service_account',
      ownerPrincipalId: owner,
      scopes: ['audit:read'],
    });
    expect((await refusalOf(byOwner)).detail?.offenders).toEqual([{ scope: 'audit:read', reason: 'Needs the plan scale.' }]);
  });

  it('is no service account of a role above the maker’s own: its keys may do later what that role allows then', async () => {
    const accounts = new Map<Role, string>();
    for (const role of ROLES) accounts.set(role, await seedAccount(role));
    await setRole('admin');
    for (const [role, ownerPrincipalId] of accounts) {
      const outcome = create('organization', { ownerPrincipalType: 'service_account', ownerPrincipalId });
      if (role !== 'owner') expect(await outcome).toMatchObject({ ownerPrincipalId });
      else expect(await refusalOf(outcome)).toMatchObject({ code: 'FORBIDDEN', detail: { requiredRole: 'owner' } });
    }
  });

  it('made by a service account’s key is that account, never a person', async () => {
    const key = await seedKey(core, tenant, { scopes: ['keys:admin', 'backlog:read'], serviceAccount: { role: 'owner' } });
    const caller = callAs(core, key.credential);
    const { serviceAccountId } = await core.db.prisma.apiKey.findUniqueOrThrow({ where: { id: key.id } });
    expect(await create('project', { ownerPrincipalType: 'service_account' }, caller)).toMatchObject({
      ownerPrincipalId: serviceAccountId,
      createdBy: null,
    });
    for (const ownerPrincipalId of [undefined, tenant.user.id])
      expect(await outcomeOf(create('project', { ownerPrincipalId }, caller))).toBe('FORBIDDEN');
  });
});

describe('a key made with a key', () => {
  const MAKER = 'keys:admin';
  const words = fc.subarray([...GRANTABLE_WORDS], { minLength: 1, maxLength: 6 });

  it('never opens what that one does not, and is refused with exactly what is too much', async () => {
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'scale' } });
    await fc.assert(
      fc.asyncProperty(words, words, words, fc.boolean(), async (held, constrained, asked, isPassedOn) => {
        const constraints = constrained.map((permission) => ({
          permission,
          resourceType: 'project',
          resourceId: tenant.project.id,
        }));
        const caller = await callAsKey(core, tenant, { scopes: [MAKER, ...held, ...constraints], projectId: null });
        // Half of the time something that is held is asked for, so that both ends are reached.
        const scopes = isPassedOn ? [...new Set([...held, ...asked.slice(0, 1)])] : asked;
        const opened = new Set([MAKER, ...held].flatMap((word) => [...scopesCoveredBy(word)]));
        const beyond = scopes.filter((word) => ![...scopesCoveredBy(word)].every((scope) => opened.has(scope)));
        const outcome = create('organization', { scopes }, caller);
        if (beyond.length > 0) {
          expect((await refusalOf(outcome)).detail?.offenders?.map(({ scope }) => scope)).toEqual(beyond);
        } else {
          const made = (await outcome).scopes.flatMap(({ permission }) => [...scopesCoveredBy(permission)]);
          for (const scope of made) expect([MAKER, ...held].some((word) => covers(word, scope))).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('of one project is of that project: not of another, not of the organization', async () => {
    const bound = await callAsKey(core, tenant, { scopes: [MAKER, 'backlog:read'] });
    expect((await create('project', {}, bound)).projectId).toBe(tenant.project.id);
    expect(await outcomeOf(create('organization', {}, bound))).toBe('API_KEY_PROJECT_MISMATCH');
  });

  it('whose own scopes are constrained passes none of them on', async () => {
    const here = (permission: string) => ({ permission, resourceType: 'project', resourceId: tenant.project.id });
    const caller = await callAsKey(core, tenant, { scopes: [here(MAKER), here('backlog:read')] });
    expect((await refusalOf(create('project', {}, caller))).detail?.offenders).toEqual([
      { scope: 'backlog:read', reason: 'The key that asks does not have it.' },
    ]);
  });

  it('does not outlive it', async () => {
    const expiresAt = new Date('2026-04-01T00:00:00Z');
    const caller = await callAsKey(core, tenant, { scopes: [MAKER, 'backlog:read'], expiresAt });
    for (const later of [undefined, null, '2026-04-01T00:00:00.001Z', '2027-01-01T00:00:00Z']) {
      expect(await refusalOf(create('project', { expiresAt: later }, caller))).toMatchObject({
        code: 'BAD_REQUEST',
        issues: [{ path: 'expiresAt' }],
      });
    }
    expect(await create('project', { expiresAt: '2026-04-01T02:00:00+02:00' }, caller)).toMatchObject({
      expiresAt: expiresAt.toISOString(),
    });
    core.clock.set(expiresAt);
    expect(await outcomeOf(create('project', { expiresAt: '2026-04-01T00:00:00Z' }, caller))).toBe('API_KEY_EXPIRED');
  });

  it('is on record under the name of that one', async () => {
    const key = await seedKey(core, tenant, { scopes: [MAKER, 'backlog:read'] });
    const made = await create('project', {}, callAs(core, key.credential));
    expect(await core.db.prisma.auditEntry.findMany({ where: { resourceId: made.id } })).toMatchObject([
      { apiKeyId: key.id, apiKeyName: key.name, apiKeyPrefix: key.prefix },
    ]);
  });
});

describe('what is offered', () => {
  const grantable = async (home: Home, caller: Caller) =>
    (
      await (home === 'project'
        ? caller.apiKeys.grantable({ projectId: tenant.project.id })
        : caller.organizationKeys.grantable({ organizationId: tenant.organization.id }))
    ).items;

  it.each<[string, Home, () => Promise<Caller>]>([
    ['an owner on Pro, for the project', 'project', async () => me],
    ['an owner on Pro, for the organization', 'organization', async () => me],
    ['an admin, for the organization', 'organization', () => setRole('admin').then(() => me)],
    [
      'a key, for the project',
      'project',
      () => callAsKey(core, tenant, { scopes: ['keys:admin', 'backlog:write', 'notes:write'] }),
    ],
    [
      'a key of the organization',
      'organization',
      () => callAsKey(core, tenant, { scopes: ['keys:admin', 'write'], projectId: null }),
    ],
  ])('to %s is exactly what is then granted, with the same reasons', async (_who, home, callerFor) => {
    const caller = await callerFor();
    const items = await grantable(home, caller);
    expect(items.map(({ scope }) => scope)).toEqual(GRANTABLE_WORDS);
    for (const { scope, grantable: isOffered, reason, title } of items)
      expect([isOffered, title.length > 0], scope).toEqual([reason === null, true]);
    const offered = items.filter((item) => item.grantable).map(({ scope }) => scope);
    const made = await create(home, { scopes: offered }, caller);
    expect(made.scopes).toEqual(offered.map((permission, index) => ({ id: `${made.id}:${index}`, permission })));
    const refused = items.filter((item) => !item.grantable).map(({ scope, reason }) => ({ scope, reason }));
    expect(refused.length).toBeGreaterThan(0);
    expect((await refusalOf(create(home, { scopes: GRANTABLE_WORDS.slice(0, 100) }, caller))).detail?.offenders).toEqual(refused);
  });

  it('on the plan Free is nothing, with the plan as the reason', async () => {
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    for (const home of HOMES) expect((await grantable(home, me)).filter((item) => item.grantable)).toEqual([]);
    expect((await grantable('organization', me)).find(({ scope }) => scope === 'backlog:read')?.reason).toBe(
      'Needs the plan pro.',
    );
  });
});
