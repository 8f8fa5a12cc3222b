import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, type TestInstallation } from './testing.ts';

// The project, its widget and its requesters as a backend reads and changes them.

let installation: TestInstallation;
let tenant: TestTenant;
let api: ReturnType<typeof projectApi>;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation);
  const scopes = ['backlog:read', 'project:write', 'widget:write', 'requesters:read', 'backlog:write'];
  api = projectApi(installation, tenant, await seedKey(installation, tenant, { scopes }));
});

describe('PATCH /project', () => {
  it('answers with the project as GET does, whose ETag is another then', async () => {
    const before = await api.get('/project');
    const changed = await api.patch('/project', { name: 'Shop', allowedOrigins: ['https://Shop.example.com/'] });
    expect([changed.status, changed.body.data]).toMatchObject([
      200,
      { name: 'Shop', allowedOrigins: ['https://shop.example.com'] },
    ]);
    const after = await api.get('/project', undefined, { 'if-none-match': String(before.headers['etag']) });
    expect([after.status, after.body.data]).toEqual([200, changed.body.data]);
    expect((await api.get('/project', undefined, { 'if-none-match': String(after.headers['etag']) })).status).toBe(304);
  });

  it('is held to the settings that were read, whatever the backlog counts meanwhile', async () => {
    const { headers } = await api.get('/project');
    await api.post('/features', { title: 'Dark mode' });
    const counted = await api.get('/project', undefined, { 'if-none-match': String(headers['etag']) });
    expect([counted.status, counted.body.data.stats.featureCount]).toEqual([200, 1]);
    const patch = (timezone: string, tag: string) => api.patch('/project', { timezone }, { 'if-match': tag });
    const changed = await patch('Europe/Berlin', String(headers['etag']));
    expect([changed.status, changed.body.data.version]).toEqual([200, 2]);
    for (const tag of [String(headers['etag']), '"1"', '"2"', `W/${String(changed.headers['etag'])}`])
      expect((await patch('UTC', tag)).body.error.code).toBe('PRECONDITION_FAILED');
    expect((await api.get('/project')).headers['etag']).toBe(changed.headers['etag']);
    expect((await patch('UTC', String(changed.headers['etag']))).status).toBe(200);
    expect((await patch('UTC', '*')).status).toBe(200);
  });

  it('is held to the origins that the widget’s configuration has changed too', async () => {
    const { headers } = await api.get('/project');
    await api.patch('/project/widget', { allowedOrigins: ['https://a.example.com'] });
    expect((await api.patch('/project', { name: 'Shop' }, { 'if-match': String(headers['etag']) })).status).toBe(412);
  });

  it('refuses an empty body, and one that names nothing that it knows', async () => {
    for (const body of [{}, { plan: 'scale', slug: 'other' }])
      expect((await api.patch('/project', body)).body.error).toMatchObject({ code: 'NO_UPDATES' });
  });
});

describe('/project/widget', () => {
  it('is read and changed under its ETag, which is its version', async () => {
    const first = await api.get('/project/widget');
    expect([first.status, first.headers['etag']]).toEqual([200, '"0"']);
    const changed = await api.patch('/project/widget', { color: '#000000' }, { 'if-match': '"0"' });
    expect([changed.status, changed.headers['etag'], changed.body.data.color]).toEqual([200, '"1"', '#000000']);
    expect((await api.patch('/project/widget', { color: '#ffffff' }, { 'if-match': '"0"' })).body.error.code).toBe(
      'PRECONDITION_FAILED',
    );
    expect((await api.get('/project/widget', undefined, { 'if-none-match': '"1"' })).status).toBe(304);
    expect((await api.get('/project/widget', undefined, { 'if-none-match': '"0"' })).body.data).toEqual(changed.body.data);
  });

  it('has another ETag when the project’s origins change', async () => {
    await api.patch('/project', { allowedOrigins: ['https://a.example.com'] });
    const answer = await api.get('/project/widget');
    expect([answer.headers['etag'], answer.body.data.allowedOrigins]).toEqual(['"1"', ['https://a.example.com']]);
  });

  it('refuses an empty body, also under a condition', async () => {
    expect((await api.patch('/project/widget', {}, { 'if-match': '"0"' })).body.error).toMatchObject({ code: 'NO_UPDATES' });
  });

  it('says which plan a part of it needs', async () => {
    const { id } = tenant.organization;
    const ownerless = await seedKey(installation, tenant, { scopes: ['widget:write'] });
    await installation.db.prisma.organization.update({ where: { id }, data: { plan: 'free' } });
    const refused = await projectApi(installation, tenant, ownerless).patch('/project/widget', { showBranding: false });
    expect([refused.status, refused.body.error]).toMatchObject([403, { code: 'PLAN_REQUIRED', requiredPlan: 'pro' }]);
  });
});

describe('GET /requesters', () => {
  it('lists identified ones, filtered by the query, with the counts of what they did', async () => {
    for (const externalId of ['u1', 'u2'])
      await api.post('/features', { title: externalId, requester: { externalId, email: `${externalId}@example.com` } });
    const { body } = await api.get('/requesters?email=U1@example.com&sort=createdAt&order=asc&limit=5&kind=identified');
    expect(body.data).toMatchObject({
      items: [{ externalId: 'u1', featureCount: 1, voteCount: 1, conversationCount: null }],
      hasMore: false,
      nextCursor: null,
    });
    const pages = await api.get('/requesters?limit=1');
    expect(pages.body.data).toMatchObject({ hasMore: true, items: [{}] });
    const next = await api.get(`/requesters?limit=1&cursor=${pages.body.data.nextCursor}`);
    expect(next.body.data.items[0].id).not.toBe(pages.body.data.items[0].id);
  });

  it.each(['kind=nobody', 'sort=name', 'email=x', 'limit=0', 'createdAfter=yesterday', 'cursor=x'])(
    'refuses ?%s',
    async (query) => {
      expect((await api.get(`/requesters?${query}`)).status).toBe(400);
    },
  );
});
