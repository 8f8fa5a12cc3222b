import { randomUUID } from 'node:crypto';
import { countersOf, seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { boundProcedures } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, knock, openInstallation, projectApi, type TestInstallation } from './testing.ts';

// The project surface as the contract (Reqio) and the header rules (RogerIQ) have it.

const QUOTA_BODY =
  '{"error":{"code":"API_QUOTA_EXCEEDED","message":"Daily API request limit reached for this project. It resets at 00:00 UTC. Upgrade for a higher limit."}}';
const NOW = '2026-03-14T10:20:30.250Z';
const PER_MINUTE = 3_000;
const PER_DAY = 10_000;

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let api: ReturnType<typeof projectApi>;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.set(NOW);
  tenant = await seedTenant(installation, { plan: 'pro' });
  key = await seedKey(installation, tenant, {
    scopes: ['backlog:write', 'status:write', 'features:delete', 'comments:write', 'conversations:read'],
  });
  api = projectApi(installation, tenant, key);
});

const create = async (body: object = {}) => (await api.post('/features', { title: 'Dark mode', ...body })).body.data;
const counted = async () =>
  Object.fromEntries(
    (await countersOf(installation))
      .filter(({ counter }) => counter.includes(key.id) || counter === `day of ${tenant.project.id}`)
      .map(({ counter, calls }) => [counter, calls]),
  );
const used = async () => ({
  minute: (await counted())[`minute of ${key.id}`] ?? 0,
  day: (await counted())[`day of ${tenant.project.id}`] ?? 0,
});
const codeOf = ({ status, body }: Answer) => [status, body?.error?.code];

describe('the envelope', () => {
  it('of a success is `data` and nothing else', async () => {
    for (const path of ['/project', '/features', `/features/${(await create()).id}`]) {
      const { status, body } = await api.get(path);
      expect([status, Object.keys(body)]).toEqual([200, ['data']]);
    }
  });

  it('of a list is `items`, `hasMore` and `nextCursor`', async () => {
    expect((await api.get('/features')).body).toEqual({ data: { items: [], hasMore: false, nextCursor: null } });
    const { id } = await create();
    expect((await api.get(`/features/${id}/comments`)).text).toBe('{"data":{"items":[],"hasMore":false,"nextCursor":null}}');
  });

  it('of a refusal is `error` with code, message and the id of the request, and what the code has to say', async () => {
    const missing = await api.get(`/features/${randomUUID()}`);
    expect(missing.body).toEqual({
      error: { code: 'FEATURE_NOT_FOUND', message: 'Feature not found', requestId: missing.headers['x-request-id'] },
    });

    const wrong = await api.post('/features', { title: '', category: 'NONE' });
    expect(Object.keys(wrong.body.error)).toEqual(['code', 'message', 'requestId', 'issues']);
    expect(wrong.body.error.issues.map(({ path }: { path: string }) => path)).toEqual(['title', 'category']);

    const question = await create({ category: 'OTHER' });
    const illegal = await api.patch(`/features/${question.id}`, { status: 'IN_PROGRESS' });
    expect([illegal.status, illegal.body.error.code, illegal.body.error.allowed]).toEqual([
      409,
      'INVALID_STATUS_TRANSITION',
      ['NEEDS_ACTION', 'COMPLETED'],
    ]);

    const scope = await projectApi(installation, tenant, await seedKey(installation, tenant, { scopes: ['project:write'] })).get(
      '/features',
    );
    expect(scope.body.error).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      requiredScope: 'backlog:read',
      grantedScopes: ['project:write'],
    });
  });

  it('holds every field of a feature, those of its category and no other', async () => {
    const feature = (await api.get(`/features/${(await create({ tags: ['ui'] })).id}`)).body.data;
    expect(feature).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      number: 1,
      title: 'Dark mode',
      description: null,
      category: 'FEATURE',
      subtype: null,
      status: 'NEEDS_ACTION',
      completionKind: null,
      closeReason: null,
      duplicateOfId: null,
      visibility: 'public',
      rating: null,
      errorReport: null,
      context: null,
      voteCount: 0,
      commentCount: 0,
      revenueWeight: 0,
      tags: ['ui'],
      requesterId: null,
      pageUrl: null,
      diagnostics: null,
      hasScreenshot: false,
      developerNote: null,
      developerNoteUpdatedAt: null,
      source: 'api',
      version: 1,
      statusChangedAt: NOW,
      createdAt: NOW,
      updatedAt: NOW,
    });
  });
});

