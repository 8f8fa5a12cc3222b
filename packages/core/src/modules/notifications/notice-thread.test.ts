import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import { findThread } from '../conversations/reply-address.ts';
import { seedConversation, seedRequester, startConversation, type TestRequester } from '../conversations/testing.ts';
import { subscribe } from './subscriptions.ts';
import { tell } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;
let me: Caller;
let grace: TestRequester;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  t.outbox.length = 0;
  tenant = await seedTenant(t, { plan: 'scale' });
  me = callAsUser(t, tenant.user);
  grace = await seedRequester(t, tenant);
});

const HINT = 'You can answer this e-mail';
const services = () => ({ ...t.core, replyDomain: 'replies.example' });
const ofProject = () => ({ projectId: tenant.project.id });
/** The one e-mail that goes out, and the conversation that its address for answers is of. */
async function sent() {
  await runJobs(services());
  const [mail, ...others] = t.outbox.splice(0);
  if (mail === undefined || others.length > 0) throw new Error(`${mail === undefined ? 0 : 1 + others.length} e-mails`);
  const thread = mail.replyTo === undefined ? null : await findThread(services(), mail.replyTo);
  return { mail, conversationId: thread?.conversationId ?? null, hasHint: mail.text.includes(HINT) };
}
async function askedFor(category: 'FEATURE' | 'ERROR') {
  const featureId = await seedFeature(t, tenant, { category, requesterId: grace.id });
  await subscribe(t.db.prisma, t.core, { featureId, requesterId: grace.id });
  return featureId;
}
const begin = (id: string) => me.backlog.changeStatus({ ...ofProject(), id, status: 'IN_PROGRESS' });

describe('an e-mail can be answered into its recipient’s own conversation', () => {
  it('when it brings a reply', async () => {
    const { conversationId } = await startConversation(t, tenant, grace);
    await me.conversations.reply({ ...ofProject(), id: conversationId, body: 'We are on it.' });
    const { mail, ...told } = await sent();
    expect(told).toEqual({ conversationId, hasHint: true });
    expect(mail.replyTo).toMatch(/^reply-[0-9a-f]{56}@replies\.example$/);
  });

  it.each(['FEATURE', 'ERROR'] as const)('when it tells of a status, by the latest about their %s', async (category) => {
    const featureId = await askedFor(category);
    await startConversation(t, tenant, grace, { featureId });
    t.clock.advance(1_000);
    const { conversationId } = await startConversation(t, tenant, grace, { featureId });
    for (const change of [{ status: 'IN_PROGRESS' }, { status: 'COMPLETED', completionKind: 'SHIPPED' }] as const) {
      await me.backlog.changeStatus({ ...ofProject(), id: featureId, ...change });
      expect(await sent()).toMatchObject({ conversationId, hasHint: true });
    }
  });
});

describe('an e-mail cannot be answered', () => {
  const notAnswered = { conversationId: null, hasHint: false };

  it('by who voted only, though another has a conversation about it', async () => {
    const featureId = await seedFeature(t, tenant, { requesterId: grace.id });
    const voter = await seedRequester(t, tenant);
    await subscribe(t.db.prisma, t.core, { featureId, requesterId: voter.id });
    await startConversation(t, tenant, grace, { featureId });
    await startConversation(t, tenant, voter);
    await begin(featureId);
    expect(await sent()).toMatchObject({ mail: { to: voter.email }, ...notAnswered });
  });

  it('once the conversation about it is deleted', async () => {
    const featureId = await askedFor('FEATURE');
    await seedConversation(t, tenant, { requesterId: grace.id, featureId, deletedAt: t.clock.now() });
    await begin(featureId);
    expect(await sent()).toMatchObject(notAnswered);
  });

  it('when it tells of a comment, which everybody reads, or of an announcement', async () => {
    const featureId = await askedFor('FEATURE');
    await startConversation(t, tenant, grace, { featureId });
    await me.backlog.createComment({ ...ofProject(), id: featureId, body: 'Soon.' });
    expect(await sent()).toMatchObject(notAnswered);
    await tell(t, tenant, { type: 'announcement.sent', audience: 'requesters', recipients: [grace.id], featureId });
    expect(await sent()).toMatchObject(notAnswered);
  });

  it('when the conversation has become another requester’s while it waited', async () => {
    const { conversationId } = await startConversation(t, tenant, grace);
    await me.conversations.reply({ ...ofProject(), id: conversationId, body: 'We are on it.' });
    const other = await seedRequester(t, tenant);
    await t.db.prisma.conversation.update({ where: { id: conversationId }, data: { requesterId: other.id } });
    expect(await sent()).toMatchObject(notAnswered);
  });

  it('where no answers are taken', async () => {
    const { conversationId } = await startConversation(t, tenant, grace);
    await me.conversations.reply({ ...ofProject(), id: conversationId, body: 'We are on it.' });
    await runJobs(t.core);
    expect(t.outbox).toHaveLength(1);
    expect(t.outbox[0]).not.toHaveProperty('replyTo');
    expect(t.outbox[0]?.text).not.toContain(HINT);
  });
});

describe('an address for answers is nobody’s any more', () => {
  const addressOf = async () => {
    const { conversationId } = await startConversation(t, tenant, grace);
    await me.conversations.reply({ ...ofProject(), id: conversationId, body: 'We are on it.' });
    const { mail } = await sent();
    const address = mail.replyTo ?? '';
    expect(await findThread(services(), address)).toEqual({ ...ofProject(), conversationId, requesterId: grace.id });
    return { address, conversationId };
  };

  it.each<[string, (conversationId: string) => Promise<unknown>]>([
    ['the conversation is deleted', (id) => me.conversations.remove({ ...ofProject(), id })],
    ['the requester is erased', () => me.requesters.remove({ ...ofProject(), id: grace.id })],
    [
      'the project is deleted',
      () => t.db.prisma.project.update({ where: { id: tenant.project.id }, data: { deletedAt: t.clock.now() } }),
    ],
    [
      'the conversation is another requester’s',
      async (id) => {
        const { id: requesterId } = await seedRequester(t, tenant);
        return t.db.prisma.conversation.update({ where: { id }, data: { requesterId } });
      },
    ],
    ['the conversation is nobody’s', (id) => t.db.prisma.conversation.update({ where: { id }, data: { requesterId: null } })],
  ])('once %s', async (_when, change) => {
    const { address, conversationId } = await addressOf();
    await change(conversationId);
    expect(await findThread(services(), address)).toBeNull();
  });

  it('at another domain, and is the same in any case', async () => {
    const { address } = await addressOf();
    expect(await findThread(services(), address.toUpperCase())).not.toBeNull();
    const [local = ''] = address.split('@');
    for (const other of [`${local}@example.com`, `${local}@`, local, `@${local}`, `${local}@replies.example.com`, ''])
      expect(await findThread(services(), other)).toBeNull();
    expect(await findThread(t.core, address)).toBeNull();
  });
});
