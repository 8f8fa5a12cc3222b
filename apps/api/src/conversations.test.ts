import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { callAsUser } from '@reqbase/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, type TestInstallation } from './testing.ts';

// Contract Reqio, Resources: the conversations of a project as a backend reads and answers them.

let installation: TestInstallation;
let tenant: TestTenant;
let api: ReturnType<typeof projectApi>;
let id: string;

async function seedConversationOf(of: TestTenant): Promise<string> {
  const requesterId = randomUUID();
  const requester = { id: requesterId, projectId: of.project.id, kind: 'identified' as const, name: 'Grace' };
  await installation.db.prisma.requester.create({ data: requester });
  const opening = { projectId: of.project.id, requesterId, body: 'Hello', subject: 'Export' };
  return (await callAsUser(installation, of.user).conversations.create(opening)).id;
}

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation);
  api = projectApi(installation, tenant, await seedKey(installation, tenant, { scopes: ['conversations:write'] }));
  id = await seedConversationOf(tenant);
});

describe('GET /conversations', () => {
  it('answers a page of rows that carry their feature', async () => {
    const { status, body } = await api.get('/conversations?status=unresolved,closed&isSpam=false&assigneeId=none&q=exp');
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: { items: [{ id, featureId: null, subject: 'Export', status: 'open' }], hasMore: false } });
  });

  it('answers one with a tag by which it is read again only when it has changed', async () => {
    const first = await api.get(`/conversations/${id}`);
    const again = () => api.get(`/conversations/${id}`, undefined, { 'if-none-match': String(first.headers['etag']) });
    expect([first.status, first.body.data.id, (await again()).status]).toEqual([200, id, 304]);
    await api.post(`/conversations/${id}/messages`, { body: 'A note', isInternal: true });
    expect((await again()).status).toBe(200);
  });
});

describe('the tag of GET /conversations/{id}', () => {
  const readIf = async (reader: typeof api, tag?: unknown) => {
    const answer = await reader.get(`/conversations/${id}`, undefined, tag === undefined ? {} : { 'if-none-match': String(tag) });
    return { status: answer.status, tag: answer.headers['etag'], data: answer.body?.data };
  };

  it('is another when the requester’s name or address is', async () => {
    const reader = projectApi(
      installation,
      tenant,
      await seedKey(installation, tenant, { scopes: ['conversations:read', 'requesters:read'] }),
    );
    let { tag } = await readIf(reader);
    for (const [column, value] of [
      ['name', 'Grace Hopper'],
      ['email', 'grace@example.com'],
    ] as const) {
      await installation.db.prisma.requester.updateMany({
        where: { projectId: tenant.project.id },
        data: { [column]: value },
      });
      const changed = await readIf(reader, tag);
      expect([changed.status, Object.values(changed.data)]).toEqual([200, expect.arrayContaining([value])]);
      tag = changed.tag;
      expect((await readIf(reader, tag)).status).toBe(304);
    }
  });

  it('is not the same for callers who see another body', async () => {
    await installation.db.prisma.requester.updateMany({
      where: { projectId: tenant.project.id },
      data: { email: 'grace@example.com' },
    });
    const [few, more] = await Promise.all(
      [['conversations:read'], ['conversations:read', 'requesters:read']].map(async (scopes) =>
        projectApi(installation, tenant, await seedKey(installation, tenant, { scopes })),
      ),
    );
    if (few === undefined || more === undefined) throw new Error('no callers');
    const { tag, data } = await readIf(few);
    expect(data.requesterEmail).toBeNull();
    expect(await readIf(more, tag)).toMatchObject({ status: 200, data: { requesterEmail: 'grace@example.com' } });
  });
});

