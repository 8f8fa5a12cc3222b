import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import { addRequesterMessage, openConversation } from './append.ts';
import { ConversationStatus } from './schema.ts';
import { actAs, driftOf, seedConversation, seedRequester, startConversation, type TestRequester, writeAs } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
let grace: TestRequester;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  grace = await seedRequester(core, tenant);
});
afterEach(async () => {
  expect(await driftOf(core)).toEqual([]);
});

const ofProject = () => ({ projectId: tenant.project.id });
const rowOf = (id: string) => core.db.prisma.conversation.findUniqueOrThrow({ where: { id } });
const messagesOf = (conversationId: string) =>
  core.db.prisma.message.findMany({ where: { conversationId }, orderBy: { seq: 'asc' } });
const eventsOf = (conversationId: string) =>
  core.db.prisma.conversationEvent.findMany({ where: { conversationId }, orderBy: { id: 'asc' } });
const noticesOf = (projectId = tenant.project.id) =>
  core.db.prisma.notification.findMany({ where: { projectId }, orderBy: { id: 'asc' } });
const liveEvents = () => core.db.prisma.liveEvent.findMany({ where: { projectId: tenant.project.id }, orderBy: { seq: 'asc' } });
const reply = (id: string, more: { isInternal?: boolean; body?: string } = {}) =>
  me.conversations.reply({ ...ofProject(), id, body: 'We are on it.', ...more });

/** A conversation of Grace’s in any status, with one message of hers that was read and answered. */
async function seedIn(status: ConversationStatus, columns: object = {}): Promise<string> {
  const { conversationId: id } = await startConversation(core, tenant, grace);
  await reply(id);
  await me.conversations.markRead({ ...ofProject(), id });
  const snoozedUntil = status === 'snoozed' ? new Date('2026-03-20T00:00:00Z') : null;
  const resolvedAt = status === 'resolved' ? core.clock.now() : null;
  await core.db.prisma.conversation.update({ where: { id }, data: { status, snoozedUntil, resolvedAt, ...columns } });
  await core.db.script('delete from notification; delete from live_event;');
  return id;
}

describe('a conversation', () => {
  it('begins with the requester’s message, unread, and waits for the team', async () => {
    const featureId = await seedFeature(core, tenant);
    const { conversationId, messageId } = await startConversation(core, tenant, grace, {
      featureId,
      subject: 'Export',
      body: '  It is\n\nbroken.',
    });
    expect(await me.conversations.get({ ...ofProject(), id: conversationId })).toEqual({
      id: conversationId,
      projectId: tenant.project.id,
      featureId,
      requesterId: grace.id,
      requesterName: grace.name,
      requesterEmail: grace.email,
      subject: 'Export',
      status: 'open',
      priority: 'normal',
      channel: 'widget',
      assigneeId: null,
      tags: [],
      aiResolved: false,
      isSpam: false,
      unreadCount: 1,
      lastMessagePreview: 'It is broken.',
      lastMessageAt: '2026-03-14T10:20:30.250Z',
      waitingSince: '2026-03-14T10:20:30.250Z',
      snoozedUntil: null,
      resolvedAt: null,
      previousConversationId: null,
      version: 1,
      createdAt: '2026-03-14T10:20:30.250Z',
      updatedAt: '2026-03-14T10:20:30.250Z',
    });
    expect(await me.conversations.listMessages({ ...ofProject(), id: conversationId })).toEqual([
      {
        id: messageId,
        conversationId,
        authorKind: 'REQUESTER',
        authorId: grace.id,
        authorName: grace.name,
        body: '  It is\n\nbroken.',
        contentType: 'text',
        isInternal: false,
        via: 'widget',
        deliveredAt: '2026-03-14T10:20:30.250Z',
        readAt: null,
        createdAt: '2026-03-14T10:20:30.250Z',
      },
    ]);
    expect(await noticesOf()).toMatchObject([
      {
        type: 'message.received',
        title: `${grace.name} wrote: Export`,
        body: 'It is broken.',
        audience: 'team',
        isPrivate: true,
        conversationId,
        featureId,
        actorKind: 'REQUESTER',
      },
    ]);
    expect(await liveEvents()).toMatchObject([
      { kind: 'notification', isPrivate: true },
      { kind: 'conversation', conversationId, isPrivate: true },
    ]);
  });

  it('that its opener has told of already is told of to the inbox only', async () => {
    await startConversation(core, tenant, grace, { isAnnounced: true });
    expect(await noticesOf()).toEqual([]);
    expect(await liveEvents()).toMatchObject([{ kind: 'conversation' }]);
  });

  it('shows a preview in which no character is cut in two', async () => {
    const { conversationId } = await startConversation(core, tenant, grace, {
      body: `${'x'.repeat(158)}👩‍👩‍👧‍👦${'y'.repeat(50)}`,
    });
    expect((await rowOf(conversationId)).lastMessagePreview).toBe(`${'x'.repeat(158)}…`);
  });
});

