import { randomUUID } from 'node:crypto';
import { ROLES, type Role } from '@reqbase/auth';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyCredential } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
const NOW = '2026-03-14T10:20:30.250Z';

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set(NOW);
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

const of = () => ({ organizationId: tenant.organization.id });
const about = (id: string) => ({ ...of(), id });
const make = (role: Role = 'developer', name = `Robot ${randomUUID()}`, caller = me) =>
  caller.serviceAccounts.create({ ...of(), name, role });
const setRole = (role: Role) =>
  core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });

const keyOf = (id: string) => ({
  name: 'A key',
  scopes: ['backlog:read'],
  ownerPrincipalType: 'service_account' as const,
  ownerPrincipalId: id,
});

/** A key of the account, and the caller that presents it. */
async function makeKey(id: string, more: { scopes?: string[]; expiresAt?: string } = {}, by = me) {
  const { rawKey, id: keyId } = await by.organizationKeys.create({ ...of(), ...keyOf(id), ...more });
  return { id: keyId, caller: callAs(core, keyCredential(rawKey)) };
}
const reads = (caller: Caller) => outcomeOf(caller.backlog.list({ projectId: tenant.project.id }));
const creates = (caller: Caller) => outcomeOf(caller.backlog.create({ projectId: tenant.project.id, title: 'Dark mode' }));

