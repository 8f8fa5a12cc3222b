import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';

let core: TestCore;
let tenant: TestTenant;
let other: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  other = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

const mine = async (caller = me) => (await caller.organizations.list({})).items.map(({ id, role }) => [id, role]);
const join = (to: TestTenant, role: 'viewer' | 'owner') =>
  core.db.prisma.projectMember.create({ data: { projectId: to.project.id, userId: tenant.user.id, role } });

describe('the list of organizations', () => {
  it('has those of a person, by membership of their own or of one of their projects', async () => {
    expect(await mine()).toEqual([[tenant.organization.id, 'owner']]);
    await join(other, 'viewer');
    expect(new Map((await mine()) as [string, string | null][])).toEqual(
      new Map([
        [tenant.organization.id, 'owner'],
        [other.organization.id, null],
      ]),
    );
    await core.db.prisma.project.update({ where: { id: other.project.id }, data: { deletedAt: core.clock.now() } });
    expect(await mine()).toEqual([[tenant.organization.id, 'owner']]);
    await core.db.prisma.organizationMember.deleteMany({ where: { userId: tenant.user.id } });
    expect(await mine()).toEqual([]);
  });

  it('has a key’s own and no other, whatever else its owner is a member of', async () => {
    await join(other, 'owner');
    for (const projectId of [tenant.project.id, null]) {
      expect(await mine(await callAsKey(core, tenant, { scopes: ['project:read'], projectId }))).toEqual([
        [tenant.organization.id, 'owner'],
      ]);
    }
    const service = await callAsKey(core, tenant, {
      scopes: ['project:read'],
      projectId: null,
      serviceAccount: { role: 'developer' },
    });
    expect(await mine(service)).toEqual([[tenant.organization.id, 'developer']]);
  });

  it('says what they are, with the plan that counts', async () => {
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: null, keyPrefix: 'rf' } });
    const { name, createdAt } = await core.db.prisma.organization.findUniqueOrThrow({ where: { id: tenant.organization.id } });
    const expected = {
      ...tenant.organization,
      name,
      plan: 'free',
      keyPrefix: 'rf',
      role: 'owner',
      createdAt: createdAt.toISOString(),
    };
    expect((await me.organizations.list({})).items).toEqual([expected]);
    for (const organizationId of [tenant.organization.id, tenant.organization.slug])
      expect(await me.organizations.get({ organizationId })).toEqual(expected);
  });

  it('is in the order of their names', async () => {
    for (const [organization, name] of [
      [tenant.organization, 'Zebra'],
      [other.organization, 'Acme'],
    ] as const) {
      await core.db.prisma.organization.update({ where: { id: organization.id }, data: { name } });
    }
    await join(other, 'viewer');
    expect((await me.organizations.list({})).items.map(({ name }) => name)).toEqual(['Acme', 'Zebra']);
  });
});

describe('an organization', () => {
  it('is nobody’s to read but its members’ and its own keys’', async () => {
    const read = (caller: Caller, of = tenant) => outcomeOf(caller.organizations.get({ organizationId: of.organization.id }));
    const stranger = callAsUser(core, other.user);
    expect([await read(me), await read(stranger), await read(me, other)]).toEqual([
      'admitted',
      'ORGANIZATION_NOT_FOUND',
      'ORGANIZATION_NOT_FOUND',
    ]);
    const [wide, bound] = [
      await callAsKey(core, tenant, { scopes: ['read'], projectId: null }),
      await callAsKey(core, tenant, { scopes: ['project:read'] }),
    ];
    expect([await read(wide), await read(wide, other), await read(bound)]).toEqual([
      'admitted',
      'API_KEY_ORG_MISMATCH',
      'API_KEY_PROJECT_MISMATCH',
    ]);
    await join(other, 'owner');
    expect(await read(me, other)).toBe('ORGANIZATION_NOT_FOUND');
  });

  it.each(['', 'no such', '\0', "' or true --", 'x'.repeat(101)])('named "%s" is not found', async (organizationId) => {
    expect(await outcomeOf(me.organizations.get({ organizationId }))).toBe('ORGANIZATION_NOT_FOUND');
  });
});

it('a key that is revoked lists nothing', async () => {
  const key = await seedKey(core, tenant, { scopes: ['read'], projectId: null, revokedAt: core.clock.now() });
  expect(await outcomeOf(callAs(core, key.credential).organizations.list({}))).toBe('API_KEY_REVOKED');
});
