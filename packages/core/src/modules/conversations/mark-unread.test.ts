import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { driftOf, seedRequester, startConversation, type TestRequester, writeAs } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
let grace: TestRequester;
let id: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  grace = await seedRequester(core, tenant);
  ({ conversationId: id } = await startConversation(core, tenant, grace));
});
afterEach(async () => {
  expect(await driftOf(core)).toEqual([]);
});
const ref = () => ({ projectId: tenant.project.id, id });
const rowOf = () => core.db.prisma.conversation.findUniqueOrThrow({ where: { id } });
const readTimes = async () =>
  (await core.db.prisma.message.findMany({ where: { conversationId: id }, orderBy: { seq: 'asc' } })).map(({ readAt }) => readAt);

it('the last message of the requester is unread again, whatever the team has said since, and can be read again', async () => {
  await writeAs(core, tenant, grace, id);
  await me.conversations.reply({ ...ref(), body: 'An answer' });
  await me.conversations.reply({ ...ref(), body: 'A note', isInternal: true });
  await me.conversations.markRead(ref());
  const readAt = core.clock.now();
  core.clock.advance(1_000);
  const before = await rowOf();
  const live = await core.db.prisma.liveEvent.count();

  expect(await me.conversations.markUnread(ref())).toEqual({ unreadCount: 1 });
  expect(await rowOf()).toEqual({ ...before, unreadCount: 1, version: before.version + 1, updatedAt: core.clock.now() });
  expect(await readTimes()).toEqual([readAt, null, null, null]);
  expect(await core.db.prisma.liveEvent.count()).toBe(live + 1);
  expect(await me.conversations.counts({ projectId: tenant.project.id })).toMatchObject({ unread: 1 });

  expect(await me.conversations.markRead(ref())).toEqual({ unreadCount: 0 });
  expect(await readTimes()).toEqual([readAt, core.clock.now(), null, null]);
});

it('what is unread already stays as it is: nothing changes, nobody is told', async () => {
  await writeAs(core, tenant, grace, id);
  const [before, live] = [await rowOf(), await core.db.prisma.liveEvent.count()];
  expect(await me.conversations.markUnread(ref())).toEqual({ unreadCount: 2 });
  expect([await rowOf(), await core.db.prisma.liveEvent.count()]).toEqual([before, live]);
});

it('a conversation in which the requester has said nothing has nothing to be unread', async () => {
  const opened = await me.conversations.create({ projectId: tenant.project.id, requesterId: grace.id, body: 'Hello from us' });
  expect(await me.conversations.markUnread({ ...ref(), id: opened.id })).toEqual({ unreadCount: 0 });
});

it('leaves an audit entry', async () => {
  await me.conversations.markRead(ref());
  await me.conversations.markUnread(ref());
  expect(
    await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id }, orderBy: { id: 'asc' } }),
  ).toMatchObject([{ action: 'conversation.read' }, { action: 'conversation.unread', resourceId: id }]);
});