describe('a service account', () => {
  it('is made with a role of its own, told by who made it, and read again', async () => {
    const made = await make('developer', '  Nightly sync ');
    expect(made).toEqual({
      ...{ id: expect.any(String), name: 'Nightly sync', role: 'developer', disabledAt: null },
      ...{
        keyCount: 0,
        activeKeyCount: 0,
        activeDependentKeyCount: 0,
        createdBy: tenant.user.name,
        createdAt: NOW,
        updatedAt: NOW,
        version: 1,
      },
    });
    expect(await me.serviceAccounts.get(about(made.id))).toEqual(made);
  });

  it('has a name of its own in the organization, also of two that are made at once', async () => {
    const outcomes = await Promise.all([make('viewer', 'Sync'), make('viewer', 'Sync')].map(outcomeOf));
    expect(outcomes.toSorted()).toEqual(['CONFLICT', 'admitted']);
    const refusal = await refusalOf(make('viewer', 'Sync'));
    expect(refusal.issues).toEqual([{ path: 'name', message: 'There is a service account of this name.' }]);
    const other = await seedTenant(core);
    const elsewhere = callAsUser(core, other.user).serviceAccounts.create({
      ...{ organizationId: other.organization.id, name: 'Sync', role: 'viewer' },
    });
    expect(await outcomeOf(elsewhere)).toBe('admitted');
    const { id } = await make('viewer', 'Backup');
    expect(await outcomeOf(me.serviceAccounts.update({ ...about(id), name: 'Sync' }))).toBe('CONFLICT');
  });

  it.each<Role>(['admin', 'owner'])('is never made or given a role above that of its maker, %s', async (own) => {
    const { id } = await make('viewer');
    await setRole(own);
    for (const role of ROLES) {
      const isAbove = ROLES.indexOf(role) > ROLES.indexOf(own);
      for (const call of [() => make(role), () => me.serviceAccounts.update({ ...about(id), role })]) {
        if (isAbove) expect(await refusalOf(call())).toMatchObject({ code: 'FORBIDDEN', detail: { requiredRole: role } });
        else expect(await call()).toMatchObject({ role });
      }
    }
  });

  it('of a role above the caller’s is not changed or enabled by them, but disabled', async () => {
    const { id } = await make('owner');
    await setRole('admin');
    expect(await outcomeOf(me.serviceAccounts.update({ ...about(id), role: 'viewer' }))).toBe('FORBIDDEN');
    expect(await outcomeOf(me.serviceAccounts.update({ ...about(id), name: 'Mine' }))).toBe('FORBIDDEN');
    expect(await me.serviceAccounts.disable(about(id))).toMatchObject({ disabledAt: NOW });
    expect(await outcomeOf(me.serviceAccounts.enable(about(id)))).toBe('FORBIDDEN');
  });

  it('is for who may make keys of the organization: its owners and admins', async () => {
    const outcomes: Record<string, string[]> = {};
    const { id } = await make('viewer');
    for (const role of ROLES) {
      await setRole(role);
      outcomes[role] = await Promise.all([
        outcomeOf(me.serviceAccounts.list(of())),
        outcomeOf(make('viewer')),
        outcomeOf(me.serviceAccounts.disable(about(id))),
      ]);
    }
    const [no, yes] = [Array(3).fill('FORBIDDEN'), Array(3).fill('admitted')];
    expect(outcomes).toEqual({ viewer: no, developer: no, admin: yes, owner: yes });
  });

  it('of another organization does not exist', async () => {
    const other = await seedTenant(core);
    const { id } = await make();
    const stranger = callAsUser(core, other.user).serviceAccounts;
    const theirs = { organizationId: other.organization.id, id };
    const calls = [
      () => stranger.get(theirs),
      () => stranger.update({ ...theirs, name: 'Mine' }),
      () => stranger.disable(theirs),
      () => stranger.enable(theirs),
    ];
    for (const call of calls) expect(await outcomeOf(call())).toBe('SERVICE_ACCOUNT_NOT_FOUND');
    expect(await me.serviceAccounts.get(about(id))).toMatchObject({ version: 1, disabledAt: null });
  });

  it('is changed as it was read, or not at all; a change of nothing changes nothing', async () => {
    const { id, name } = await make('viewer');
    core.clock.advance(60_000);
    const changed = await me.serviceAccounts.update({ ...about(id), role: 'developer', ifVersion: 1 });
    expect(changed).toMatchObject({ name, role: 'developer', version: 2, createdAt: NOW, updatedAt: '2026-03-14T10:21:30.250Z' });
    expect(await outcomeOf(me.serviceAccounts.update({ ...about(id), name: 'Late', ifVersion: 1 }))).toBe('PRECONDITION_FAILED');
    expect(await outcomeOf(me.serviceAccounts.update(about(id)))).toBe('NO_UPDATES');
    core.clock.advance(60_000);
    expect(await me.serviceAccounts.update({ ...about(id), name, role: 'developer' })).toEqual(changed);
  });

  it('leaves an entry in the audit log for each thing that is done with it, and none for what was so already', async () => {
    const { id } = await make('viewer', 'Sync');
    await me.serviceAccounts.update({ ...about(id), name: 'Backup', role: 'developer' });
    await me.serviceAccounts.update({ ...about(id), name: 'Backup' });
    await me.serviceAccounts.disable(about(id));
    await me.serviceAccounts.disable(about(id));
    await me.serviceAccounts.enable(about(id));
    await me.serviceAccounts.enable(about(id));
    const entries = await core.db.prisma.auditEntry.findMany({ where: { resourceId: id }, orderBy: { seq: 'asc' } });
    expect(entries.map(({ action, diff, resourceType }) => [action, resourceType, diff])).toEqual([
      ['service_account.created', 'service_account', { name: 'Sync', role: 'viewer' }],
      [
        'service_account.updated',
        'service_account',
        { name: { from: 'Sync', to: 'Backup' }, role: { from: 'viewer', to: 'developer' } },
      ],
      ['service_account.disabled', 'service_account', { name: 'Backup', activeKeyCount: 0, activeDependentKeyCount: 0 }],
      ['service_account.enabled', 'service_account', { name: 'Backup', activeKeyCount: 0, activeDependentKeyCount: 0 }],
    ]);
  });
});

