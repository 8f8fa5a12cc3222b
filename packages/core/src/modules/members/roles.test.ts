import { randomUUID } from 'node:crypto';
import type { Role } from '@reqbase/auth';
import { seedKey, seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import type { GivenRole } from './schema.ts';
import { seedPerson } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
/** The project's owner, and nobody in its organization. */
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core, { plan: 'pro', organizationRole: null, projectRole: 'owner' });
  me = callAsUser(core, tenant.user);
});

const ofProject = () => ({ projectId: tenant.project.id });
const changeRole = (id: string, role: GivenRole, caller = me) => caller.members.changeRole({ ...ofProject(), id, role });
const remove = (id: string, caller = me) => caller.members.remove({ ...ofProject(), id });
const transfer = (id: string, caller = me) => caller.members.transferOwnership({ ...ofProject(), id });
const leave = (caller: Caller) => caller.members.leave({ ...ofProject(), confirm: true });
const roles = async () =>
  Object.fromEntries(
    (await core.db.prisma.projectMember.findMany({ where: { projectId: tenant.project.id } })).map(({ userId, role }) => [
      userId,
      role,
    ]),
  );
const actions = async () =>
  (
    await core.db.prisma.auditEntry.findMany({
      where: { projectId: tenant.project.id, outcome: 'allowed' },
      orderBy: { id: 'asc' },
    })
  ).map(({ action, resourceId, diff }) => [action, resourceId, diff]);

/** A conversation that is assigned to somebody. */
async function seedAssigned(assigneeId: string, of: Pick<TestTenant, 'project'> = tenant): Promise<string> {
  const [id, now] = [randomUUID(), core.clock.now()];
  await core.db.prisma.conversation.create({
    data: { id, projectId: of.project.id, channel: 'api', assigneeId, lastMessageAt: now, createdAt: now, updatedAt: now },
  });
  return id;
}
const assigneeOf = async (id: string) => (await core.db.prisma.conversation.findUniqueOrThrow({ where: { id } })).assigneeId;

