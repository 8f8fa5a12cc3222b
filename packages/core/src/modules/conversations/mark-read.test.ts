import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { markReadByRequester } from './mark-read.ts';
import { COUNTED_TO } from './schema.ts';
import {
  actAs,
  conversationRow,
  driftOf,
  seedConversation,
  seedRequester,
  startConversation,
  type TestRequester,
  writeAs,
} from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
let grace: TestRequester;
let id: string;
let first: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  grace = await seedRequester(core, tenant);
  ({ conversationId: id, messageId: first } = await startConversation(core, tenant, grace));
});
const rowOf = (conversationId = id) => core.db.prisma.conversation.findUniqueOrThrow({ where: { id: conversationId } });
const mark = (upToMessageId?: string) =>
  me.conversations.markRead({ projectId: tenant.project.id, id, ...(upToMessageId !== undefined && { upToMessageId }) });
const markByGrace = async (upToMessageId?: string, as: TestRequester = grace) => {
  const act = await actAs(core, tenant, as);
  return core.db.prisma.$transaction((tx) => markReadByRequester(tx, act, { conversationId: id, upToMessageId }));
};
const reply = (isInternal = false) => me.conversations.reply({ projectId: tenant.project.id, id, body: 'An answer', isInternal });
const readTimes = async () =>
  (await core.db.prisma.message.findMany({ where: { conversationId: id }, orderBy: { seq: 'asc' } })).map(({ readAt }) => readAt);

describe('what the requester wrote', () => {
  afterEach(async () => {
    expect(await driftOf(core)).toEqual([]);
  });

  it('is marked as read for the whole team, what the team wrote is not', async () => {
    await reply();
    await writeAs(core, tenant, grace, id);
    core.clock.advance(1_000);
    const before = await rowOf();
    expect(await mark()).toEqual({ unreadCount: 0 });
    expect(await rowOf()).toEqual({ ...before, unreadCount: 0, version: before.version + 1, updatedAt: core.clock.now() });
    expect(await readTimes()).toEqual([core.clock.now(), null, core.clock.now()]);
  });

  it('after the message that was seen stays unread, and what was read before keeps its time', async () => {
    const { messageId: second } = await writeAs(core, tenant, grace, id);
    await writeAs(core, tenant, grace, id);
    const early = core.clock.now();
    expect(await mark(first)).toEqual({ unreadCount: 2 });
    core.clock.advance(1_000);
    expect(await mark(second)).toEqual({ unreadCount: 1 });
    expect(await mark(first)).toEqual({ unreadCount: 1 });
    expect(await readTimes()).toEqual([early, core.clock.now(), null]);
  });

  it('up to a message of the team, which came after it, is read', async () => {
    const { id: answer } = await reply();
    expect(await mark(answer)).toEqual({ unreadCount: 0 });
  });

  it('is not marked twice: nothing changes, nobody is told', async () => {
    await mark();
    const [before, live] = [await rowOf(), await core.db.prisma.liveEvent.count()];
    expect(await mark()).toEqual({ unreadCount: 0 });
    expect([await rowOf(), await core.db.prisma.liveEvent.count()]).toEqual([before, live]);
    expect(await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } })).toMatchObject([
      { action: 'conversation.read', resourceId: id },
    ]);
  });

  it('stays unread up to a message that is none of the conversation’s', async () => {
    const other = await startConversation(core, tenant, grace);
    const refusals = await Promise.all([other.messageId, randomUUID()].map((message) => refusalOf(mark(message))));
    const issues = [{ path: 'upToMessageId', message: 'Is no message of this conversation.' }];
    expect(refusals[0]).toMatchObject({ code: 'BAD_REQUEST', issues });
    expect(refusals[1]).toEqual(refusals[0]);
    expect(await rowOf()).toMatchObject({ unreadCount: 1 });
  });
});

describe('what the team wrote', () => {
  it('is marked as read by its requester, internal notes aside', async () => {
    const { id: answer } = await reply();
    await reply(true);
    await reply();
    core.clock.advance(1_000);
    expect(await markByGrace(answer)).toEqual({ unreadCount: 1 });
    expect(await markByGrace()).toEqual({ unreadCount: 0 });
    expect(await readTimes()).toEqual([null, core.clock.now(), null, core.clock.now()]);
    expect(await rowOf()).toMatchObject({ unreadCount: 1, requesterUnreadCount: 0 });
    expect(await driftOf(core)).toEqual([]);
  });

  it('is not marked by another requester', async () => {
    await reply();
    expect(await outcomeOf(markByGrace(undefined, await seedRequester(core, tenant)))).toBe('CONVERSATION_NOT_FOUND');
    expect(await rowOf()).toMatchObject({ requesterUnreadCount: 1 });
  });
});

describe('the figures of the inbox', () => {
  const counts = () => me.conversations.counts({ projectId: tenant.project.id });

  it('count each what they say, in this project, spam and deleted ones aside', async () => {
    await core.db.prisma.conversation.deleteMany();
    const at = core.clock.now();
    const mine = { assigneeId: tenant.user.id };
    const rows = [
      { unreadCount: 2 },
      { ...mine, unreadCount: 1 },
      { ...mine, status: 'pending' as const },
      { status: 'snoozed' as const, snoozedUntil: at },
      { ...mine, status: 'resolved' as const, unreadCount: 1 },
      { status: 'closed' as const },
      { isSpam: true, unreadCount: 1 },
      { deletedAt: at, unreadCount: 1 },
    ];
    for (const columns of rows) await seedConversation(core, tenant, columns);
    const other = await seedTenant(core);
    await seedConversation(core, other, { unreadCount: 1 });
    expect(await counts()).toEqual({ open: 2, unread: 3, mine: 2, unassigned: 2, snoozed: 1 });
  });

  it('stop at a thousand', async () => {
    const rows = Array.from({ length: COUNTED_TO + 20 }, () => conversationRow(core, tenant));
    await core.db.prisma.conversation.createMany({ data: rows });
    expect(await counts()).toMatchObject({ open: COUNTED_TO, unassigned: COUNTED_TO, unread: 1, mine: 0 });
  });
});
