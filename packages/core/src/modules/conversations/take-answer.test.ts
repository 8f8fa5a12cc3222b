import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import { chargeThread } from '../widget/visitor-rate.ts';
import type { FoundThread } from './reply-address.ts';
import { takeAnswer } from './take-answer.ts';
import { driftOf, seedRequester, startConversation, type TestRequester } from './testing.ts';

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
  tenant = await seedTenant(core, { plan: 'scale' });
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
const noticesOf = (type: string) => core.db.prisma.notification.findMany({ where: { ...ofProject(), type } });

/** A conversation of Grace’s that was answered and read. */
async function answered(columns: object = {}, featureId: string | null = null): Promise<FoundThread> {
  const { conversationId } = await startConversation(core, tenant, grace, { featureId });
  await me.conversations.reply({ ...ofProject(), id: conversationId, body: 'We are on it.' });
  await me.conversations.markRead({ ...ofProject(), id: conversationId });
  await core.db.prisma.conversation.update({ where: { id: conversationId }, data: columns });
  await core.db.script('delete from notification; delete from live_event;');
  return { ...ofProject(), conversationId, requesterId: grace.id };
}
const take = (thread: FoundThread, text = 'Thank you!', identity = '<1@mail.example>') =>
  takeAnswer(core.core, thread, { text, identity });

describe('an answer by e-mail', () => {
  it('is the requester’s message, by the name that is known here, and said to have come by e-mail', async () => {
    const thread = await answered();
    await core.db.prisma.requester.update({ where: { id: grace.id }, data: { lastSeenAt: core.clock.now() } });
    core.clock.advance(60_000);
    expect(await take(thread, '\n  Thank you!\nIt works.  \n')).toBe('stored');
    const messages: any = await me.conversations.listMessages({ ...ofProject(), id: thread.conversationId });
    expect(messages.at(-1)).toMatchObject({
      authorKind: 'REQUESTER',
      authorId: grace.id,
      authorName: grace.name,
      body: 'Thank you!\nIt works.',
      contentType: 'text',
      isInternal: false,
      via: 'email',
      deliveredAt: '2026-03-14T10:21:30.250Z',
    });
    expect(await core.db.prisma.requester.findUniqueOrThrow({ where: { id: grace.id } })).toMatchObject({
      lastSeenAt: core.clock.now(),
    });
  });

  it('of who has no name is a visitor’s', async () => {
    const thread = await answered();
    await core.db.prisma.requester.update({ where: { id: grace.id }, data: { name: null } });
    await take(thread);
    expect((await messagesOf(thread.conversationId)).at(-1)).toMatchObject({ authorName: 'Visitor' });
  });

  it.each(['pending', 'snoozed', 'resolved'] as const)('opens a conversation that was %s, and tells the team', async (status) => {
    const thread = await answered({ status, ...(status === 'snoozed' && { snoozedUntil: new Date('2026-03-20T00:00:00Z') }) });
    expect(await take(thread)).toBe('stored');
    expect(await rowOf(thread.conversationId)).toMatchObject({
      status: 'open',
      unreadCount: 1,
      waitingSince: core.clock.now(),
      lastMessagePreview: 'Thank you!',
    });
    expect(await noticesOf('message.received')).toMatchObject([
      { title: `${grace.name} wrote`, body: 'Thank you!', audience: 'team', isPrivate: true, actorId: grace.id },
    ]);
    expect(await core.db.prisma.liveEvent.findMany({ where: ofProject(), orderBy: { seq: 'asc' } })).toMatchObject([
      { kind: 'notification', isPrivate: true },
      { kind: 'conversation', conversationId: thread.conversationId, isPrivate: true },
    ]);
  });

  it('about a completed feature opens that again', async () => {
    const featureId = await seedFeature(core, tenant, { status: 'COMPLETED', completionKind: 'SHIPPED', requesterId: grace.id });
    const thread = await answered({}, featureId);
    await core.db.prisma.feature.update({ where: { id: featureId }, data: { status: 'COMPLETED' } });
    await take(thread);
    expect(await core.db.prisma.feature.findUniqueOrThrow({ where: { id: featureId } })).toMatchObject({
      status: 'NEEDS_ACTION',
    });
  });

  it('to a closed conversation goes to the one that goes on from it', async () => {
    const thread = await answered({ status: 'closed' });
    expect(await take(thread)).toBe('stored');
    const next = await core.db.prisma.conversation.findFirstOrThrow({ where: { previousConversationId: thread.conversationId } });
    expect(next).toMatchObject({ requesterId: grace.id, status: 'open', unreadCount: 1 });
    expect(await take(thread, 'And more.', '<2@mail.example>')).toBe('stored');
    expect((await messagesOf(next.id)).map(({ body, via }) => [body, via])).toEqual([
      ['Thank you!', 'email'],
      ['And more.', 'email'],
    ]);
  });

  it('of spam is kept, and nobody is told', async () => {
    const thread = await answered({ isSpam: true });
    expect(await take(thread)).toBe('stored');
    expect(await noticesOf('message.received')).toEqual([]);
  });
});

