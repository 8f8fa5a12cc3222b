import { randomUUID } from 'node:crypto';
import { seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { type ConversationStatus, TRANSITIONS } from './schema.ts';
import { driftOf, seedConversation, seedRequester, startConversation } from './testing.ts';

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

const ofProject = () => ({ projectId: tenant.project.id });
type Change = Omit<Parameters<Caller['conversations']['update']>[0], 'projectId' | 'id'>;
const update = (id: string, change: Change, caller = me) => caller.conversations.update({ ...ofProject(), id, ...change });
const rowOf = (id: string) => core.db.prisma.conversation.findUniqueOrThrow({ where: { id } });
const eventsOf = (conversationId: string) =>
  core.db.prisma.conversationEvent.findMany({ where: { conversationId }, orderBy: { id: 'asc' } });
const audits = () => core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } });
const liveEvents = () => core.db.prisma.liveEvent.count({ where: { projectId: tenant.project.id } });
const TOMORROW = '2026-03-15T09:00:00.000Z';

async function seedIn(status: ConversationStatus): Promise<string> {
  const snoozedUntil = status === 'snoozed' ? new Date('2026-03-20T00:00:00Z') : null;
  const resolvedAt = status === 'resolved' ? new Date('2026-03-13T00:00:00Z') : null;
  return seedConversation(core, tenant, { status, snoozedUntil, resolvedAt, waitingSince: core.clock.now() });
}

/** A person with these roles, in the tenant’s project and organization unless another is named. */
async function seedMember(
  roles: { organization?: 'viewer' | 'developer'; project?: 'viewer' | 'developer' },
  of = tenant,
): Promise<string> {
  const user = { id: randomUUID(), name: 'Bob' };
  await core.db.prisma.user.create({ data: { ...user, email: `${user.id}@example.test` } });
  const { organization, project } = roles;
  if (organization !== undefined)
    await core.db.prisma.organizationMember.create({ data: { orgId: of.organization.id, userId: user.id, role: organization } });
  if (project !== undefined)
    await core.db.prisma.projectMember.create({ data: { projectId: of.project.id, userId: user.id, role: project } });
  return user.id;
}

describe('a status', () => {
  const STATUSES = Object.keys(TRANSITIONS) as ConversationStatus[];
  const PAIRS = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));

  it.each(PAIRS)('from %s to %s', async (from, to) => {
    const id = await seedIn(from);
    const before = await rowOf(id);
    core.clock.advance(60_000);
    const snoozedUntil = to === 'snoozed' ? { snoozedUntil: TOMORROW } : {};
    const change = { status: to, ...snoozedUntil };
    if (!TRANSITIONS[from].includes(to)) {
      expect(await refusalOf(update(id, change))).toMatchObject({
        status: 409,
        code: 'INVALID_STATUS_TRANSITION',
        detail: { allowed: [...TRANSITIONS[from]] },
      });
      expect(await rowOf(id)).toEqual(before);
      expect([await eventsOf(id), await audits(), await liveEvents()]).toEqual([[], [], 0]);
      return;
    }
    const after = await update(id, change);
    const isSame = from === to && to !== 'snoozed';
    const isDone = to === 'resolved' || to === 'closed';
    expect(after).toMatchObject({
      status: to,
      snoozedUntil: to === 'snoozed' ? TOMORROW : null,
      version: isSame ? 1 : 2,
      updatedAt: (isSame ? before.updatedAt : core.clock.now()).toISOString(),
    });
    if (from !== to) {
      expect(after.resolvedAt).toBe(isDone ? (before.resolvedAt ?? core.clock.now()).toISOString() : null);
      expect(after.waitingSince).toBe(isDone || to === 'pending' ? null : before.waitingSince?.toISOString());
    }
    const [actorId, actorName] = [tenant.user.id, tenant.user.name];
    const data = to === 'snoozed' ? { from: before.snoozedUntil?.toISOString() ?? null, to: TOMORROW } : { from, to };
    const event = {
      kind: to === 'snoozed' ? 'snoozed' : 'status_changed',
      actorId,
      actorName,
      data,
      createdAt: core.clock.now(),
    };
    expect(await eventsOf(id)).toMatchObject(isSame ? [] : [event]);
    expect([(await audits()).length, await liveEvents()]).toEqual(isSame ? [0, 0] : [1, 1]);
    expect(await driftOf(core)).toEqual([]);
  });

  it('closed is final, and all else of a closed conversation can be changed', async () => {
    const id = await seedIn('closed');
    expect(await update(id, { tags: ['billing'], priority: 'low', isSpam: true })).toMatchObject({
      status: 'closed',
      tags: ['billing'],
    });
  });
});