describe('the keys of a service account', () => {
  it('work on when who made both has left, and when they are no more', async () => {
    const { id } = await make('developer');
    const key = await makeKey(id, { scopes: ['backlog:write'] });
    await core.db.prisma.organizationMember.deleteMany({ where: { userId: tenant.user.id } });
    expect([await reads(me), await creates(key.caller)]).toEqual(['PROJECT_NOT_FOUND', 'admitted']);
    await core.db.prisma.user.delete({ where: { id: tenant.user.id } });
    expect(await creates(key.caller)).toBe('admitted');
    const row = await core.db.prisma.serviceAccount.findUniqueOrThrow({ where: { id }, include: { apiKeys: true } });
    expect(row).toMatchObject({ createdById: null, role: 'developer', apiKeys: [{ createdById: null, revokedAt: null }] });
  });

  it('work on when the key is gone with its person with which they were made: nobody has revoked it', async () => {
    const { id } = await make('viewer');
    const own = await seedKey(core, tenant, { scopes: ['keys:admin', 'backlog:read'], projectId: null });
    const key = await makeKey(id, {}, callAs(core, own.credential));
    await core.db.prisma.user.delete({ where: { id: tenant.user.id } });
    expect(await core.db.prisma.apiKey.count({ where: { id: own.id } })).toBe(0);
    expect(await reads(key.caller)).toBe('admitted');
  });

  it('may do what its role allows at the time of each call', async () => {
    const { id } = await make('developer');
    const { caller } = await makeKey(id, { scopes: ['backlog:write'] });
    const outcomes = [await creates(caller)];
    await me.serviceAccounts.update({ ...about(id), role: 'viewer' });
    outcomes.push(await creates(caller), await reads(caller));
    await me.serviceAccounts.update({ ...about(id), role: 'developer' });
    outcomes.push(await creates(caller));
    expect(outcomes).toEqual(['admitted', 'FORBIDDEN', 'admitted', 'admitted']);
  });

  it('are refused from the next call on when it is disabled, no other key is, and all work again when it is enabled', async () => {
    const [{ id }, { id: otherId }] = [await make(), await make()];
    const [one, two, other] = [await makeKey(id), await makeKey(id), await makeKey(otherId)];
    const answers = async () => [await reads(one.caller), await reads(two.caller), await reads(other.caller), await reads(me)];
    expect(await answers()).toEqual(['admitted', 'admitted', 'admitted', 'admitted']);
    await me.serviceAccounts.disable(about(id));
    expect(await answers()).toEqual(['FORBIDDEN', 'FORBIDDEN', 'admitted', 'admitted']);
    // Not even who it is.
    expect(await outcomeOf(one.caller.members.me({}))).toBe('FORBIDDEN');
    expect(await outcomeOf(me.organizationKeys.create({ ...of(), ...keyOf(id) }))).toBe('BAD_REQUEST');
    await me.organizationKeys.revoke({ ...of(), id: two.id });
    await me.serviceAccounts.enable(about(id));
    expect(await answers()).toEqual(['admitted', 'API_KEY_REVOKED', 'admitted', 'admitted']);
  });

  it('are refused with all that was made with them while it is disabled, whoever owns that, and it works again afterwards', async () => {
    const [account, other, third] = [await make('owner'), await make('owner'), await make('owner')];
    const scopes = ['keys:admin', 'backlog:read'];
    const own = await makeKey(account.id, { scopes });
    const child = await makeKey(other.id, { scopes }, own.caller);
    const grandchild = await makeKey(third.id, { scopes }, child.caller);
    const { rawKey } = await grandchild.caller.apiKeys.create({ ...keyOf(other.id), projectId: tenant.project.id });
    const ofProject = { caller: callAs(core, keyCredential(rawKey)) };
    const apart = await makeKey(other.id, { scopes });
    const beneath = [child, grandchild, ofProject];
    const outcomes = () => Promise.all([own, ...beneath, apart].map(({ caller }) => reads(caller)));
    expect(await outcomes()).toEqual(Array(5).fill('admitted'));
    expect(await me.serviceAccounts.get(about(account.id))).toMatchObject({ activeKeyCount: 1, activeDependentKeyCount: 3 });
    expect((await me.serviceAccounts.list(of())).items.map((item) => [item.id, item.activeDependentKeyCount])).toEqual(
      expect.arrayContaining([
        [account.id, 3],
        [other.id, 1],
        [third.id, 1],
      ]),
    );
    await me.serviceAccounts.disable(about(account.id));
    expect(await outcomes()).toEqual([...Array(4).fill('FORBIDDEN'), 'admitted']);
    for (const { caller } of beneath.slice(0, 2))
      expect(await outcomeOf(caller.serviceAccounts.enable(about(account.id)))).toBe('FORBIDDEN');
    expect(await outcomeOf(makeKey(other.id, { scopes }, child.caller))).toBe('FORBIDDEN');
    await me.serviceAccounts.enable(about(account.id));
    expect(await outcomes()).toEqual(Array(5).fill('admitted'));
    await me.serviceAccounts.disable(about(third.id));
    expect(await outcomes()).toEqual(['admitted', 'admitted', 'FORBIDDEN', 'FORBIDDEN', 'admitted']);
  });

  it('are refused with the successors that they made, of keys that nothing was above', async () => {
    const [account, other] = [await make('admin'), await make('admin')];
    const scopes = ['keys:admin', 'backlog:read'];
    const [own, apart] = [await makeKey(account.id, { scopes }), await makeKey(other.id, { scopes })];
    const { rawKey } = await own.caller.organizationKeys.rotate({ ...about(apart.id), overlapHours: 24 });
    const successor = callAs(core, keyCredential(rawKey));
    await me.serviceAccounts.disable(about(account.id));
    expect([await reads(apart.caller), await reads(successor)]).toEqual(['admitted', 'FORBIDDEN']);
  });

  it('are disabled on a plan without keys too', async () => {
    const { id } = await make();
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    expect(await outcomeOf(make())).toBe('PLAN_REQUIRED');
    expect(await me.serviceAccounts.disable(about(id))).toMatchObject({ disabledAt: NOW });
  });

  it('are counted, with those of projects; the living ones apart', async () => {
    const { id } = await make();
    const revoked = await makeKey(id);
    await makeKey(id, { expiresAt: '2026-03-14T10:21:00.000Z' });
    await me.apiKeys.create({ projectId: tenant.project.id, ...keyOf(id) });
    await me.organizationKeys.revoke({ ...of(), id: revoked.id });
    expect(await me.serviceAccounts.get(about(id))).toMatchObject({ keyCount: 3, activeKeyCount: 2, version: 1 });
    core.clock.advance(60_000);
    expect((await me.serviceAccounts.list(of())).items).toMatchObject([{ keyCount: 3, activeKeyCount: 1 }]);
  });
});

