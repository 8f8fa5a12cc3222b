import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { backlogDriftOf, conversationDriftOf, identityToken, seedIdentitySecret, weightDriftOf } from '@reqbase/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, type TestInstallation } from '../testing.ts';
import { browse, CATEGORY_SUBMISSIONS, configure } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let team: ReturnType<typeof projectApi>;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.advance(60_000);
  tenant = await seedTenant(installation);
  const scopes = ['backlog:read', 'status:write', 'features:delete', 'comments:write', 'comments:delete', 'conversations:write'];
  team = projectApi(installation, tenant, await seedKey(installation, tenant, { scopes }));
});
afterEach(async () => {
  expect(await backlogDriftOf(installation)).toEqual([]);
  expect(await conversationDriftOf(installation)).toEqual([]);
  expect(await weightDriftOf(installation)).toEqual([]);
});

const browser = (options: Parameters<typeof browse>[2] = {}) => browse(installation, tenant.project.slug, options);
type Visitor = ReturnType<typeof browser>;
const submit = async (visitor: Visitor, body: object): Promise<any> => {
  // An address may write 30 times a minute.
  installation.clock.advance(2_500);
  return (await visitor.post('/submit', body)).body.data.request;
};
const ask = (visitor: Visitor, title: string) => submit(visitor, { category: 'FEATURE', title });
const itemsOf = async (visitor: Visitor, path: string): Promise<any[]> => (await visitor.get(path)).body.data.items;
const titles = async (visitor: Visitor, path: string) => (await itemsOf(visitor, path)).map(({ title }) => title);

describe('the public list', () => {
  it('has the open and the done of all, most wanted first, and says what is the visitor’s', async () => {
    const [ann, bob] = [browser(), browser()];
    const dark = await ask(ann, 'Dark mode');
    await ask(bob, 'Export');
    await submit(bob, CATEGORY_SUBMISSIONS.ERROR);
    await bob.post(`/features/${dark.id}/vote`);
    expect(await itemsOf(bob, '/features')).toMatchObject([
      { title: 'Dark mode', voteCount: 2, hasVoted: true, isMine: false },
      { title: 'Export', voteCount: 1, hasVoted: true, isMine: true },
    ]);
    expect(await itemsOf(browser({ id: null }), '/features')).toMatchObject([
      { title: 'Dark mode', hasVoted: false, isMine: false },
      { title: 'Export', hasVoted: false, isMine: false },
    ]);
    expect(await titles(ann, '/features?sort=createdAt')).toEqual(['Export', 'Dark mode']);
    await team.delete(`/features/${dark.id}`);
    expect(await titles(ann, '/features')).toEqual(['Export']);
    expect(await titles(ann, '/mine')).toEqual([]);
    expect((await ann.get(`/features/${dark.id}`)).status).toBe(404);
  });

  it('goes on page by page without a gap or a repetition, and a cursor is of its list', async () => {
    const visitor = browser();
    for (let n = 0; n < 7; n++) await ask(browser(), `Request ${n}`);
    for (const path of ['/features?limit=3', '/features?limit=3&sort=createdAt', '/features?limit=3&q=request']) {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { data }: { data: any } = (await visitor.get(`${path}${cursor && `&cursor=${cursor}`}`)).body;
        seen.push(...data.items.map(({ title }: { title: string }) => title));
        cursor = data.nextCursor;
      }
      expect([...seen].sort()).toEqual(Array.from({ length: 7 }, (_, n) => `Request ${n}`));
    }
    const { nextCursor } = (await visitor.get('/features?limit=3')).body.data;
    for (const path of ['/features?sort=createdAt', '/features?q=x', '/mine']) {
      const answer = await browser({ id: (await submitted()).id }).get(
        `${path}${path.includes('?') ? '&' : '?'}cursor=${nextCursor}`,
      );
      expect(answer.body.error.code).toBe('INVALID_CURSOR');
    }
  });
  const submitted = async () => {
    const visitor = browser();
    await ask(visitor, 'Something');
    return visitor;
  };

  it('asked for what is similar, has the open ones that share most words', async () => {
    for (const title of ['Dark mode for the app', 'A mode for printing', 'Export invoices']) await ask(browser(), title);
    const done = await ask(browser(), 'Dark mode everywhere');
    await team.patch(`/features/${done.id}`, { status: 'COMPLETED' });
    await submit(browser(), { category: 'FEEDBACK', rating: 1, text: 'dark mode is missing' });
    const similar = (text: string) => titles(browser(), `/features?similar=${encodeURIComponent(text)}`);
    expect(await similar('please add a DARK mode!')).toEqual(['Dark mode for the app', 'A mode for printing']);
    expect(await similar('invoice')).toEqual(['Export invoices']);
    expect(await similar('a ; \' " : * | & !')).toEqual([]);
    expect(await similar('')).toEqual([]);
  });
});