describe('a snooze', () => {
  it.each<[string, ConversationStatus, Change, string]>([
    ['without an end', 'open', { status: 'snoozed' }, 'Goes with the status snoozed.'],
    ['that ends now', 'open', { status: 'snoozed', snoozedUntil: '2026-03-14T10:20:30.250Z' }, 'Must lie in the future.'],
    ['that ended', 'snoozed', { snoozedUntil: '2026-03-14T10:00:00Z' }, 'Must lie in the future.'],
    ['without the status', 'open', { snoozedUntil: TOMORROW }, 'Only with the status snoozed.'],
    ['with another status', 'snoozed', { status: 'open', snoozedUntil: TOMORROW }, 'Only with the status snoozed.'],
  ])('%s is refused', async (_what, from, change, message) => {
    const id = await seedIn(from);
    const before = await rowOf(id);
    expect(await refusalOf(update(id, change))).toMatchObject({
      code: 'BAD_REQUEST',
      issues: [{ path: 'snoozedUntil', message }],
    });
    expect(await rowOf(id)).toEqual(before);
  });

  it('can be made longer, in any offset', async () => {
    const id = await seedIn('snoozed');
    expect(await update(id, { snoozedUntil: '2026-03-25T02:00:00+02:00' })).toMatchObject({
      snoozedUntil: '2026-03-25T00:00:00.000Z',
    });
    expect((await eventsOf(id)).map(({ kind, data }) => [kind, data])).toEqual([
      ['snoozed', { from: '2026-03-20T00:00:00.000Z', to: '2026-03-25T00:00:00.000Z' }],
    ]);
  });

  it('leaves a job for its end', async () => {
    const id = await seedIn('open');
    await update(id, { status: 'snoozed', snoozedUntil: TOMORROW });
    const jobs = await core.db.sql.query<{ data: object; start: Date }>(
      `select data, start_after as start from pgboss.job where name = 'conversations.wake' and data ->> 'conversationId' = $1`,
      [id],
    );
    expect(jobs).toEqual([{ data: { conversationId: id }, start: new Date(TOMORROW) }]);
  });
});

describe('an assignee', () => {
  it('can be a member who may reply, of the project or its organization, and nobody again', async () => {
    const id = await seedIn('open');
    const [bob, cyd] = [
      await seedMember({ project: 'developer' }),
      await seedMember({ organization: 'developer', project: 'viewer' }),
    ];
    for (const assigneeId of [bob, cyd, tenant.user.id, null])
      expect(await update(id, { assigneeId })).toMatchObject({ assigneeId });
    expect((await eventsOf(id)).map(({ kind, data }) => [kind, data])).toEqual([
      ['assigned', { from: null, to: bob }],
      ['assigned', { from: bob, to: cyd }],
      ['assigned', { from: cyd, to: tenant.user.id }],
      ['assigned', { from: tenant.user.id, to: null }],
    ]);
  });

  it.each<[string, () => Promise<string>]>([
    ['a viewer', () => seedMember({ organization: 'viewer', project: 'viewer' })],
    ['a stranger', () => seedMember({})],
    ['nobody', async () => randomUUID()],
    ['a member of another organization', async () => (await seedTenant(core)).user.id],
    [
      'a member of another project',
      async () => seedMember({ project: 'developer' }, { ...tenant, project: await seedProject(core, tenant.organization) }),
    ],
  ])('cannot be %s', async (_who, seed) => {
    const id = await seedIn('open');
    const assigneeId = await seed();
    expect(await refusalOf(update(id, { assigneeId, priority: 'high' }))).toEqual({
      status: 400,
      code: 'BAD_REQUEST',
      message: 'The request did not pass validation.',
      issues: [{ path: 'assigneeId', message: 'Must be a member who may reply in conversations.' }],
    });
    expect(await rowOf(id)).toMatchObject({ assigneeId: null, priority: 'normal', version: 1 });
  });

  it('who has left stays until the conversation is given to another', async () => {
    const bob = await seedMember({ project: 'developer' });
    const id = await seedIn('open');
    await update(id, { assigneeId: bob });
    await core.db.prisma.projectMember.deleteMany({ where: { userId: bob } });
    expect(await update(id, { assigneeId: bob, priority: 'high' })).toMatchObject({ assigneeId: bob, priority: 'high' });
  });
});