describe('a message of the requester', () => {
  it.each(['open', 'pending', 'snoozed', 'resolved'] as const)('makes a conversation that is %s open', async (status) => {
    const id = await seedIn(status);
    const events = (await eventsOf(id)).length;
    core.clock.advance(60_000);
    const now = core.clock.now();
    const { conversationId, messageId } = await writeAs(core, tenant, grace, id);
    expect(conversationId).toBe(id);
    expect(await rowOf(id)).toMatchObject({
      status: 'open',
      snoozedUntil: null,
      resolvedAt: null,
      unreadCount: 1,
      requesterUnreadCount: 1,
      waitingSince: now,
      lastMessageAt: now,
      lastMessagePreview: 'Still broken.',
      updatedAt: now,
    });
    expect((await messagesOf(id)).map(({ id: other, seq }) => [other === messageId, seq])).toEqual([
      [false, 1],
      [false, 2],
      [true, 3],
    ]);
    const changed = { kind: 'status_changed', actorId: grace.id, actorName: grace.name, data: { from: status, to: 'open' } };
    expect((await eventsOf(id)).slice(events)).toMatchObject(status === 'open' ? [] : [changed]);
    expect((await noticesOf()).map(({ type }) => type)).toEqual(['message.received']);
    expect((await liveEvents()).at(-1)).toMatchObject({ kind: 'conversation', conversationId: id, isPrivate: true });
  });

  it('does not move the instant since which they wait', async () => {
    const { conversationId: id } = await startConversation(core, tenant, grace);
    core.clock.advance(60_000);
    await writeAs(core, tenant, grace, id);
    expect(await rowOf(id)).toMatchObject({ unreadCount: 2, waitingSince: new Date('2026-03-14T10:20:30.250Z') });
  });

  it('to a closed conversation opens one that goes on from it, and leaves it as it is', async () => {
    const featureId = await seedFeature(core, tenant);
    const id = await seedIn('closed', { featureId, subject: 'Export', channel: 'chat' });
    const before = await rowOf(id);
    const { conversationId: next } = await writeAs(core, tenant, grace, id);
    expect(next).not.toBe(id);
    expect(await rowOf(id)).toEqual(before);
    expect(await rowOf(next)).toMatchObject({
      previousConversationId: id,
      status: 'open',
      featureId,
      requesterId: grace.id,
      subject: 'Export',
      channel: 'chat',
      messageSeq: 1,
      unreadCount: 1,
      version: 1,
    });
  });

  it('to a closed conversation that has been gone on from goes to the end of the chain', async () => {
    const id = await seedIn('closed');
    const { conversationId: next } = await writeAs(core, tenant, grace, id);
    expect((await writeAs(core, tenant, grace, id)).conversationId).toBe(next);
    await me.conversations.update({ ...ofProject(), id: next, status: 'closed' });
    const { conversationId: third } = await writeAs(core, tenant, grace, id);
    expect(await rowOf(third)).toMatchObject({ previousConversationId: next });
    await me.conversations.remove({ ...ofProject(), id: third });
    expect(await rowOf((await writeAs(core, tenant, grace, id)).conversationId)).toMatchObject({ previousConversationId: next });
  });

  it('sent twice at once to a closed conversation opens one only', async () => {
    const id = await seedIn('closed');
    const opened = await Promise.all(Array.from({ length: 8 }, (_, n) => writeAs(core, tenant, grace, id, `message ${n}`)));
    expect(new Set(opened.map(({ conversationId }) => conversationId)).size).toBe(1);
    expect(await rowOf(opened[0]?.conversationId ?? '')).toMatchObject({ messageSeq: 8, unreadCount: 8 });
  });

  it('goes to no conversation of another requester, of another project, deleted or unknown', async () => {
    const { conversationId: id } = await startConversation(core, tenant, grace);
    const other = await seedTenant(core);
    const deleted = await seedConversation(core, tenant, { requesterId: grace.id, deletedAt: core.clock.now() });
    const foreign = await seedConversation(core, other, { requesterId: (await seedRequester(core, other)).id });
    const alan = await seedRequester(core, tenant);
    for (const [who, where] of [
      [alan, id],
      [grace, deleted],
      [grace, foreign],
      [grace, randomUUID()],
    ] as const)
      expect(await outcomeOf(writeAs(core, tenant, who, where))).toBe('CONVERSATION_NOT_FOUND');
    expect(await core.db.prisma.message.count({ where: { conversation: { projectId: other.project.id } } })).toBe(0);
  });

  it('in a conversation marked as spam is told to nobody but the inbox, and its successor is spam as well', async () => {
    const featureId = await seedFeature(core, tenant, { status: 'COMPLETED' });
    const id = await seedIn('open', { isSpam: true, featureId });
    await writeAs(core, tenant, grace, id);
    await me.conversations.update({ ...ofProject(), id, status: 'closed' });
    const { conversationId: next } = await writeAs(core, tenant, grace, id);
    expect(await rowOf(next)).toMatchObject({ isSpam: true, unreadCount: 1 });
    expect(await noticesOf()).toEqual([]);
    expect(await core.db.prisma.feature.findUniqueOrThrow({ where: { id: featureId } })).toMatchObject({ status: 'COMPLETED' });
  });

  it('is only a requester’s', async () => {
    const { conversationId } = await startConversation(core, tenant, grace);
    const act = await actAs(core, tenant, grace);
    const asTeam = { ...act, author: { kind: 'TEAM' as const, id: tenant.user.id, name: 'Ada' } };
    const sent = core.db.prisma.$transaction((tx) => addRequesterMessage(tx, asTeam, { conversationId, body: 'x' }));
    await expect(sent).rejects.toThrow('by someone else');
  });
});