describe('an exhausted day', () => {
  beforeEach(() => setUsed(installation, { projectId: tenant.project.id, day: PER_DAY }));

  it.each(boundProcedures('project').map((procedure) => [procedure.binding.method, procedure.binding.path, procedure] as const))(
    'is told by %s %s in the words of the contract, to the letter',
    async (_method, _path, procedure) => {
      const wide = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
      const target = { project: tenant.project.id, organization: tenant.organization.id };
      const answer = await knock(installation, procedure, 'project', target, { authorization: `Bearer ${wide.raw}` });
      expect([answer.status, answer.text]).toEqual([429, QUOTA_BODY]);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
    },
  );

  it('names the seconds to 00:00 UTC, after which the next call is let in and one second earlier is not', async () => {
    const { headers } = await api.get('/features');
    expect(headers['retry-after']).toBe('49170');
    installation.clock.advance((Number(headers['retry-after']) - 1) * 1_000);
    expect((await api.get('/features')).status).toBe(429);
    installation.clock.advance(1_000);
    expect((await api.get('/features')).status).toBe(200);
  });

  it('is shared by all keys of the project, and by no other project', async () => {
    const other = await seedKey(installation, tenant);
    expect((await projectApi(installation, tenant, other).get('/features')).status).toBe(429);
    const elsewhere = await seedTenant(installation);
    expect((await projectApi(installation, elsewhere, await seedKey(installation, elsewhere)).get('/features')).status).toBe(200);
  });
});

describe('an exhausted minute', () => {
  it('is told with the seconds to wait, in the body and in Retry-After', async () => {
    await setUsed(installation, { keyId: key.id, minute: PER_MINUTE });
    const answer = await api.get('/features');
    expect(answer.body).toEqual({
      error: { code: 'RATE_LIMITED', message: 'Too many requests', requestId: answer.headers['x-request-id'], retryAfter: 30 },
    });
    expect(answer.headers['retry-after']).toBe('30');
    installation.clock.advance(29_000);
    expect((await api.get('/features')).status).toBe(429);
    installation.clock.advance(1_000);
    expect((await api.get('/features')).status).toBe(200);
  });
});