describe('a vote', () => {
  it('counts once, tells its requester of what becomes of it, and can be taken back', async () => {
    const secret = await seedIdentitySecret(installation, tenant);
    const { id } = await ask(browser(), 'Dark mode');
    const token = identityToken(installation, tenant, secret, { sub: 'u1', traits: { amount: 500, interval: 'month' } });
    const bob = browser({ token });
    for (const _ of [1, 2]) expect((await bob.post(`/features/${id}/vote`)).body.data).toEqual({ voteCount: 2, hasVoted: true });
    expect(await installation.db.prisma.feature.findUnique({ where: { id } })).toMatchObject({ revenueWeight: 500 });
    await team.patch(`/features/${id}`, { status: 'IN_PROGRESS' });
    expect(await itemsOf(bob, '/notifications')).toMatchObject([
      { type: 'feature.status_changed', featureId: id, isRead: false },
    ]);
    for (const _ of [1, 2])
      expect((await bob.delete(`/features/${id}/vote`)).body.data).toEqual({ voteCount: 1, hasVoted: false });
    expect(await installation.db.prisma.feature.findUnique({ where: { id } })).toMatchObject({ revenueWeight: 0 });
    await team.patch(`/features/${id}`, { status: 'COMPLETED' });
    expect(await itemsOf(bob, '/notifications')).toHaveLength(1);
    expect((await bob.post(`/features/${id}/vote`)).body.error.code).toBe('CONFLICT');
  });
});