describe('the same e-mail', () => {
  it.each([1, 8])('is there once, however often it comes, %i at a time', async (atOnce) => {
    const thread = await answered();
    const outcomes = [];
    for (let n = 0; n < 8; n += atOnce) outcomes.push(...(await Promise.all(Array.from({ length: atOnce }, () => take(thread)))));
    expect(outcomes.toSorted()).toEqual([...Array(7).fill('repeated'), 'stored']);
    expect(await messagesOf(thread.conversationId)).toHaveLength(3);
    expect(await noticesOf('message.received')).toHaveLength(1);
  });

  it('is there once though its conversation was closed in between, before or after it came', async () => {
    const close = (id: string) => core.db.prisma.conversation.update({ where: { id }, data: { status: 'closed' } });
    const thread = await answered();
    expect(await take(thread)).toBe('stored');
    await close(thread.conversationId);
    expect(await take(thread)).toBe('repeated');
    expect(await take(thread, 'More', '<2@mail.example>')).toBe('stored');
    const next = await core.db.prisma.conversation.findFirstOrThrow({ where: { previousConversationId: thread.conversationId } });
    await close(next.id);
    expect(await take(thread, 'More', '<2@mail.example>')).toBe('repeated');
    expect(await core.db.prisma.message.count({ where: { conversation: ofProject(), via: 'email' } })).toBe(2);
  });

  it('in another conversation is another message', async () => {
    const [one, other] = [await answered(), await answered()];
    expect([await take(one), await take(other)]).toEqual(['stored', 'stored']);
  });
});

describe('what is no message', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t\u00a0 \n'],
    ['what cannot be seen', '\u200b\ufeff\u200d\u0301\0'],
  ])('adds nothing: %s', async (_what, text) => {
    const thread = await answered();
    expect(await take(thread, text)).toBe('empty');
    expect(await messagesOf(thread.conversationId)).toHaveLength(2);
  });

  it('is 20,001 characters, and nothing of them is kept', async () => {
    const thread = await answered();
    expect(await take(thread, 'a'.repeat(20_001))).toBe('too_long');
    expect(await messagesOf(thread.conversationId)).toHaveLength(2);
    expect(await take(thread, ` ${'a'.repeat(20_000)} `)).toBe('stored');
    expect(await take(thread, '👍', '<2@mail.example>')).toBe('stored');
  });
});

it('what the database cannot hold is left out, and an address by which others could write', async () => {
  const thread = await answered();
  const address = `reply-${'0a'.repeat(28)}`;
  expect(await take(thread, `a\0b \ud83d c <${address}@replies.example>`)).toBe('stored');
  expect((await messagesOf(thread.conversationId)).at(-1)?.body).toBe('ab \ufffd c <reply-…@replies.example>');
});

describe('nothing is added', () => {
  it.each<[string, (thread: FoundThread) => Promise<unknown>]>([
    ['the requester was erased', () => me.requesters.remove({ ...ofProject(), id: grace.id })],
    ['the conversation was deleted', ({ conversationId: id }) => me.conversations.remove({ ...ofProject(), id })],
    [
      'the conversation was handed to another requester',
      async ({ conversationId: id }) => {
        const other = await seedRequester(core, tenant);
        return core.db.prisma.conversation.update({ where: { id }, data: { requesterId: other.id } });
      },
    ],
  ])('when %s since the address was looked up', async (_what, change) => {
    const thread = await answered();
    await change(thread);
    expect(await outcomeOf(take(thread))).toBe('CONVERSATION_NOT_FOUND');
    expect(await core.db.prisma.message.count({ where: { conversation: ofProject(), via: 'email' } })).toBe(0);
  });
});

it('a conversation gets 30 e-mails a minute, whatever others get', async () => {
  const charge = (id: string) => outcomeOf(chargeThread(core.core, id));
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  for (let n = 0; n < 30; n++) expect(await charge(one)).toBe('admitted');
  expect([await charge(one), await charge(other)]).toEqual(['RATE_LIMITED', 'admitted']);
  core.clock.advance(60_000);
  expect(await charge(one)).toBe('admitted');
});