describe('/conversations/{id}/messages', () => {
  it('is a bare array, chronological, without paging, and a page with it', async () => {
    const sent = await api.post(`/conversations/${id}/messages`, { body: 'Solved' });
    const bare = await api.get(`/conversations/${id}/messages`);
    expect(bare.body.data.map(({ body, authorKind }: { body: string; authorKind: string }) => [authorKind, body])).toEqual([
      ['TEAM', 'Hello'],
      ['TEAM', 'Solved'],
    ]);
    const page = await api.get(`/conversations/${id}/messages?limit=1`);
    expect(page.body.data).toEqual({ items: [bare.body.data[0]], hasMore: true, nextCursor: expect.any(String) });
    const rest = await api.get(`/conversations/${id}/messages?cursor=${page.body.data.nextCursor}`);
    expect(rest.body.data).toEqual({ items: [sent.body.data], hasMore: false, nextCursor: null });
    expect((await api.get(`/conversations/${id}/messages?before=${sent.body.data.id}`)).body.data.items).toEqual([
      bare.body.data[0],
    ]);
  });

  it('takes a reply, and tells where it is', async () => {
    const { status, headers, body } = await api.post(`/conversations/${id}/messages`, {
      body: 'Solved',
      contentType: 'markdown',
    });
    expect([status, headers['location']]).toEqual([201, `/p/${tenant.project.slug}/api/v1/conversations/${id}/messages`]);
    expect(body.data).toMatchObject({ conversationId: id, authorKind: 'TEAM', via: 'api', contentType: 'markdown' });
  });

  it('takes a reply once, however often it is sent with the same Idempotency-Key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const send = (text: string) => api.post(`/conversations/${id}/messages`, { body: text }, headers);
    const [first, again, other] = [await send('Solved'), await send('Solved'), await send('Another')];
    expect([first.status, again.status, other.status]).toEqual([201, 201, 409]);
    expect([again.headers['idempotent-replayed'], again.text]).toEqual(['true', first.text]);
    expect(await installation.db.prisma.message.count({ where: { conversationId: id } })).toBe(2);
  });

  it('knows no id of the client’s in the body: the header is the one way', async () => {
    const reply = { body: 'Solved', clientMessageId: randomUUID() };
    const sent = [await api.post(`/conversations/${id}/messages`, reply), await api.post(`/conversations/${id}/messages`, reply)];
    expect(sent.map(({ status }) => status)).toEqual([201, 201]);
    expect(await installation.db.prisma.message.count({ where: { conversationId: id, clientMessageId: null } })).toBe(3);
  });

  it.each<[string, object, string]>([
    ['HTML', { body: '<b>Solved</b>', contentType: 'html' }, 'contentType'],
    ['nothing', { body: ' ' }, 'body'],
    ['too much', { body: 'x'.repeat(20_001) }, 'body'],
    ['what no text is', { body: 'a\0' }, 'body'],
  ])('takes no reply of %s', async (_what, reply, path) => {
    const { status, body } = await api.post(`/conversations/${id}/messages`, reply);
    expect([status, body.error.code, body.error.issues[0].path]).toEqual([400, 'BAD_REQUEST', path]);
  });

  it('takes markup in a text as text: it is given back to the letter', async () => {
    const hostile = '<script>alert(1)</script> [x](javascript:alert(1)) \u202e';
    expect((await api.post(`/conversations/${id}/messages`, { body: hostile })).body.data.body).toBe(hostile);
  });

  it('of a closed conversation takes nothing more', async () => {
    await callAsUser(installation, tenant.user).conversations.update({ projectId: tenant.project.id, id, status: 'closed' });
    const { status, body } = await api.post(`/conversations/${id}/messages`, { body: 'One more' });
    expect([status, body.error.code]).toEqual([409, 'CONFLICT']);
  });
});

describe('another project’s conversation', () => {
  it('is answered to the letter as one that is not there', async () => {
    const foreign = await seedConversationOf(await seedTenant(installation));
    const deleted = await seedConversationOf(tenant);
    await callAsUser(installation, tenant.user).conversations.remove({ projectId: tenant.project.id, id: deleted });
    const answers = async (of: string) => {
      const about = [
        await api.get(`/conversations/${of}`),
        await api.get(`/conversations/${of}/messages`),
        await api.get(`/conversations/${of}/messages?limit=1`),
        await api.post(`/conversations/${of}/messages`, { body: 'Hello' }),
      ];
      return about.map(({ status, text, headers }) => [
        status,
        text.replace(String(headers['x-request-id']), ''),
        Object.keys(headers).toSorted(),
      ]);
    };
    const ofNothing = await answers(randomUUID());
    expect(ofNothing.map(([status]) => status)).toEqual([404, 404, 404, 404]);
    expect(await answers(foreign)).toEqual(ofNothing);
    expect(await answers(deleted)).toEqual(ofNothing);
    expect(await installation.db.prisma.message.count({ where: { conversationId: foreign } })).toBe(1);
  });
});