describe('the rate headers', () => {
  const RESET = { minute: Date.parse('2026-03-14T10:21:00Z') / 1_000, day: Date.parse('2026-03-15T00:00:00Z') / 1_000 };
  const rateOf = ({ headers }: Answer) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => /^x-(ratelimit|quota)-/.test(name)));
  const rate = ({ minute, day }: { minute: number; day: number }) => ({
    'x-ratelimit-limit': String(PER_MINUTE),
    'x-ratelimit-remaining': String(PER_MINUTE - minute),
    'x-ratelimit-reset': String(RESET.minute),
    'x-ratelimit-tier': 'pro',
    'x-quota-limit': String(PER_DAY),
    'x-quota-remaining': String(PER_DAY - day),
    'x-quota-reset': String(RESET.day),
  });

  it('say after each call where the counters stand: a success, an empty answer, a bad request, a missing one', async () => {
    const { id } = await create();
    const calls = [
      () => api.get('/project'),
      () => api.get('/features', undefined, {}),
      () => api.delete(`/features/${id}`),
      () => api.post('/features', {}),
      () => api.get(`/features/${id}`),
    ];
    for (const [index, call] of calls.entries()) {
      const answer = await call();
      expect([answer.status, rateOf(answer)]).toEqual([
        [200, 200, 204, 400, 404][index],
        rate({ minute: index + 2, day: index + 2 }),
      ]);
      expect(await used()).toEqual({ minute: index + 2, day: index + 2 });
    }
  });

  it('say the same on a refusal by scope, and move nothing', async () => {
    await api.get('/project');
    const other = await seedKey(installation, tenant, { scopes: ['notes:write'] });
    const refused = await projectApi(installation, tenant, other).get('/project');
    expect([refused.status, rateOf(refused)]).toEqual([403, rate({ minute: 0, day: 1 })]);
    expect(await used()).toEqual({ minute: 1, day: 1 });
  });

  it('stand at nothing left on 429, of the minute or of the day', async () => {
    await setUsed(installation, { keyId: key.id, minute: PER_MINUTE });
    expect(rateOf(await api.get('/project'))).toEqual(rate({ minute: PER_MINUTE, day: 0 }));
    await setUsed(installation, { keyId: key.id, minute: 0 });
    await setUsed(installation, { projectId: tenant.project.id, day: PER_DAY });
    expect(rateOf(await api.get('/project'))).toEqual(rate({ minute: 0, day: PER_DAY }));
  });

  it('never go below zero, when the plan has been lowered since', async () => {
    await setUsed(installation, { keyId: key.id, minute: PER_MINUTE + 5 });
    await setUsed(installation, { projectId: tenant.project.id, day: PER_DAY + 5 });
    const answer = await api.get('/project');
    expect([answer.status, answer.headers['x-ratelimit-remaining'], answer.headers['x-quota-remaining']]).toEqual([
      429,
      '0',
      '0',
    ]);
  });

  it('tell the tier, and no quota where there is none', async () => {
    await installation.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'enterprise' } });
    const answer = await api.get('/project');
    expect(rateOf(answer)).toEqual({
      'x-ratelimit-limit': '30000',
      'x-ratelimit-remaining': '29999',
      'x-ratelimit-reset': String(RESET.minute),
      'x-ratelimit-tier': 'enterprise',
    });
  });

  it('are not for a stranger, nor for the holder of a revoked or foreign key', async () => {
    const revoked = await seedKey(installation, tenant, { revokedAt: installation.clock.now() });
    const foreign = await seedKey(installation, await seedTenant(installation));
    for (const stranger of [null, revoked, foreign]) {
      const answer = await projectApi(installation, tenant, stranger).get('/project');
      expect([answer.status, rateOf(answer)]).toEqual([401, {}]);
    }
  });
});

describe('what has been made', () => {
  it('is named by Location, where it can be read, with the ETag that it came with', async () => {
    const made = await api.post('/features', { title: 'Dark mode' });
    expect(made.status).toBe(201);
    expect(made.headers['location']).toBe(`/p/${tenant.project.slug}/api/v1/features/${made.body.data.id}`);
    const read = await api.get(`/features/${made.body.data.id}`);
    const { possibleDuplicates, ...feature } = made.body.data;
    expect([read.body.data, read.headers['etag'], possibleDuplicates]).toEqual([feature, made.headers['etag'], []]);
  });

  it('is named by Location for a comment too', async () => {
    const { id } = await create();
    const made = await api.post(`/features/${id}/comments`, { body: 'Soon.' });
    expect([made.status, made.headers['location']]).toEqual([201, `/p/${tenant.project.slug}/api/v1/features/${id}/comments`]);
    expect((await api.get(`/features/${id}/comments`)).body.data.items).toEqual([made.body.data]);
  });

  it('is where its path says, whatever its body says', async () => {
    const [one, other] = [await create(), await create()];
    const foreign = await seedTenant(installation);
    const made = await api.post(`/features/${one.id}/comments`, { id: other.id, projectId: foreign.project.id, body: 'Here.' });
    expect(made.body.data.featureId).toBe(one.id);
  });

  it('is gone after DELETE, which answers 204 without a body, and again 404', async () => {
    const { id } = await create();
    const gone = await api.delete(`/features/${id}`);
    expect([gone.status, gone.text, gone.headers['content-type'], gone.headers['etag']]).toEqual([204, '', undefined, undefined]);
    for (const again of [
      await api.delete(`/features/${id}`),
      await api.get(`/features/${id}`),
      await api.patch(`/features/${id}`, { status: 'COMPLETED' }),
    ]) {
      expect(codeOf(again)).toEqual([404, 'FEATURE_NOT_FOUND']);
    }
  });
});