describe('a conversation', () => {
  it('is answered by the team, read, and gone on with, and its notes stay with the team', async () => {
    const visitor = browser();
    const { conversationId } = await submit(visitor, CATEGORY_SUBMISSIONS.OTHER);
    const key = await seedKey(installation, tenant, { scopes: ['conversations:read', 'conversations:write'] });
    const inbox = projectApi(installation, tenant, key);
    await inbox.post(`/conversations/${conversationId}/messages`, { body: 'A secret thought', isInternal: true });
    await inbox.post(`/conversations/${conversationId}/messages`, { body: '<b>Like this</b>' });
    expect(await itemsOf(visitor, '/conversations')).toMatchObject([
      { id: conversationId, unreadCount: 1, lastMessage: '<b>Like this</b>', state: 'open' },
    ]);
    const messages = await itemsOf(visitor, `/conversations/${conversationId}/messages`);
    expect(messages).toMatchObject([
      { author: 'you' },
      { author: 'team', body: '<b>Like this</b>', authorName: tenant.user.name },
    ]);
    expect(await itemsOf(visitor, `/conversations/${conversationId}/messages?after=${messages[0]?.seq}`)).toEqual([messages[1]]);
    expect((await visitor.get('/notifications')).body.data).toMatchObject({
      unreadCount: 1,
      items: [{ type: 'message.replied', conversationId }],
    });
    expect((await visitor.post(`/conversations/${conversationId}/read`)).body.data).toEqual({ unreadCount: 0 });
    expect((await visitor.post('/notifications/read')).body.data).toEqual({ unreadCount: 0 });

    await installation.db.prisma.conversation.update({ where: { id: conversationId }, data: { status: 'resolved' } });
    const key1 = { 'idempotency-key': 'r1' };
    const written = await visitor.post(`/conversations/${conversationId}/messages`, { body: ' Thanks ' }, key1);
    expect(written).toMatchObject({
      status: 201,
      body: { data: { conversationId, message: { author: 'you', body: 'Thanks' } } },
    });
    expect((await visitor.post(`/conversations/${conversationId}/messages`, { body: ' Thanks ' }, key1)).body).toEqual(
      written.body,
    );
    expect(await itemsOf(visitor, `/conversations/${conversationId}/messages`)).toHaveLength(3);
    expect(await installation.db.prisma.conversation.findUnique({ where: { id: conversationId } })).toMatchObject({
      status: 'open',
      unreadCount: 2,
    });
  });

  it('that is closed is gone on with in another', async () => {
    const visitor = browser();
    const { conversationId } = await submit(visitor, CATEGORY_SUBMISSIONS.OTHER);
    await installation.db.prisma.conversation.update({ where: { id: conversationId }, data: { status: 'closed' } });
    expect(await itemsOf(visitor, '/conversations')).toMatchObject([{ state: 'closed' }]);
    const { body } = await visitor.post(`/conversations/${conversationId}/messages`, { body: 'Still' });
    expect(body.data.conversationId).not.toBe(conversationId);
    expect(await itemsOf(visitor, '/conversations')).toHaveLength(2);
  });

  it('about a request of their own is opened when they first write, and once', async () => {
    const visitor = browser();
    const { id } = await ask(visitor, 'Dark mode');
    const opened = await Promise.all(['a', 'b', 'c'].map((body) => visitor.post('/conversations', { featureId: id, body })));
    const ids = opened.map(({ status, body }) => [status, body.data.conversationId]);
    expect(new Set(ids.map(String)).size).toBe(1);
    expect(ids[0]?.[0]).toBe(201);
    expect(await itemsOf(visitor, '/mine')).toMatchObject([{ id, conversationId: ids[0]?.[1] }]);
    await team.patch(`/features/${id}`, { status: 'COMPLETED' });
    await visitor.post('/conversations', { featureId: id, body: 'Not quite' });
    expect(await installation.db.prisma.feature.findUnique({ where: { id } })).toMatchObject({ status: 'NEEDS_ACTION' });
  });

  it('has its newest messages first asked for, and the earlier ones by cursor', async () => {
    const visitor = browser();
    const { conversationId } = await submit(visitor, CATEGORY_SUBMISSIONS.OTHER);
    for (let n = 1; n <= 6; n++) {
      installation.clock.advance(2_500);
      await visitor.post(`/conversations/${conversationId}/messages`, { body: `m${n}` });
    }
    const path = `/conversations/${conversationId}/messages`;
    const newest = (await visitor.get(`${path}?limit=3`)).body.data;
    expect(newest.items.map(({ body }: { body: string }) => body)).toEqual(['m4', 'm5', 'm6']);
    const before = (await visitor.get(`${path}?limit=3&cursor=${newest.nextCursor}`)).body.data;
    expect(before.items.map(({ body }: { body: string }) => body)).toEqual(['m1', 'm2', 'm3']);
    const first = (await visitor.get(`${path}?limit=3&cursor=${before.nextCursor}`)).body.data;
    expect(first).toMatchObject({ items: [{ body: 'How do I export?' }], hasMore: false, nextCursor: null });
    const since = (await visitor.get(`${path}?limit=2&after=4`)).body.data;
    expect(since.items.map(({ body }: { body: string }) => body)).toEqual(['m4', 'm5']);
    expect((await visitor.get(`${path}?limit=2&after=4&cursor=${since.nextCursor}`)).body.data.items).toMatchObject([
      { body: 'm6' },
    ]);
    expect((await visitor.get(`${path}?cursor=${since.nextCursor}`)).body.error.code).toBe('INVALID_CURSOR');
  });

  it('is not offered where the project has no chat', async () => {
    const visitor = browser();
    const { id, conversationId } = await submit(visitor, CATEGORY_SUBMISSIONS.OTHER);
    await configure(installation, tenant, { chatEnabled: false });
    for (const answer of [
      await visitor.get('/conversations'),
      await visitor.get(`/conversations/${conversationId}/messages`),
      await visitor.post(`/conversations/${conversationId}/messages`, { body: 'x' }),
      await visitor.post('/conversations', { featureId: id, body: 'x' }),
      await visitor.post(`/conversations/${conversationId}/read`),
    ])
      expect([answer.status, answer.body.error.code]).toEqual([403, 'NOT_OFFERED']);
    expect(await itemsOf(visitor, '/mine')).toMatchObject([{ conversationId: null }]);
  });
});