describe('changing a role', () => {
  it('answers the member as the list shows them, and leaves one audit entry', async () => {
    const bob = await seedPerson(core, tenant, { project: 'viewer' });
    const changed = await changeRole(bob.id, 'admin');
    expect(changed).toMatchObject({ userId: bob.id, name: 'Bob', email: bob.email, role: 'admin', through: 'project' });
    expect((await me.members.list(ofProject())).items).toContainEqual(changed);
    expect(await actions()).toEqual([['member.role_changed', bob.id, { from: 'viewer', to: 'admin' }]]);
    expect(await changeRole(bob.id, 'admin')).toEqual(changed);
    expect(await actions()).toHaveLength(1);
  });

  it('changes nothing of the organization’s: the higher of the two still counts', async () => {
    const dan = await seedPerson(core, tenant, { organization: 'admin', project: 'developer' });
    expect(await changeRole(dan.id, 'viewer')).toMatchObject({ role: 'admin', through: 'organization' });
    expect((await roles())[dan.id]).toBe('viewer');
    const eve = await seedPerson(core, tenant, { organization: 'developer' });
    expect(await refusalOf(changeRole(eve.id, 'viewer'))).toMatchObject({ status: 409, code: 'ROLE_THROUGH_ORGANIZATION' });
  });

  it('takes a seat when it makes a developer or an admin of a viewer, and then only', async () => {
    const [a, b, c, viewer] = [
      await seedPerson(core, tenant, { project: 'developer' }),
      await seedPerson(core, tenant, { project: 'developer' }),
      await seedPerson(core, tenant, { project: 'admin' }),
      await seedPerson(core, tenant, { project: 'viewer' }),
    ];
    expect(await refusalOf(changeRole(viewer.id, 'developer'))).toMatchObject({
      code: 'PLAN_REQUIRED',
      detail: { requiredPlan: 'scale', seats: { used: 3, limit: 3 } },
    });
    expect(await outcomeOf(changeRole(a.id, 'admin'))).toBe('admitted');
    expect(await outcomeOf(changeRole(c.id, 'developer'))).toBe('admitted');
    expect(await outcomeOf(changeRole(b.id, 'viewer'))).toBe('admitted');
    expect(await outcomeOf(changeRole(viewer.id, 'developer'))).toBe('admitted');
    expect(await me.members.seats(ofProject())).toEqual({ used: 3, limit: 3 });
  });

  it('and inviting share the seats, exactly, however many do either at once', async () => {
    const viewers = await Promise.all(Array.from({ length: 6 }, () => seedPerson(core, tenant, { project: 'viewer' })));
    const outcomes = await Promise.all([
      ...viewers.map(({ id }) => outcomeOf(changeRole(id, 'developer'))),
      ...viewers.map(() =>
        outcomeOf(me.members.invite({ ...ofProject(), email: `${randomUUID()}@example.test`, role: 'admin' })),
      ),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(3);
    expect(await me.members.seats(ofProject())).toEqual({ used: 3, limit: 3 });
  });

  it('to viewer takes the conversations of who may no longer reply', async () => {
    const [bob, dan] = [
      await seedPerson(core, tenant, { project: 'developer' }),
      await seedPerson(core, tenant, { organization: 'developer', project: 'admin' }),
    ];
    const [ofBob, ofDan] = [await seedAssigned(bob.id), await seedAssigned(dan.id)];
    await changeRole(bob.id, 'viewer');
    await changeRole(dan.id, 'viewer');
    expect([await assigneeOf(ofBob), await assigneeOf(ofDan)]).toEqual([null, dan.id]);
  });

  it('cannot make an owner, nor unmake the one', async () => {
    const bob = await seedPerson(core, tenant, { project: 'viewer' });
    expect(await refusalOf(changeRole(bob.id, 'owner' as never))).toMatchObject({
      code: 'BAD_REQUEST',
      issues: [{ path: 'role' }],
    });
    expect(await outcomeOf(changeRole(tenant.user.id, 'admin'))).toBe('LAST_OWNER');
    expect(await roles()).toEqual({ [tenant.user.id]: 'owner', [bob.id]: 'viewer' });
  });

  it('is the owner’s: admins change none', async () => {
    const [bob, admin] = [
      await seedPerson(core, tenant, { project: 'viewer' }),
      await seedPerson(core, tenant, { project: 'admin' }),
    ];
    const asAdmin = callAsUser(core, admin);
    const calls = [changeRole(bob.id, 'developer', asAdmin), remove(bob.id, asAdmin), transfer(bob.id, asAdmin)];
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(Array(3).fill('FORBIDDEN'));
    expect((await roles())[bob.id]).toBe('viewer');
  });
});

describe('removing a member', () => {
  it('refuses the very next call of the person and of their keys', async () => {
    const bob = await seedPerson(core, tenant, { project: 'developer' });
    const key = await callAsKey(core, { ...tenant, user: bob }, { scopes: ['backlog:read'] });
    const [person, list] = [callAsUser(core, bob), (caller: Caller) => outcomeOf(caller.backlog.list(ofProject()))];
    expect([await list(person), await list(key)]).toEqual(['admitted', 'admitted']);
    await remove(bob.id);
    expect([await list(person), await list(key)]).toEqual(['PROJECT_NOT_FOUND', 'FORBIDDEN']);
    expect(await actions()).toEqual([['member.removed', bob.id, null]]);
  });

  it('leaves what they have done under their name', async () => {
    const bob = await seedPerson(core, tenant, { project: 'developer' });
    const asBob = callAsUser(core, bob);
    const { id } = await asBob.backlog.create({ ...ofProject(), title: 'Dark mode' });
    await asBob.backlog.createComment({ ...ofProject(), id, body: 'Mine.' });
    await remove(bob.id);
    expect((await me.backlog.listComments({ ...ofProject(), id })).items).toMatchObject([
      { authorId: bob.id, authorName: 'Bob' },
    ]);
    expect(await core.db.prisma.auditEntry.count({ where: { actorId: bob.id } })).toBe(2);
  });

  it('takes them off their conversations in this project, with an event in each; nobody else, and nowhere else', async () => {
    const bob = await seedPerson(core, tenant, { project: 'developer' });
    const other = { project: await seedProject(core, tenant.organization) };
    const [first, second, mine, elsewhere] = [
      await seedAssigned(bob.id),
      await seedAssigned(bob.id),
      await seedAssigned(tenant.user.id),
      await seedAssigned(bob.id, other),
    ];
    core.clock.advance(60_000);
    await remove(bob.id);
    const now = core.clock.now();
    for (const id of [first, second]) {
      expect(await core.db.prisma.conversation.findUniqueOrThrow({ where: { id }, include: { events: true } })).toMatchObject({
        assigneeId: null,
        version: 2,
        updatedAt: now,
        events: [{ kind: 'assigned', actorId: tenant.user.id, data: { from: bob.id, to: null }, createdAt: now }],
      });
    }
    expect([await assigneeOf(mine), await assigneeOf(elsewhere)]).toEqual([tenant.user.id, bob.id]);
  });

  it('leaves none assigned to them, whoever assigns one at the same time', async () => {
    for (let n = 0; n < 12; n++) {
      const bob = await seedPerson(core, tenant, { project: 'developer' });
      const id = await seedAssigned(tenant.user.id);
      const assign = () => outcomeOf(me.conversations.update({ ...ofProject(), id, assigneeId: bob.id }));
      await Promise.all(n % 2 === 0 ? [assign(), remove(bob.id)] : [remove(bob.id), assign()]);
      expect([null, tenant.user.id]).toContain(await assigneeOf(id));
    }
  });

  it('leaves the conversations of who may still reply through the organization', async () => {
    const dan = await seedPerson(core, tenant, { organization: 'developer', project: 'admin' });
    const id = await seedAssigned(dan.id);
    await remove(dan.id);
    expect(await assigneeOf(id)).toBe(dan.id);
  });

  it('is refused for the owner, and for who is there through the organization', async () => {
    const eve = await seedPerson(core, tenant, { organization: 'viewer' });
    expect(await refusalOf(remove(tenant.user.id))).toMatchObject({ status: 409, code: 'LAST_OWNER' });
    expect(await outcomeOf(remove(eve.id))).toBe('ROLE_THROUGH_ORGANIZATION');
    expect(await actions()).toEqual([]);
  });

  it('needs members:delete, which members:write is not', async () => {
    const bob = await seedPerson(core, tenant, { project: 'viewer' });
    const [writer, deleter] = [
      await callAsKey(core, tenant, { scopes: ['members:write'] }),
      await callAsKey(core, tenant, { scopes: ['members:delete'] }),
    ];
    expect([await outcomeOf(remove(bob.id, writer)), await outcomeOf(remove(bob.id, deleter))]).toEqual([
      'INSUFFICIENT_SCOPE',
      'admitted',
    ]);
  });
});

describe('leaving', () => {
  it.each(['viewer', 'developer', 'admin'] as const)('is for a %s to do, once', async (project) => {
    const bob = await seedPerson(core, tenant, { project });
    const asBob = callAsUser(core, bob);
    const conversation = await seedAssigned(bob.id);
    expect([await outcomeOf(leave(asBob)), await outcomeOf(leave(asBob))]).toEqual(['admitted', 'PROJECT_NOT_FOUND']);
    expect([await roles(), await assigneeOf(conversation)]).toEqual([{ [tenant.user.id]: 'owner' }, null]);
    expect(await actions()).toEqual([['member.left', bob.id, null]]);
  });

  it('is not for the owner, for who is there through the organization, or for a key', async () => {
    const [eve, bob] = [
      await seedPerson(core, tenant, { organization: 'viewer' }),
      await seedPerson(core, tenant, { project: 'viewer' }),
    ];
    expect([await outcomeOf(leave(me)), await outcomeOf(leave(callAsUser(core, eve)))]).toEqual([
      'LAST_OWNER',
      'ROLE_THROUGH_ORGANIZATION',
    ]);
    const keys = [
      await seedKey(core, { ...tenant, user: bob }, { scopes: ['admin'], projectId: null }),
      await seedKey(core, tenant, { scopes: ['admin'], projectId: null, serviceAccount: { role: 'viewer' } }),
    ];
    for (const { credential } of keys) expect(await outcomeOf(leave(callAs(core, credential)))).toBe('FORBIDDEN');
    expect(await roles()).toEqual({ [tenant.user.id]: 'owner', [bob.id]: 'viewer' });
  });

  it('has to be meant', async () => {
    const bob = await seedPerson(core, tenant, { project: 'viewer' });
    expect(await outcomeOf(callAsUser(core, bob).members.leave({ ...ofProject() } as never))).toBe('BAD_REQUEST');
  });
});

describe('transferring the ownership', () => {
  it.each<Role>(['viewer', 'developer', 'admin'])('to a %s lets the two exchange roles, seats or not', async (role) => {
    const bob = await seedPerson(core, tenant, { project: role });
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    await transfer(bob.id);
    expect(await roles()).toEqual({ [tenant.user.id]: role, [bob.id]: 'owner' });
    expect(await actions()).toEqual([['project.ownership_transferred', tenant.project.id, { from: tenant.user.id, to: bob.id }]]);
    expect(await outcomeOf(transfer(tenant.user.id))).toBe('FORBIDDEN');
    await transfer(tenant.user.id, callAsUser(core, bob));
    expect(await roles()).toEqual({ [tenant.user.id]: 'owner', [bob.id]: role });
  });

  it.each<[Role, isKept: boolean]>([
    ['viewer', false],
    ['developer', true],
  ])('to a %s: who was the owner keeps their conversations if they may still reply', async (role, isKept) => {
    const bob = await seedPerson(core, tenant, { project: role });
    const conversation = await seedAssigned(tenant.user.id);
    await transfer(bob.id);
    expect(await assigneeOf(conversation)).toBe(isKept ? tenant.user.id : null);
  });

  it('to oneself changes nothing', async () => {
    await transfer(tenant.user.id);
    expect([await roles(), await actions()]).toEqual([{ [tenant.user.id]: 'owner' }, []]);
  });

  it('goes to members of the project only', async () => {
    const [eve, stranger] = [await seedPerson(core, tenant, { organization: 'admin' }), await seedPerson(core, tenant)];
    expect([await outcomeOf(transfer(eve.id)), await outcomeOf(transfer(stranger.id))]).toEqual([
      'ROLE_THROUGH_ORGANIZATION',
      'MEMBER_NOT_FOUND',
    ]);
  });

  it('may be done by an owner of the organization, also where the project has none yet', async () => {
    const boss = callAsUser(core, await seedPerson(core, tenant, { organization: 'owner' }));
    const [bob, cyd] = [
      await seedPerson(core, tenant, { project: 'viewer' }),
      await seedPerson(core, tenant, { project: 'admin' }),
    ];
    await transfer(bob.id, boss);
    expect(await roles()).toEqual({ [tenant.user.id]: 'viewer', [bob.id]: 'owner', [cyd.id]: 'admin' });
    await core.db.prisma.projectMember.deleteMany({ where: { projectId: tenant.project.id, role: 'owner' } });
    await transfer(cyd.id, boss);
    expect(await roles()).toEqual({ [tenant.user.id]: 'viewer', [cyd.id]: 'owner' });
  });

  it('is done in person', async () => {
    const bob = await seedPerson(core, tenant, { project: 'admin' });
    expect(await outcomeOf(transfer(bob.id, await callAsKey(core, tenant, { scopes: ['members:write'] })))).toBe('FORBIDDEN');
  });

  it('leaves exactly one owner, however many are made at once', async () => {
    const heirs = await Promise.all(Array.from({ length: 6 }, () => seedPerson(core, tenant, { project: 'developer' })));
    const outcomes = await Promise.all(heirs.map(({ id }) => outcomeOf(transfer(id))));
    expect(outcomes.toSorted()).toEqual([...Array(5).fill('FORBIDDEN'), 'admitted'].toSorted());
    const counted = Object.values(await roles());
    expect(counted.filter((role) => role === 'owner')).toHaveLength(1);
    expect(counted.filter((role) => role === 'developer')).toHaveLength(6);
  });
});

describe('the id of somebody who is no member', () => {
  it('answers MEMBER_NOT_FOUND, and nothing happens to them', async () => {
    const foreign = await seedTenant(core, { organizationRole: null, projectRole: 'admin' });
    const sibling = { ...tenant, project: await seedProject(core, tenant.organization) };
    const ids = [foreign.user.id, (await seedPerson(core, sibling, { project: 'admin' })).id, randomUUID()];
    const before = await core.db.prisma.projectMember.findMany({ orderBy: [{ projectId: 'asc' }, { userId: 'asc' }] });
    for (const id of ids) {
      const calls = [changeRole(id, 'viewer'), remove(id), transfer(id)];
      expect(await Promise.all(calls.map(outcomeOf))).toEqual(Array(3).fill('MEMBER_NOT_FOUND'));
    }
    expect(await core.db.prisma.projectMember.findMany({ orderBy: [{ projectId: 'asc' }, { userId: 'asc' }] })).toEqual(before);
  });
});
