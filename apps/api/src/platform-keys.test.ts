import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';

// Contract Reqflo, API Keys. The gates are the access matrix's.

type Json = Record<string, any>;
let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'pro' });
  key = await seedKey(installation, tenant, { scopes: ['keys:admin', 'scans:create', 'services:read'], projectId: null });
});

function call(method: 'GET' | 'POST', path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return send(installation, {
    method,
    url: `/api/api-keys${path}`,
    headers: { authorization: `Bearer ${key.raw}`, ...headers },
    ...(body !== undefined && { payload: body as object }),
  });
}
const told = ({ status, body }: Answer) => [status, body.error.code];
const NOBODY = '0197a3c4-0000-7000-8000-000000000000';

/** The body of the contract's own curl, for this organization and this person. */
const wanted = (change: object = {}) => ({
  organizationId: tenant.organization.id,
  name: 'CI',
  ownerPrincipalType: 'user',
  ownerPrincipalId: tenant.user.id,
  scopes: ['scans:create'],
  expiresAt: '2026-12-31T00:00:00.000Z',
  ...change,
});
const create = async (change: object = {}) => {
  const answer = await call('POST', '', wanted(change));
  expect(answer.status, answer.text).toBe(201);
  return answer.body as Json;
};
const useOf = async ({ rawKey }: Json) =>
  (await send(installation, { url: '/api/services', headers: { authorization: `Bearer ${String(rawKey)}` } })).body?.error
    ?.code ?? 'admitted';