describe('a change', () => {
  it('of everything at once is one version, one audit entry, one live event, and an event for each', async () => {
    const id = await seedIn('open');
    await core.db.prisma.conversation.update({ where: { id }, data: { subject: 'a secret', tags: ['old'] } });
    const change = {
      status: 'pending',
      priority: 'urgent',
      assigneeId: tenant.user.id,
      tags: ['a', 'b', 'a'],
      subject: 'another secret',
      isSpam: true,
    } as const;
    const after = await update(id, { ...change, tags: [...change.tags], ifVersion: 1 });
    expect(after).toMatchObject({ ...change, tags: ['a', 'b'], version: 2 });
    expect(await me.conversations.get({ ...ofProject(), id })).toEqual(after);
    expect((await eventsOf(id)).map(({ kind, data }) => [kind, data])).toEqual([
      ['status_changed', { from: 'open', to: 'pending' }],
      ['priority_changed', { from: 'normal', to: 'urgent' }],
      ['assigned', { from: null, to: tenant.user.id }],
      ['tags_changed', { from: ['old'], to: ['a', 'b'] }],
      ['marked_spam', { from: false, to: true }],
    ]);
    const entries = await audits();
    expect(entries).toMatchObject([
      {
        action: 'conversation.updated',
        resourceType: 'conversation',
        resourceId: id,
        diff: {
          changed: ['status', 'priority', 'assigneeId', 'isSpam', 'tags', 'subject'],
          status: { from: 'open', to: 'pending' },
        },
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain('secret');
    expect(await liveEvents()).toBe(1);
  });

  it('to what it is already changes nothing, and says so by the same version', async () => {
    const id = await seedIn('snoozed');
    const before = await me.conversations.get({ ...ofProject(), id });
    const { status, priority, assigneeId, tags, subject, isSpam, snoozedUntil } = before;
    const same = { status, priority, assigneeId, tags, subject, isSpam, snoozedUntil: snoozedUntil ?? '' };
    expect(await update(id, same)).toEqual(before);
    expect([await eventsOf(id), await audits(), await liveEvents()]).toEqual([[], [], 0]);
  });

  it.each<[string, Change]>([
    ['nothing', {}],
    ['a version only', { ifVersion: 1 }],
    ['nothing but undefined', { status: undefined } as never],
  ])('of %s is refused', async (_what, change) => {
    expect(await outcomeOf(update(await seedIn('open'), change))).toBe('NO_UPDATES');
  });

  it('is refused when the conversation has moved on', async () => {
    const id = await seedIn('open');
    await update(id, { priority: 'high' });
    expect(await outcomeOf(update(id, { priority: 'low', ifVersion: 1 }))).toBe('PRECONDITION_FAILED');
    expect(await update(id, { priority: 'low', ifVersion: 2 })).toMatchObject({ priority: 'low', version: 3 });
  });

  it('by one of twenty who saw the same version is made once', async () => {
    const id = await seedIn('open');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => outcomeOf(update(id, { tags: [`t${n}`], ifVersion: 1 }))),
    );
    expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'PRECONDITION_FAILED')).toHaveLength(19);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['status', { status: 'spam' }],
    ['priority', { priority: 'highest' }],
    ['assigneeId', { assigneeId: 'me' }],
    ['tags.0', { tags: [''] }],
    ['tags', { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }],
    ['subject', { subject: 'x'.repeat(201) }],
    ['subject', { subject: '  ' }],
    ['snoozedUntil', { snoozedUntil: '9999-12-31T23:59:59-10:00' }],
  ])('with a wrong %s is refused by the field', async (path, change) => {
    expect(await refusalOf(update(await seedIn('open'), change as Change))).toMatchObject({
      code: 'BAD_REQUEST',
      issues: [{ path }],
    });
  });

  it('is for developers', async () => {
    const id = await seedIn('open');
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } });
    expect(await outcomeOf(update(id, { priority: 'high' }))).toBe('FORBIDDEN');
    expect(await outcomeOf(me.conversations.markRead({ ...ofProject(), id }))).toBe('FORBIDDEN');
    expect(await outcomeOf(me.conversations.get({ ...ofProject(), id }))).toBe('admitted');
  });
});

