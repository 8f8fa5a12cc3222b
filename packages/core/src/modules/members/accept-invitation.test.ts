import { randomUUID } from 'node:crypto';
import type { Role } from '@reqbase/auth';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { acceptAsNewUser } from './accept-invitation.ts';
import { previewInvitation } from './find-invitation.ts';
import { seedInvitation, seedPerson, type TestPerson } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let bob: TestPerson;
let asBob: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core, { plan: 'pro' });
  bob = await seedPerson(core, tenant);
  asBob = callAsUser(core, bob);
});

const accept = (token: string, caller = asBob) => caller.invitations.accept({ token });
const invited = (columns: Parameters<typeof seedInvitation>[2] = {}) =>
  seedInvitation(core, tenant, { email: bob.email, ...columns });
const roleOf = async (userId = bob.id): Promise<Role | null> =>
  (await core.db.prisma.projectMember.findUnique({ where: { projectId_userId: { projectId: tenant.project.id, userId } } }))
    ?.role ?? null;
const accepted = (role: Role) => ({ projectId: tenant.project.id, projectSlug: tenant.project.slug, role });
const audit = () =>
  core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id, outcome: 'allowed' }, orderBy: { id: 'asc' } });

describe('accepting an invitation', () => {
  it('makes the invited person a member, in one act with its audit entry and its notice', async () => {
    const { id, token } = await invited();
    expect(await accept(token)).toEqual(accepted('developer'));
    expect(await roleOf()).toBe('developer');
    expect(await core.db.prisma.invitation.findUniqueOrThrow({ where: { id } })).toMatchObject({
      acceptedAt: core.clock.now(),
      acceptedById: bob.id,
    });
    expect(await audit()).toMatchObject([
      {
        action: 'member.joined',
        actorType: 'user',
        actorId: bob.id,
        projectId: tenant.project.id,
        resourceId: bob.id,
        diff: { invitationId: id, role: 'developer' },
      },
    ]);
    expect(await core.db.prisma.notification.findMany({ where: { projectId: tenant.project.id } })).toMatchObject([
      { type: 'member.joined', title: 'Bob joined as developer', actorId: bob.id, isPrivate: false },
    ]);
    expect(await outcomeOf(asBob.backlog.list({ projectId: tenant.project.id }))).toBe('admitted');
  });

  it('once more changes nothing, however many do at once', async () => {
    const { token } = await invited();
    const answers = await Promise.all(Array.from({ length: 5 }, () => accept(token)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set([JSON.stringify(accepted('developer'))]));
    expect([
      (await audit()).length,
      await core.db.prisma.notification.count({ where: { projectId: tenant.project.id } }),
    ]).toEqual([1, 1]);
  });

  it('does not bring back who has been removed since', async () => {
    const { token } = await invited();
    await accept(token);
    await callAsUser(core, tenant.user).members.remove({ projectId: tenant.project.id, id: bob.id });
    expect([await outcomeOf(accept(token)), await roleOf()]).toEqual(['GONE', null]);
  });

  it('is for the invited address alone, in whatever case it is known', async () => {
    const { token } = await invited({ email: 'grace@example.test' });
    for (const act of ['accept', 'preview'] as const)
      expect(await refusalOf(asBob.invitations[act]({ token }))).toMatchObject({ status: 403, code: 'INVITATION_FOR_ANOTHER' });
    expect(await roleOf()).toBe(null);
    await core.db.prisma.user.update({ where: { id: bob.id }, data: { email: 'Grace@Example.test' } });
    expect(await outcomeOf(accept(token))).toBe('admitted');
    await core.db.prisma.user.update({ where: { id: bob.id }, data: { email: bob.email } });
  });

  it('is not for keys, nor for nobody', async () => {
    const { token } = await invited({ email: `${tenant.user.id}@example.test` });
    const key = await seedKey(core, tenant, { scopes: ['admin'], projectId: null });
    for (const act of ['accept', 'preview'] as const) {
      expect(await outcomeOf(callAs(core, key.credential).invitations[act]({ token }))).toBe('FORBIDDEN');
      expect(await outcomeOf(callAs(core, { kind: 'none' }).invitations[act]({ token }))).toBe('UNAUTHORIZED');
    }
    expect(await roleOf(tenant.user.id)).toBe(null);
  });

  it('ends with the instant of its expiry, or when it is revoked; an unknown link leads nowhere', async () => {
    const now = core.clock.now();
    const after = (ms: number) => new Date(now.getTime() + ms);
    const cases = [
      [{ expiresAt: after(1) }, 'admitted'],
      [{ expiresAt: now }, 'GONE'],
      [{ expiresAt: after(-1), endedAt: now }, 'GONE'],
      [{ endedAt: after(-1) }, 'GONE'],
      [{ acceptedAt: now, acceptedById: randomUUID() }, 'GONE'],
    ] as const;
    const outcomes = [];
    for (const [columns] of cases) {
      const { id, token } = await invited(columns);
      outcomes.push(await outcomeOf(asBob.invitations.preview({ token })), await outcomeOf(accept(token)));
      await core.db.prisma.invitation.delete({ where: { id } });
    }
    expect(outcomes).toEqual(cases.flatMap(([, outcome]) => [outcome, outcome]));
    expect(await refusalOf(accept('x'))).toMatchObject({ status: 404, code: 'INVITATION_NOT_FOUND' });
    expect(await refusalOf(accept((await invited({ expiresAt: now })).token))).toMatchObject({ status: 410 });
  });

  it('leads to no project that is deleted', async () => {
    const { token } = await invited();
    await core.db.prisma.project.update({ where: { id: tenant.project.id }, data: { deletedAt: core.clock.now() } });
    expect(await outcomeOf(accept(token))).toBe('INVITATION_NOT_FOUND');
  });

  it.each<[Role, 'viewer' | 'admin', Role]>([
    ['viewer', 'admin', 'admin'],
    ['admin', 'viewer', 'admin'],
    ['owner', 'admin', 'owner'],
  ])('by who is %s meanwhile, as %s, makes them %s: no role is lowered', async (has, role, becomes) => {
    const { token } = await invited({ role });
    await core.db.prisma.projectMember.create({ data: { projectId: tenant.project.id, userId: bob.id, role: has } });
    expect([await accept(token), await roleOf()]).toEqual([accepted(becomes), becomes]);
  });

  it('takes the seat that the invitation has held, also the last', async () => {
    await Promise.all([seedPerson(core, tenant, { project: 'admin' }), seedPerson(core, tenant, { project: 'developer' })]);
    const { token } = await invited();
    const owner = callAsUser(core, tenant.user);
    const seats = () => owner.members.seats({ projectId: tenant.project.id });
    expect(await seats()).toEqual({ used: 3, limit: 3 });
    expect(await outcomeOf(accept(token))).toBe('admitted');
    expect(await seats()).toEqual({ used: 3, limit: 3 });
  });

  it('finds no seat when the plan has shrunk meanwhile; a viewer needs none', async () => {
    const developer = await invited();
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    expect(await refusalOf(accept(developer.token))).toMatchObject({
      code: 'PLAN_REQUIRED',
      detail: { seats: { used: 0, limit: 0 } },
    });
    expect([await roleOf(), (await audit()).length]).toEqual([null, 0]);
    await core.db.prisma.invitation.delete({ where: { id: developer.id } });
    expect(await accept((await invited({ role: 'viewer' })).token)).toEqual(accepted('viewer'));
  });

  it('takes the installation’s plan where the organization has none', async () => {
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: null } });
    expect(await outcomeOf(accept((await invited()).token))).toBe('PLAN_REQUIRED');
  });
});