describe('a key', () => {
  it('is created with 201, all that the contract tells of it, and its text this once', async () => {
    const answer = await call(
      'POST',
      '',
      wanted({ scopes: ['services:read', { permission: 'scans:create', resourceType: null }] }),
    );
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`/api/api-keys/${String(answer.body.id)}`);
    expect(answer.body).toMatchObject({
      ...{ name: 'CI', prefix: expect.stringMatching(/^riq_live_/), status: 'active' },
      ...{ ownerPrincipalType: 'user', ownerPrincipalId: tenant.user.id, ownerDisplayName: tenant.user.name },
      createdBy: tenant.user.name,
      scopes: [
        { id: expect.any(String), permission: 'services:read' },
        { id: expect.any(String), permission: 'scans:create' },
      ],
      ...{ expiresAt: '2026-12-31T00:00:00.000Z', lastUsedAt: null, revokedAt: null },
      rawKey: expect.stringMatching(/^riq_live_/),
      warning: expect.stringContaining('not shown again'),
      parentKeyId: key.id,
    });
    const ids = answer.body.scopes.map(({ id }: Json) => id);
    expect(new Set(ids).size).toBe(2);
    const { body: read } = await call('GET', `/${String(answer.body.id)}`);
    expect([read.scopes.map(({ id }: Json) => id), 'rawKey' in read, 'warning' in read]).toEqual([ids, false, false]);
    expect(await useOf(answer.body)).toBe('admitted');
  });

  it('carries scopes with constraints, which it then has', async () => {
    const scan = {
      service: { name: 'Billing API' },
      spec: { hash: 'a'.repeat(64), format: 'openapi' },
      endpoints: [],
      findings: [],
    };
    const ingesting = await seedKey(installation, tenant, { scopes: ['write'], projectId: null });
    const { body: run } = await send(installation, {
      ...{ method: 'POST', url: '/api/scans/ingest', headers: { authorization: `Bearer ${ingesting.raw}` }, payload: scan },
    });
    const scope = { permission: 'services:read', serviceId: run.serviceId as string };
    const made = await create({ scopes: [scope] });
    expect(made['scopes']).toMatchObject([scope]);
    const refused = await call('POST', '', wanted({ scopes: [{ ...scope, serviceId: NOBODY }] }));
    expect([told(refused), refused.body.error.issues[0].path]).toEqual([[400, 'BAD_REQUEST'], 'scopes.0.serviceId']);
  });

  it.each([
    ['platform', '/api/api-keys', (body: Json) => body],
    ['org', '/api/v1/orgs/ORG/keys', (body: Json) => body['data'] as Json],
  ] as const)('gives what its scopes are read as to another key, on the %s surface', async (surface, path, within) => {
    const serviceId = randomUUID();
    const now = installation.clock.now();
    const service = { id: serviceId, orgId: tenant.organization.id, name: 'Billing', nameKey: 'billing', tags: [] };
    await installation.db.prisma.service.create({ data: { ...service, createdAt: now, updatedAt: now } });
    const [environmentId, workflowId] = [randomUUID(), randomUUID()];
    const place = { serviceId, name: 'staging', nameKey: 'staging', createdAt: now };
    await installation.db.prisma.serviceEnvironment.create({ data: { ...place, id: environmentId } });
    await installation.db.prisma.serviceWorkflow.create({ data: { ...place, id: workflowId } });
    const constraints: object[] = [
      {},
      { resourceType: null, resourceId: null, serviceId: null, environmentId: null, workflowId: null, resourceConstraints: null },
      { resourceConstraints: {} },
      { resourceType: 'service', resourceId: serviceId },
      { serviceId },
      { environmentId },
      { workflowId },
      { serviceId, environmentId, workflowId },
      { resourceConstraints: { serviceId, regions: ['eu', 'us'], limit: 3, isTest: false, none: null } },
    ];
    const scopes = ['services:read', ...constraints.map((constraint) => ({ permission: 'services:read', ...constraint }))];
    const { id } = (await create({ scopes })) as { id: string };
    const stored = (key: string) =>
      installation.db.prisma.apiKey.findUniqueOrThrow({ where: { id: key }, select: { scopes: true } });
    const at = (rest: string) => ({
      url: `${path.replace('ORG', tenant.organization.id)}${rest}`,
      headers: { authorization: `Bearer ${key.raw}` },
    });
    const read = within((await send(installation, at(`/${id}`))).body);
    expect(read['scopes']).toHaveLength(scopes.length);
    const body = surface === 'org' ? { name: 'Copy', scopes: read['scopes'] } : wanted({ scopes: read['scopes'] });
    const copied = await send(installation, { method: 'POST', ...at(''), payload: body });
    expect(copied.status, copied.text).toBe(201);
    const copy = within(copied.body);
    expect(await stored(copy['id'])).toEqual(await stored(id));
    expect(copy['scopes'].map(({ id: own }: Json) => own)).toEqual(
      scopes.map((_scope, index) => `${String(copy['id'])}:${index}`),
    );
    const misspelt = (read['scopes'] as Json[]).map((scope) => ({ ...scope, serviceID: serviceId }));
    const refused = await send(installation, { method: 'POST', ...at(''), payload: { ...body, scopes: misspelt } });
    expect(refused.status).toBe(400);
  });

  it('is listed under `apiKeys`, newest first and page by page', async () => {
    const made = await create();
    const all = await call('GET', `?organizationId=${tenant.organization.id}`);
    expect([all.status, all.body.apiKeys.map(({ id }: Json) => id), all.body.hasMore]).toEqual([
      200,
      expect.arrayContaining([made['id'], key.id]),
      false,
    ]);
    const first = await call('GET', '?limit=1');
    const second = await call('GET', `?limit=1&cursor=${String(first.body.nextCursor)}`);
    expect(new Set([...first.body.apiKeys, ...second.body.apiKeys].map(({ id }: Json) => id))).toEqual(
      new Set([made['id'], key.id]),
    );
    expect((await call('GET', `?parentKeyId=${key.id}`)).body.apiKeys.map(({ id }: Json) => id)).toEqual([made['id']]);
  });

  it('is revoked with 200, its next call refused, and what it made with it; again it is as it was', async () => {
    const made = await create({ scopes: ['keys:admin', 'services:read'] });
    const child = await send(installation, {
      ...{ method: 'POST', url: '/api/api-keys', headers: { authorization: `Bearer ${String(made['rawKey'])}` } },
      payload: wanted({ scopes: ['services:read'] }),
    });
    const revoked = await call('POST', `/${String(made['id'])}/revoke`, { organizationId: tenant.organization.id });
    expect([revoked.status, revoked.body.status, revoked.body.revokedAt]).toEqual([
      200,
      'revoked',
      installation.clock.now().toISOString(),
    ]);
    expect([await useOf(made), await useOf(child.body)]).toEqual(['API_KEY_REVOKED', 'API_KEY_REVOKED']);
    expect((await call('POST', `/${String(made['id'])}/revoke`)).body).toEqual(revoked.body);
    expect((await call('GET', `/${String(child.body.id)}`)).body).toMatchObject({
      status: 'revoked',
      revokedReason: 'with_parent',
    });
  });

  it('says when it has expired', async () => {
    const soon = new Date(installation.clock.now().getTime() + 1_000).toISOString();
    const made = await create({ expiresAt: soon });
    expect((await call('GET', `/${String(made['id'])}`)).body.status).toBe('active');
    await installation.db.prisma.apiKey.update({ where: { id: made['id'] }, data: { expiresAt: installation.clock.now() } });
    expect((await call('GET', `/${String(made['id'])}`)).body.status).toBe('expired');
  });
});