describe('a completed feature', () => {
  const completed = { status: 'COMPLETED', completionKind: 'SHIPPED' } as const;
  const featureRow = (id: string) => core.db.prisma.feature.findUniqueOrThrow({ where: { id } });

  it.each([
    ['FEATURE', false],
    ['ERROR', true],
  ] as const)('of the category %s is open again when its requester writes, and the team is told', async (category, isPrivate) => {
    const featureId = await seedFeature(core, tenant, { ...completed, category, title: 'Export' });
    const id = await seedIn('resolved', { featureId });
    core.clock.advance(60_000);
    await writeAs(core, tenant, grace, id);
    expect(await featureRow(featureId)).toMatchObject({
      status: 'NEEDS_ACTION',
      completionKind: null,
      closeReason: null,
      duplicateOfId: null,
      version: 2,
      statusChangedAt: core.clock.now(),
      updatedAt: core.clock.now(),
    });
    expect((await noticesOf()).map((notice) => [notice.type, notice.title, notice.audience, notice.isPrivate])).toEqual([
      ['message.received', `${grace.name} wrote`, 'team', true],
      ['feature.reopened', 'Export', 'team', isPrivate],
    ]);
    expect((await liveEvents()).map((event) => [event.kind, event.isPrivate])).toContainEqual(['feature', isPrivate]);
  });

  it('is open again when its requester writes of it for the first time', async () => {
    const featureId = await seedFeature(core, tenant, { status: 'COMPLETED', closeReason: 'DECLINED' });
    await startConversation(core, tenant, grace, { featureId });
    expect(await featureRow(featureId)).toMatchObject({ status: 'NEEDS_ACTION', closeReason: null });
  });

  it('is not opened by the team, and one that is not completed or is deleted is left alone', async () => {
    const done = await seedFeature(core, tenant, completed);
    const id = await seedIn('open', { featureId: done });
    await reply(id);
    await reply(id, { isInternal: true });
    expect(await featureRow(done)).toMatchObject({ ...completed, version: 1 });
    for (const columns of [{ status: 'IN_PROGRESS' as const }, { ...completed, deletedAt: core.clock.now() }]) {
      const featureId = await seedFeature(core, tenant, columns);
      await writeAs(core, tenant, grace, await seedIn('open', { featureId }));
      expect(await featureRow(featureId)).toMatchObject({ ...columns, version: 1 });
    }
  });
});