describe('the preview of an invitation', () => {
  it('says what it offers and whether the address has an account, and nothing of the project but its name', async () => {
    const known = await invited({ role: 'admin', invitedById: tenant.user.id });
    const unknown = await invited({ email: 'nobody@example.test' });
    const offer = { projectName: 'Project', inviterName: tenant.user.name, email: bob.email, role: 'admin', hasAccount: true };
    const expiresAt = '2026-03-21T10:20:30.250Z';
    expect(await asBob.invitations.preview({ token: known.token })).toEqual({ ...offer, expiresAt });
    expect(await previewInvitation(core.core, known.token)).toEqual({ ...offer, expiresAt });
    expect(await previewInvitation(core.core, unknown.token)).toEqual({
      ...offer,
      inviterName: null,
      role: 'developer',
      email: 'nobody@example.test',
      hasAccount: false,
      expiresAt,
    });
  });
});

describe('accepting as a new person', () => {
  const call = { requestId: 'req_1', ip: '203.0.113.9', userAgent: 'tests' };
  const join = (token: string, name = 'Grace') => acceptAsNewUser(core.core, call, { token, name, passwordHash: 'a hash' });
  const newAddress = () => `${randomUUID()}@example.test`;

  it('makes the account, its proven address, the membership and the traces in one act', async () => {
    const { id, token, email } = await invited({ email: newAddress(), role: 'viewer' });
    expect(await join(token)).toEqual(accepted('viewer'));
    const user = await core.db.prisma.user.findUniqueOrThrow({ where: { email }, include: { accounts: true } });
    expect(user).toMatchObject({
      name: 'Grace',
      emailVerified: true,
      accounts: [{ providerId: 'credential', accountId: user.id, password: 'a hash' }],
    });
    expect(await roleOf(user.id)).toBe('viewer');
    expect(await core.db.prisma.invitation.findUniqueOrThrow({ where: { id } })).toMatchObject({ acceptedById: user.id });
    expect(await audit()).toMatchObject([{ ...call, action: 'member.joined', actorType: 'user', actorId: user.id }]);
    expect(await accept(token, callAsUser(core, user))).toEqual(accepted('viewer'));
  });

  it('is refused when the address has an account, and leaves nothing', async () => {
    const { token } = await invited();
    expect(await refusalOf(join(token))).toMatchObject({ status: 409, code: 'ACCOUNT_EXISTS' });
    expect([await roleOf(), (await audit()).length]).toEqual([null, 0]);
  });

  it('makes one account for an address, however many come at once, by links to different projects too', async () => {
    const email = newAddress();
    const other = await seedTenant(core, { plan: 'pro' });
    const tokens = [(await invited({ email })).token, (await seedInvitation(core, other, { email })).token];
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => outcomeOf(join(tokens[n % 2] ?? ''))));
    expect(outcomes.toSorted()).toEqual([...Array(7).fill('ACCOUNT_EXISTS'), 'admitted'].toSorted());
    const { id } = await core.db.prisma.user.findUniqueOrThrow({ where: { email } });
    expect(await core.db.prisma.projectMember.count({ where: { userId: id } })).toBe(1);
  });

  it('leaves nothing when the invitation is over, or no seat is left for it', async () => {
    const now = core.clock.now();
    const people = await core.db.prisma.user.count();
    const outcomes = [];
    for (const columns of [{ expiresAt: now }, { endedAt: now }, { acceptedAt: now }])
      outcomes.push(await outcomeOf(join((await invited({ email: newAddress(), ...columns })).token)));
    const { token } = await invited({ email: newAddress() });
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    outcomes.push(await outcomeOf(join(token)), await outcomeOf(join('unknown')));
    expect(outcomes).toEqual(['GONE', 'GONE', 'GONE', 'PLAN_REQUIRED', 'INVITATION_NOT_FOUND']);
    expect(await core.db.prisma.user.count()).toBe(people);
  });
});