describe('a key with keys:admin', () => {
  const adminOf = (role: Role, ...scopes: string[]) =>
    callAsKey(core, tenant, { scopes: ['keys:admin', ...scopes], projectId: null, serviceAccount: { role } });

  it('makes accounts of its role at most, in nobody’s name', async () => {
    const caller = await adminOf('admin');
    expect(await make('admin', 'Robot', caller)).toMatchObject({ role: 'admin', createdBy: null });
    expect(await outcomeOf(make('owner', 'Another', caller))).toBe('FORBIDDEN');
  });

  it('raises and enables no account whose keys could do more than itself then; it may lower and disable it', async () => {
    const { id } = await make('developer');
    await makeKey(id, { scopes: ['backlog:write'] });
    const [narrow, wide] = [await adminOf('admin'), await adminOf('admin', 'backlog:write')];
    const by = (caller: Caller) => caller.serviceAccounts;
    expect(await by(narrow).update({ ...about(id), role: 'viewer' })).toMatchObject({ role: 'viewer' });
    expect(await outcomeOf(by(narrow).update({ ...about(id), role: 'developer' }))).toBe('FORBIDDEN');
    expect(await by(wide).update({ ...about(id), role: 'developer' })).toMatchObject({ role: 'developer' });
    expect(await by(narrow).disable(about(id))).toMatchObject({ disabledAt: NOW });
    expect(await outcomeOf(by(narrow).enable(about(id)))).toBe('FORBIDDEN');
    expect(await by(wide).enable(about(id))).toMatchObject({ disabledAt: null });
  });

  it('is needed: keys:read sees them, and changes nothing', async () => {
    const { id } = await make();
    const reader = await callAsKey(core, tenant, { scopes: ['keys:read'], projectId: null });
    expect((await reader.serviceAccounts.list(of())).items.map((account) => account.id)).toEqual([id]);
    for (const call of [
      () => make('viewer', 'R', reader),
      () => reader.serviceAccounts.update({ ...about(id), name: 'Mine' }),
      () => reader.serviceAccounts.disable(about(id)),
      () => reader.serviceAccounts.enable(about(id)),
    ])
      expect(await outcomeOf(call())).toBe('INSUFFICIENT_SCOPE');
    const members = await callAsKey(core, tenant, { scopes: ['members:write', 'members:read'], projectId: null });
    expect(await outcomeOf(members.serviceAccounts.list(of()))).toBe('INSUFFICIENT_SCOPE');
  });
});