it('announcements reach whoever has used the widget, unless the project shows none', async () => {
  const visitor = browser();
  await submit(visitor, CATEGORY_SUBMISSIONS.FEATURE);
  const key = await seedKey(installation, tenant, { scopes: ['broadcasts:write'] });
  const sent = await projectApi(installation, tenant, key).post('/announcements', { title: 'Version 2', body: 'It is here.' });
  expect(sent.status).toBe(201);
  const feed = async () => (await visitor.get('/notifications')).body.data;
  expect(await feed()).toMatchObject({ unreadCount: 1, items: [{ type: 'announcement.sent', title: 'Version 2' }] });
  await configure(installation, tenant, { announcementsEnabled: false });
  expect(await feed()).toMatchObject({ unreadCount: 0, items: [] });
  expect((await visitor.post('/notifications/read')).body.data).toEqual({ unreadCount: 0 });
  await configure(installation, tenant, { announcementsEnabled: true });
  expect(await feed()).toMatchObject({ unreadCount: 1 });
});

describe('comments', () => {
  it('of visitors and the team are public, notes are not, and a deleted one keeps its place', async () => {
    await configure(installation, tenant, { commentsEnabled: true });
    const [ann, bob] = [browser(), browser()];
    const { id } = await ask(ann, 'Dark mode');
    const first = (await bob.post(`/features/${id}/comments`, { body: 'Me too', name: 'Bob' })).body.data;
    expect(first).toMatchObject({ isTeam: false, isMine: true, authorName: 'Bob', body: 'Me too' });
    const note = (await team.post(`/features/${id}/comments`, { body: 'A secret thought', isInternal: true })).body.data;
    await team.post(`/features/${id}/comments`, { body: 'Soon', parentId: first.id });
    expect((await ann.post(`/features/${id}/comments`, { body: 'x', parentId: note.id })).body.error.code).toBe(
      'COMMENT_NOT_FOUND',
    );
    expect(await itemsOf(ann, `/features/${id}/comments`)).toMatchObject([
      { body: 'Me too', isMine: false, authorName: 'Bob' },
      { body: 'Soon', isTeam: true, parentId: first.id },
    ]);
    await team.delete(`/features/${id}/comments/${first.id}`);
    expect(await itemsOf(ann, `/features/${id}/comments`)).toMatchObject([{ isDeleted: true, body: '' }, { body: 'Soon' }]);
    expect(
      (await installation.db.prisma.notification.findMany({ where: { type: 'comment.created', projectId: tenant.project.id } }))
        .length,
    ).toBe(3);
  });

  it('that answer a note are notes, and visitors see no id of one', async () => {
    await configure(installation, tenant, { commentsEnabled: true });
    const ann = browser();
    const { id } = await ask(ann, 'Dark mode');
    const path = `/features/${id}/comments`;
    const note = (await team.post(path, { body: 'A secret thought', isInternal: true })).body.data;
    const answer = (await team.post(path, { body: 'A public word', parentId: note.id })).body.data;
    expect([answer.isInternal, answer.parentId]).toEqual([true, note.id]);
    expect(await itemsOf(ann, path)).toEqual([]);
    // As it could be stored before.
    await installation.db.prisma.comment.update({ where: { id: answer.id }, data: { isInternal: false } });
    expect(await itemsOf(ann, path)).toMatchObject([{ body: 'A public word', parentId: null }]);
  });

  it('that are deleted keep their place only while visitors see an answer, as they do for the team', async () => {
    await configure(installation, tenant, { commentsEnabled: true });
    const ann = browser();
    const { id } = await ask(ann, 'Dark mode');
    const path = `/features/${id}/comments`;
    const add = async (body: object) => (await team.post(path, body)).body.data.id;
    const [alone, top] = [await add({ body: 'Alone' }), await add({ body: 'Top' })];
    const middle = await add({ body: 'Middle', parentId: top });
    const leaf = await add({ body: 'Leaf', parentId: middle });
    const noted = await add({ body: 'Noted' });
    await add({ body: 'A note', parentId: noted, isInternal: true });
    for (const comment of [alone, top, middle, noted]) await team.delete(`${path}/${comment}`);
    const shown = async () => (await itemsOf(ann, path)).map((comment) => [comment.id, comment.isDeleted]);
    const ofTeam = async () => (await team.get(path)).body.data.items.map((comment: { id: string }) => comment.id);
    expect(await shown()).toEqual([
      [top, true],
      [middle, true],
      [leaf, false],
    ]);
    expect(await ofTeam()).toEqual([top, middle, leaf, noted, expect.any(String)]);
    await team.delete(`${path}/${leaf}`);
    expect(await shown()).toEqual([]);
    expect(await ofTeam()).toEqual([noted, expect.any(String)]);
  });

  it('of a visitor reopen what was completed, and the team is told; comments of the team do not', async () => {
    await configure(installation, tenant, { commentsEnabled: true });
    const [ann, bob] = [browser(), browser()];
    const { id } = await ask(ann, 'Dark mode');
    await team.patch(`/features/${id}`, { status: 'COMPLETED', completionKind: 'SHIPPED' });
    await team.post(`/features/${id}/comments`, { body: 'Enjoy' });
    expect((await team.get(`/features/${id}`)).body.data.status).toBe('COMPLETED');
    await bob.post(`/features/${id}/comments`, { body: 'It does not work' });
    expect((await team.get(`/features/${id}`)).body.data).toMatchObject({
      status: 'NEEDS_ACTION',
      completionKind: null,
      commentCount: 2,
    });
    const told = async () =>
      (
        await installation.db.prisma.notification.findMany({
          where: { projectId: tenant.project.id, audience: 'team' },
          orderBy: { id: 'asc' },
        })
      ).map(({ type, actorKind }) => `${type} by ${actorKind}`);
    const all = ['feature.created by REQUESTER', 'comment.created by REQUESTER', 'feature.reopened by REQUESTER'];
    expect(await told()).toEqual(all);
    await bob.post(`/features/${id}/comments`, { body: 'Still not' });
    expect(await told()).toEqual([...all, 'comment.created by REQUESTER']);
  });

  it('are not offered where they are off, or the plan has none', async () => {
    const { id } = await ask(browser(), 'Dark mode');
    const outcome = async () => [
      (await browser().get(`/features/${id}/comments`)).body.error?.code,
      (await browser().post(`/features/${id}/comments`, { body: 'x' })).body.error?.code,
    ];
    expect(await outcome()).toEqual(['NOT_OFFERED', 'NOT_OFFERED']);
    await configure(installation, tenant, { commentsEnabled: true });
    expect(await outcome()).toEqual([undefined, undefined]);
    await installation.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    expect(await outcome()).toEqual(['NOT_OFFERED', 'NOT_OFFERED']);
  });
});

it('on the plan Free the widget works, and nothing of it counts against a quota', async () => {
  await installation.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
  for (const submission of Object.values(CATEGORY_SUBMISSIONS))
    expect((await browser().post('/submit', submission)).status).toBe(201);
  expect(await installation.db.prisma.usageDay.count({ where: { projectId: tenant.project.id } })).toBe(0);
  expect(await installation.db.prisma.auditEntry.count({ where: { projectId: tenant.project.id } })).toBe(0);
});