describe('a single read', () => {
  const readIf = (path: string, tag: string) => api.get(path, undefined, { 'if-none-match': tag });

  it.each([
    ['/features/{id}', async (id: string) => void (await api.patch(`/features/${id}`, { status: 'IN_PROGRESS' }))],
    ['/project', async () => void (await create())],
  ])('of %s is 304 while nothing has changed, and 200 with another tag after', async (template, doChange) => {
    const { id } = await create();
    const path = template.replace('{id}', id);
    const { etag } = (await api.get(path)).headers as { etag: string };
    expect(etag).toMatch(/^"[\w.-]+"$/);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const same = await readIf(path, tag);
      expect([same.status, same.text, same.headers['etag']]).toEqual([304, '', etag]);
    }
    expect((await readIf(path, '"other"')).status).toBe(200);
    await doChange(id);
    const changed = await readIf(path, etag);
    expect(changed.status).toBe(200);
    expect(changed.headers['etag']).not.toBe(etag);
  });

  it.each(['/features/{id}', '/features/{id}/developer-note', '/features/{id}/developer-note/agent-section'])(
    'of %s is not 304 to one who may see more of it than at the last time',
    async (template) => {
      const notes = await seedKey(installation, tenant, { scopes: ['notes:write'] });
      const { id } = await create();
      const path = template.replace('{id}', id);
      await projectApi(installation, tenant, notes).put(`/features/${id}/developer-note`, { text: '## Reqio agent\nOurs alone' });
      const role = (name: 'viewer' | 'owner') =>
        installation.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: name } });
      await role('viewer');
      const { etag } = (await api.get(path)).headers as { etag: string };
      expect((await readIf(path, etag)).status).toBe(304);
      await role('owner');
      const seen = await readIf(path, etag);
      expect([seen.status, seen.text]).toEqual([200, expect.stringContaining('Ours alone')]);
      // And it can be written with, as the shorter one can.
      expect((await change(id, 'IN_PROGRESS', seen.headers['etag'] as string)).status).toBe(200);
    },
  );

  it('is for its caller alone: caches ask again, with their credential', async () => {
    const { headers } = await api.get(`/features/${(await create()).id}`);
    expect([headers['cache-control'], headers['vary']]).toEqual(['private, no-cache', 'Authorization, X-API-Key']);
  });

  it('that is 304 has cost a call all the same', async () => {
    const { id } = await create();
    await readIf(`/features/${id}`, '"1"');
    expect(await used()).toEqual({ minute: 2, day: 2 });
  });
});

const change = (id: string, status: string, tag?: string) =>
  api.patch(`/features/${id}`, { status }, tag === undefined ? {} : { 'if-match': tag });

describe('PATCH with If-Match', () => {
  it.each([
    ['the present tag', '"1"', 200],
    ['any', '*', 200],
    ['a tag of before', '"0"', 412],
    ['a tag of later', '"2"', 412],
    ['a tag that is no version', '"abc"', 412],
    ['a weak one (RFC 9110 §13.1.1)', 'W/"1"', 412],
    ['no tag', '1', 400],
    ['two tags', '"1", "2"', 400],
    ['nothing', '', 400],
  ])('of %s', async (_name, tag, status) => {
    const { id } = await create();
    const answer = await change(id, 'IN_PROGRESS', tag);
    expect(answer.status).toBe(status);
    const present = (await api.get(`/features/${id}`)).body.data;
    expect([present.status, present.version]).toEqual(status === 200 ? ['IN_PROGRESS', 2] : ['NEEDS_ACTION', 1]);
    if (status === 200) expect(answer.headers['etag']).toBe('"2"');
    if (status === 412) expect(answer.body.error.code).toBe('PRECONDITION_FAILED');
  });

  it('lets one of two win who have read the same, and the other read again', async () => {
    const { id } = await create();
    const answers = await Promise.all([change(id, 'IN_PROGRESS', '"1"'), change(id, 'COMPLETED', '"1"')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('is not asked of who does not know it', async () => {
    const { id } = await create();
    expect((await change(id, 'IN_PROGRESS')).status).toBe(200);
    expect((await api.patch(`/features/${id}`, { status: 'COMPLETED', ifVersion: 1 }, {})).status).toBe(412);
  });
});