describe('a conversation that the team opens', () => {
  const open = (more: object) =>
    me.conversations.create({ ...ofProject(), requesterId: randomUUID(), body: 'Hello', ...more } as Parameters<
      Caller['conversations']['create']
    >[0]);

  it('is the requester’s, with a first message of the team', async () => {
    const grace = await seedRequester(core, tenant);
    const made = await open({ requesterId: grace.id, subject: 'News', channel: 'email' });
    expect(made).toMatchObject({
      requesterId: grace.id,
      requesterName: grace.name,
      subject: 'News',
      channel: 'email',
      unreadCount: 0,
    });
    expect(await me.conversations.get({ ...ofProject(), id: made.id })).toEqual(made);
    expect(await me.conversations.listMessages({ ...ofProject(), id: made.id })).toMatchObject([
      { authorKind: 'TEAM', body: 'Hello' },
    ]);
    expect(await rowOf(made.id)).toMatchObject({ requesterUnreadCount: 1 });
    expect(await audits()).toMatchObject([{ action: 'conversation.created', resourceId: made.id }]);
  });

  it('is with a requester of the project, about a feature of the project', async () => {
    const [grace, alan] = [await seedRequester(core, tenant), await seedRequester(core, await seedTenant(core))];
    for (const requesterId of [alan.id, randomUUID()]) expect(await outcomeOf(open({ requesterId }))).toBe('REQUESTER_NOT_FOUND');
    const featureId = randomUUID();
    expect(await outcomeOf(open({ requesterId: grace.id, featureId }))).toBe('FEATURE_NOT_FOUND');
    expect(await core.db.prisma.conversation.count({ where: ofProject() })).toBe(0);
  });
});

describe('a deleted conversation', () => {
  it('is gone for everyone, its messages too, and says so', async () => {
    const grace = await seedRequester(core, tenant);
    const { conversationId: id } = await startConversation(core, tenant, grace);
    const live = await liveEvents();
    await me.conversations.remove({ ...ofProject(), id });
    expect(await outcomeOf(me.conversations.get({ ...ofProject(), id }))).toBe('CONVERSATION_NOT_FOUND');
    expect(await outcomeOf(me.conversations.listMessages({ ...ofProject(), id }))).toBe('CONVERSATION_NOT_FOUND');
    expect((await me.conversations.list(ofProject())).items).toEqual([]);
    expect(await outcomeOf(me.conversations.remove({ ...ofProject(), id }))).toBe('CONVERSATION_NOT_FOUND');
    expect(await rowOf(id)).toMatchObject({ deletedAt: core.clock.now(), version: 2 });
    expect(await liveEvents()).toBe(live + 1);
    expect(await audits()).toMatchObject([{ action: 'conversation.deleted', resourceId: id }]);
  });
});
