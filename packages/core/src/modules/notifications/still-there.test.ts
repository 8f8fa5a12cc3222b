import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { addRequesterMessage, openConversation } from '../conversations/append.ts';
import { actAs } from '../conversations/testing.ts';
import { mailNotice } from './mail-notice.ts';
import { markRequesterRead, requesterFeed } from './requester-feed.ts';
import { actIn, seedRequester } from './testing.ts';

// What was deleted or edited is gone, or is other words, wherever it was told.

let t: TestCore;
let tenant: TestTenant;
let me: Caller;
let ada: { id: string; name: string };
let id: string;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(t);
  me = callAsUser(t, tenant.user);
  ada = { id: await seedRequester(t, tenant, { externalId: 'ada', email: 'ada@example.test', name: 'Ada' }), name: 'Ada' };
  ({ id } = await me.backlog.create({ ...ofProject(), title: 'Dark mode', requester: { externalId: 'ada' } }));
  await runJobs(t.core);
  t.outbox.length = 0;
});

const SECRET = 'password is hunter2';
const ofProject = () => ({ projectId: tenant.project.id });
const comment = async () => (await me.backlog.createComment({ ...ofProject(), id, body: SECRET })).id;
const feed = async () => (await me.notifications.list(ofProject())).items;
const theirs = async () => (await requesterFeed(actIn(t, tenant), ada.id, { limit: 25 })).items;
/** Everything that is told anybody, and what is mailed once all is sent. */
async function everywhere(): Promise<string> {
  const told = JSON.stringify([await feed(), await theirs()]);
  await runJobs(t.core);
  return told + JSON.stringify(t.outbox);
}
/** Runs what adds the e-mails, and not what sends them: as if the server took none for a while. */
async function addMails(): Promise<void> {
  const before = t.outbox.length;
  await runJobs(t.core, { jobs: [mailNotice] });
  expect(t.outbox).toHaveLength(before);
}
const unread = async () => ({
  team: (await me.notifications.unreadCount(ofProject())).unreadCount,
  ada: (await requesterFeed(actIn(t, tenant), ada.id, { limit: 1 })).unreadCount,
});

describe('an edited comment', () => {
  it.each([
    ['before its e-mails are added', async () => {}],
    ['while its e-mails wait', addMails],
  ])('%s says the new words in both feeds and in the e-mail', async (_when, wait) => {
    const commentId = await comment();
    await wait();
    await me.backlog.editComment({ ...ofProject(), id, commentId, body: 'Planned  for May.' });
    expect((await feed())[0]).toMatchObject({ type: 'comment.created', body: 'Planned for May.', commentId });
    expect((await theirs())[0]).toMatchObject({ type: 'comment.created', body: 'Planned for May.' });
    expect(await everywhere()).not.toContain('hunter2');
    expect(t.outbox.map(({ to, text }) => [to, text.includes('Planned for May.')])).toEqual([['ada@example.test', true]]);
  });
});

describe.each<[string, () => Promise<() => Promise<unknown>>]>([
  [
    'a deleted comment',
    async () => {
      const commentId = await comment();
      return () => me.backlog.removeComment({ ...ofProject(), id, commentId });
    },
  ],
  [
    'a deleted comment of which the row is gone too',
    async () => {
      const commentId = await comment();
      return async () => {
        await me.backlog.removeComment({ ...ofProject(), id, commentId });
        await t.db.prisma.comment.delete({ where: { id: commentId } });
      };
    },
  ],
  [
    'a deleted feature',
    async () => {
      await comment();
      await me.backlog.changeStatus({ ...ofProject(), id, status: 'COMPLETED', notifyText: SECRET });
      return () => me.backlog.remove({ ...ofProject(), id });
    },
  ],
  [
    'a deleted conversation',
    async () => {
      const act = await actAs(t, tenant, ada);
      const about = { requesterId: ada.id, featureId: null, subject: SECRET, channel: 'widget' as const, body: SECRET };
      const { conversationId } = await t.db.prisma.$transaction((tx) => openConversation(tx, act, about));
      await t.db.prisma.$transaction((tx) => addRequesterMessage(tx, act, { conversationId, body: SECRET }));
      await me.conversations.reply({ ...ofProject(), id: conversationId, body: SECRET });
      return () => me.conversations.remove({ ...ofProject(), id: conversationId });
    },
  ],
])('%s', (_what, seed) => {
  it.each([
    ['before', async () => {}],
    ['while', addMails],
  ])('is in no feed, counts for nobody and is not mailed, when it goes %s its e-mails wait', async (_when, wait) => {
    const before = await unread();
    const remove = await seed();
    expect(JSON.stringify([await feed(), await theirs()])).toContain('hunter2');
    await wait();
    await remove();
    expect(await everywhere()).not.toContain('hunter2');
    expect(t.outbox).toEqual([]);
    const after = await unread();
    expect([after.ada, after.team <= before.team]).toEqual([0, true]);
    expect(await markRequesterRead(actIn(t, tenant), ada.id)).toEqual({ unreadCount: 0 });
  });
});

it('a message about a deleted feature stays: its conversation is there', async () => {
  const act = await actAs(t, tenant, ada);
  const about = { requesterId: ada.id, featureId: id, subject: null, channel: 'widget' as const, body: 'Hello' };
  await t.db.prisma.$transaction((tx) => openConversation(tx, act, about));
  await me.backlog.remove({ ...ofProject(), id });
  expect((await feed()).map(({ type }) => type)).toEqual(['message.received']);
});