describe('the list of service accounts', () => {
  const names = async (filter: Omit<Parameters<Caller['serviceAccounts']['list']>[0], 'organizationId'> = {}) =>
    (await me.serviceAccounts.list({ ...of(), ...filter })).items.map(({ name }) => name);

  it('comes by name, disabled ones included, each once in pages of any size', async () => {
    for (const name of ['sync', 'Backup', 'ünï', "o'brien"]) await make('viewer', name);
    const { id } = await make('viewer', 'old');
    await me.serviceAccounts.disable(about(id));
    await seedKey(core, await seedTenant(core), { serviceAccount: { role: 'viewer' } });
    const whole = await names();
    expect(whole.toSorted()).toEqual(['Backup', "o'brien", 'old', 'sync', 'ünï']);
    for (const limit of [1, 2, 3, 5]) {
      const seen = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const more = cursor === undefined ? {} : { cursor };
        const page: { items: { name: string }[]; nextCursor: string | null } = await me.serviceAccounts.list({
          ...of(),
          limit,
          ...more,
        });
        seen.push(...page.items.map(({ name }) => name));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(whole);
    }
  });

  it('is narrowed by a part of the name as it is, by state, and by when they were made and changed', async () => {
    const { id } = await make('viewer', 'Nightly sync');
    core.clock.advance(60_000);
    await make('viewer', '100% sync');
    await me.serviceAccounts.disable(about(id));
    expect(await names({ q: 'SYNC' })).toHaveLength(2);
    expect(await names({ q: '%' })).toEqual(['100% sync']);
    expect(await names({ q: '_' })).toEqual([]);
    expect(await names({ disabled: true })).toEqual(['Nightly sync']);
    expect(await names({ disabled: false })).toEqual(['100% sync']);
    expect(await names({ createdAfter: NOW })).toEqual(['100% sync']);
    expect(await names({ createdBefore: '2026-03-14T10:21:00.000Z' })).toEqual(['Nightly sync']);
    expect(await names({ updatedSince: '2026-03-14T10:21:00.000Z' })).toHaveLength(2);
  });

  it('is not paged with the cursor of another organization’s, nor of other filters', async () => {
    await make('viewer', 'a');
    await make('viewer', 'b');
    const { nextCursor } = await me.serviceAccounts.list({ ...of(), limit: 1 });
    const cursor = nextCursor ?? '';
    expect(await outcomeOf(me.serviceAccounts.list({ ...of(), limit: 1, disabled: false, cursor }))).toBe('INVALID_CURSOR');
    const other = await seedTenant(core);
    const elsewhere = callAsUser(core, other.user).serviceAccounts.list({ organizationId: other.organization.id, cursor });
    expect(await outcomeOf(elsewhere)).toBe('INVALID_CURSOR');
  });
});