describe('a reply of the team', () => {
  it.each(ConversationStatus.options)('in a conversation that is %s', async (status) => {
    const id = await seedIn(status);
    await core.db.prisma.conversation.update({ where: { id }, data: { waitingSince: core.clock.now() } });
    const events = (await eventsOf(id)).length;
    const before = await rowOf(id);
    core.clock.advance(60_000);
    if (status === 'closed') {
      expect(await outcomeOf(reply(id))).toBe('CONFLICT');
      expect(await outcomeOf(reply(id, { isInternal: true }))).toBe('CONFLICT');
      expect(await rowOf(id)).toEqual(before);
      return;
    }
    await reply(id);
    expect(await rowOf(id)).toMatchObject({
      status: status === 'snoozed' ? 'open' : status,
      snoozedUntil: null,
      resolvedAt: before.resolvedAt,
      unreadCount: 0,
      requesterUnreadCount: 2,
      waitingSince: null,
      lastMessageAt: core.clock.now(),
      lastMessagePreview: 'We are on it.',
    });
    expect((await eventsOf(id)).slice(events)).toMatchObject(
      status === 'snoozed' ? [{ kind: 'status_changed', actorId: tenant.user.id, data: { from: 'snoozed', to: 'open' } }] : [],
    );
    expect(await noticesOf()).toMatchObject([
      {
        type: 'message.replied',
        title: `${tenant.user.name} replied`,
        body: 'We are on it.',
        audience: 'requesters',
        isPrivate: true,
        conversationId: id,
      },
    ]);
  });

  it('answers with the message as it is', async () => {
    const { conversationId: id } = await startConversation(core, tenant, grace);
    core.clock.advance(1_000);
    expect(await me.conversations.reply({ ...ofProject(), id, body: '  **Soon.** ', contentType: 'markdown' })).toEqual({
      id: expect.any(String),
      conversationId: id,
      authorKind: 'TEAM',
      authorId: tenant.user.id,
      authorName: tenant.user.name,
      body: '**Soon.**',
      contentType: 'markdown',
      isInternal: false,
      via: 'dashboard',
      deliveredAt: null,
      readAt: null,
      createdAt: '2026-03-14T10:20:31.250Z',
    });
  });

  it('to a requester who is gone is kept', async () => {
    const { conversationId: id } = await startConversation(core, tenant, grace);
    await core.db.prisma.requester.delete({ where: { id: grace.id } });
    await reply(id);
    expect(await rowOf(id)).toMatchObject({ messageSeq: 2, requesterId: null });
  });
});

describe('an internal note', () => {
  it.each(['open', 'pending', 'snoozed', 'resolved'] as const)(
    'changes nothing that the requester sees of a %s one',
    async (status) => {
      const waitingSince = new Date('2026-03-14T10:00:00Z');
      const id = await seedIn(status, { waitingSince, unreadCount: 0 });
      const events = (await eventsOf(id)).length;
      const before = await rowOf(id);
      core.clock.advance(60_000);
      const note = await reply(id, { isInternal: true, body: 'A secret thought' });
      expect(note).toMatchObject({ isInternal: true, authorKind: 'TEAM' });
      expect(await rowOf(id)).toEqual({
        ...before,
        messageSeq: before.messageSeq + 1,
        version: before.version + 1,
        updatedAt: core.clock.now(),
      });
      expect((await eventsOf(id)).length).toBe(events);
      expect(await noticesOf()).toEqual([]);
      expect(await liveEvents()).toMatchObject([{ kind: 'conversation', conversationId: id }]);
      expect((await messagesOf(id)).at(-1)).toMatchObject({ id: note.id, isInternal: true });
    },
  );
});

describe('when the clock goes back', () => {
  it('no message is dated before another that precedes it', async () => {
    const { conversationId: id } = await startConversation(core, tenant, grace);
    core.clock.advance(60_000);
    await reply(id, { isInternal: true });
    core.clock.set('2026-03-14T09:00:00Z');
    await reply(id);
    await writeAs(core, tenant, grace, id);
    expect((await messagesOf(id)).map(({ createdAt }) => createdAt.toISOString())).toEqual([
      '2026-03-14T10:20:30.250Z',
      '2026-03-14T10:21:30.250Z',
      '2026-03-14T10:21:30.250Z',
      '2026-03-14T10:21:30.250Z',
    ]);
  });
});

describe('opening for a requester', () => {
  it('by the team begins with a reply', async () => {
    const act = { ...(await actAs(core, tenant, grace)), author: { kind: 'TEAM' as const, id: tenant.user.id, name: 'Ada' } };
    const opening = { requesterId: grace.id, featureId: null, subject: null, channel: 'email' as const, body: 'Hello' };
    const { conversationId } = await core.db.prisma.$transaction((tx) => openConversation(tx, act, opening));
    expect(await rowOf(conversationId)).toMatchObject({
      unreadCount: 0,
      requesterUnreadCount: 1,
      waitingSince: null,
      channel: 'email',
    });
    expect(await noticesOf()).toMatchObject([{ type: 'message.replied', title: 'Ada replied' }]);
  });
});