describe('the organization', () => {
  it('need not be named, and may be: the key’s own, by id or slug', async () => {
    const made = await create({ organizationId: undefined });
    for (const named of [undefined, tenant.organization.id, tenant.organization.slug]) {
      const query = named === undefined ? '' : `?organizationId=${named}`;
      expect((await call('GET', query)).status).toBe(200);
      expect((await call('GET', `/${String(made['id'])}${query}`)).status).toBe(200);
      expect(
        (await call('POST', `/${String(made['id'])}/revoke`, named === undefined ? undefined : { organizationId: named })).status,
      ).toBe(200);
    }
  });

  it('of another is refused with 403, whether or not there is one, and nothing is done', async () => {
    const other = await seedTenant(installation, { plan: 'pro' });
    const before = await installation.db.prisma.apiKey.count();
    for (const organizationId of [other.organization.id, other.organization.slug, NOBODY]) {
      const answers = [
        await call('GET', `?organizationId=${organizationId}`),
        await call('GET', `/${key.id}?organizationId=${organizationId}`),
        await call('POST', '', wanted({ organizationId })),
        await call('POST', `/${key.id}/revoke`, { organizationId }),
      ];
      for (const answer of answers) expect(told(answer)).toEqual([403, 'API_KEY_ORG_MISMATCH']);
    }
    expect(await installation.db.prisma.apiKey.count()).toBe(before);
    expect(await useOf({ rawKey: key.raw })).toBe('admitted');
  });
});

describe('a call is refused', () => {
  const OPERATIONS = ['list', 'get', 'create', 'revoke'] as const;
  const knock = (operation: (typeof OPERATIONS)[number], id: string, headers: Record<string, string> = {}) =>
    ({
      list: () => call('GET', '', undefined, headers),
      get: () => call('GET', `/${id}`, undefined, headers),
      create: () => call('POST', '', wanted(), headers),
      revoke: () => call('POST', `/${id}/revoke`, {}, headers),
    })[operation]();

  it.each(OPERATIONS)('with 401 without a key: %s', async (operation) => {
    const answer = await knock(operation, key.id, { authorization: '' });
    expect([answer.status, answer.body.error]).toMatchObject([
      401,
      { code: 'UNAUTHORIZED', message: 'Authentication is required or invalid.' },
    ]);
  });

  it.each(OPERATIONS)('with 403 without the scope, and for who is neither owner nor admin: %s', async (operation) => {
    const maker = key;
    key = await seedKey(installation, tenant, { scopes: ['scans:create'], projectId: null });
    expect(told(await knock(operation, maker.id))).toEqual([403, 'INSUFFICIENT_SCOPE']);
    key = maker;
    await installation.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'admin' } });
    expect((await knock(operation, (await seedKey(installation, tenant, { projectId: null })).id)).status).toBeLessThan(300);
    await installation.db.prisma.organizationMember.updateMany({
      where: { userId: tenant.user.id },
      data: { role: 'developer' },
    });
    expect(told(await knock(operation, maker.id))).toEqual([403, 'FORBIDDEN']);
  });

  it('with 403 and the offenders for what is beyond the key that asks', async () => {
    const answer = await call('POST', '', wanted({ scopes: ['scans:create', 'findings:write'] }));
    expect(told(answer)).toEqual([403, 'SCOPE_NOT_GRANTABLE']);
    expect(answer.body.error.offenders).toEqual([{ scope: 'findings:write', reason: 'The key that asks does not have it.' }]);
  });

  it.each(['get', 'revoke'] as const)(
    'with 404 for a key that is not there, of another organization or of a project: %s',
    async (operation) => {
      const foreign = await seedKey(installation, await seedTenant(installation, { plan: 'pro' }), { projectId: null });
      const ofProject = await seedKey(installation, tenant);
      for (const id of [NOBODY, foreign.id, ofProject.id])
        expect(told(await knock(operation, id))).toEqual([404, 'API_KEY_NOT_FOUND']);
    },
  );

  it.each(['get', 'revoke'] as const)('with 400 by the path’s own name for an id that is none: %s', async (operation) => {
    const answer = await knock(operation, 'abc');
    expect([told(answer), answer.body.error.issues[0].path]).toEqual([[400, 'BAD_REQUEST'], 'apiKeyId']);
  });

  it.each<[what: string, query: string, path: string]>([
    ['no page size', 'limit=0', 'limit'],
    ['a page too large', 'limit=101', 'limit'],
    ['a parent that is none', 'parentKeyId=abc', 'parentKeyId'],
  ])('with 400 for a list with %s', async (_what, query, path) => {
    const answer = await call('GET', `?${query}`);
    expect([told(answer), answer.body.error.issues[0].path]).toEqual([[400, 'BAD_REQUEST'], path]);
  });

  it.each<[what: string, change: object, path: string]>([
    ['no name', { name: undefined }, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name of 121 characters', { name: 'x'.repeat(121) }, 'name'],
    ['no scopes', { scopes: undefined }, 'scopes'],
    ['an empty list of scopes', { scopes: [] }, 'scopes'],
    ['a scope that there is not', { scopes: ['planets:read'] }, 'scopes.0'],
    ['no type of owner', { ownerPrincipalType: undefined }, 'ownerPrincipalType'],
    ['a type of owner that there is not', { ownerPrincipalType: 'robot' }, 'ownerPrincipalType'],
    ['an owner that is no id', { ownerPrincipalId: 'abc' }, 'ownerPrincipalId'],
    ['an end that is no instant', { expiresAt: 'tomorrow' }, 'expiresAt'],
    ['an end that is past', { expiresAt: '2020-01-01T00:00:00.000Z' }, 'expiresAt'],
    [
      'a type of resource of 81 characters',
      { scopes: [{ permission: 'scans:create', resourceType: 'x'.repeat(81) }] },
      'scopes.0.resourceType',
    ],
    ['a service that is no id', { scopes: [{ permission: 'scans:create', serviceId: 'abc' }] }, 'scopes.0.serviceId'],
  ])('with 400 that says where for %s', async (_what, change, path) => {
    const answer = await call('POST', '', wanted(change));
    expect([told(answer), answer.body.error.message]).toEqual([[400, 'BAD_REQUEST'], 'The request did not pass validation.']);
    expect(answer.body.error.issues[0].path).toBe(path);
  });

  it.each<[string, object, string[]]>([
    ['a constraint', { scopes: [{ permission: 'services:read', serviceID: NOBODY }] }, ['scopes.0.serviceID']],
    ['two of them', { scopes: ['services:read', { permission: 'services:read', a: 1, b: 2 }] }, ['scopes.1.a', 'scopes.1.b']],
    ['the end', { expires_at: '2026-12-31T00:00:00.000Z' }, ['expires_at']],
    ['the addresses', { allowed_ips: ['203.0.113.0/24'] }, ['allowed_ips']],
  ])('with 400 and the path for %s that is misspelt, and no key is made', async (_what, change, paths) => {
    const before = await installation.db.prisma.apiKey.count();
    const answer = await call('POST', '', wanted(change));
    expect(told(answer)).toEqual([400, 'BAD_REQUEST']);
    expect(answer.body.error.issues).toEqual(paths.map((path) => ({ path, message: 'There is no such member.' })));
    expect(await installation.db.prisma.apiKey.count()).toBe(before);
  });

  it.each([
    ['that there is not', NOBODY],
    ['that is not said', undefined],
    ['that is a person', null],
  ])('with 400 and the path for a service account %s, as the contract knows no 404', async (_what, account) => {
    const ownerPrincipalId = account === null ? tenant.user.id : account;
    const answer = await call('POST', '', wanted({ ownerPrincipalType: 'service_account', ownerPrincipalId }));
    expect([told(answer), answer.body.error.issues[0].path]).toEqual([[400, 'BAD_REQUEST'], 'ownerPrincipalId']);
  });

  it('with 400 for an Idempotency-Key: its answer has a secret, which is not kept', async () => {
    expect(told(await call('POST', '', wanted(), { 'idempotency-key': 'a' }))).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('the limits of the contract', () => {
  it.each([
    ['a name of 1', { name: 'x' }],
    ['a name of 119', { name: 'x'.repeat(119) }],
    ['a name of 120', { name: 'x'.repeat(120) }],
    ['1 scope', { scopes: ['scans:create'] }],
    ['2 scopes', { scopes: ['scans:create', 'services:read'] }],
    ['a type of resource of 79', { scopes: [{ permission: 'scans:create', resourceType: 'x'.repeat(79) }] }],
    ['a type of resource of 80', { scopes: [{ permission: 'scans:create', resourceType: 'x'.repeat(80) }] }],
    ['no end', { expiresAt: null }],
    ['no owner but who asks', { ownerPrincipalId: null }],
  ])('take %s', async (_what, change) => {
    await create(change);
  });

  it('a revocation is done once for an Idempotency-Key', async () => {
    const made = await create();
    const headers = { 'idempotency-key': 'gone' };
    const first = await call('POST', `/${String(made['id'])}/revoke`, {}, headers);
    const again = await call('POST', `/${String(made['id'])}/revoke`, {}, headers);
    expect([first.status, again.body, again.headers['idempotent-replayed']]).toEqual([200, first.body, 'true']);
    const another = await create();
    const other = await call('POST', `/${String(another['id'])}/revoke`, {}, headers);
    expect([other.status, other.body.id]).toEqual([200, another['id']]);
  });
});

describe('openapi/platform.json', () => {
  const document = JSON.parse(readFileSync(new URL('../openapi/platform.json', import.meta.url), 'utf8')) as Json;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: 'https://document.test/platform.json' });
  const STATUSES = {
    '/api-keys': { get: 200, post: 201 },
    '/api-keys/{apiKeyId}': { get: 200 },
    '/api-keys/{apiKeyId}/revoke': { post: 200 },
  };

  it('has the operations of the contract, with the statuses that it documents', () => {
    for (const [path, methods] of Object.entries(STATUSES))
      for (const [method, success] of Object.entries(methods)) {
        const { responses } = document['paths'][`/api${path}`][method];
        const refusals = path === '/api-keys' ? ['400', '401', '403'] : ['400', '401', '403', '404'];
        expect(Object.keys(responses)).toEqual(expect.arrayContaining([String(success), ...refusals]));
      }
  });

  it('says that a new key and its scopes have no other members, and that answers may gain some', () => {
    const { paths, components } = JSON.parse(readFileSync(new URL('../openapi/platform.json', import.meta.url), 'utf8')) as Json;
    const body = paths['/api/api-keys'].post.requestBody.content['application/json'].schema;
    expect([body.additionalProperties, components.schemas['RequestedApiKeyScope'].additionalProperties]).toEqual([false, false]);
    for (const name of ['ApiKey', 'ApiKeyScope', 'ScanSource'])
      expect(components.schemas[name]).not.toHaveProperty('additionalProperties');
  });

  it('has what is answered', async () => {
    const made = await create();
    const answers: [Answer, path: string, method: string][] = [
      [await call('POST', '', wanted()), '/api-keys', 'post'],
      [await call('POST', '', {}), '/api-keys', 'post'],
      [await call('GET', ''), '/api-keys', 'get'],
      [await call('GET', `/${String(made['id'])}`), '/api-keys/{apiKeyId}', 'get'],
      [await call('GET', `/${NOBODY}`), '/api-keys/{apiKeyId}', 'get'],
      [await call('POST', `/${String(made['id'])}/revoke`), '/api-keys/{apiKeyId}/revoke', 'post'],
    ];
    for (const [{ status, body }, path, method] of answers) {
      const at = `/api${path}`.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
      const pointer = `#/paths/${at}/${method}/responses/${status}/content/application~1json/schema`;
      const check = ajv.compile({ $ref: `https://document.test/platform.json${pointer}` });
      expect(check(body) ? [] : check.errors, `${method} ${path}: ${JSON.stringify(body)}`).toEqual([]);
    }
  });
});
