import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';

// Contract Reqflo, as its clients meet it. The gates are the access matrix's.

type Json = Record<string, any>;
const INGEST_SCOPES = [
  'scans:create',
  'services:read',
  'services:create',
  'services:update',
  'endpoints:read',
  'endpoints:write',
];

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'pro' });
  key = await seedKey(installation, tenant, { scopes: ['write'], projectId: null });
});

type Method = 'GET' | 'POST' | 'PATCH';
function call(method: Method, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const authorization = `Bearer ${key.raw}`;
  const isText = typeof body === 'string';
  return send(installation, {
    method,
    url: `/api${path}`,
    headers: { authorization, ...(isText && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { payload: body as object }),
  });
}
const told = ({ status, body }: Answer) => [status, body.error.code];

/** The body of the contract's own curl, to the letter. */
const CURL_DATA = `{
  "service": {
    "name": "Billing API"
  },
  "spec": {
    "hash": "8f14e45fceea167a5a36dedd4bea2543a6f6f6a4fc5f1fc9e2b192d7ab1b03c2",
    "format": "openapi",
    "version": "3.1.0",
    "title": "Billing API"
  },
  "endpoints": [
    {
      "method": "POST",
      "path": "/charges",
      "operationId": "createCharge",
      "tags": [
        "Payments"
      ],
      "summary": "Create charge"
    }
  ],
  "findings": []
}`;
const payload = (change: object = {}) => ({ ...(JSON.parse(CURL_DATA) as Json), ...change });

describe('the curl of the contract', () => {
  it('gets 201 with the scan run, its counts, its address and its page, by a key with the six scopes and no other', async () => {
    key = await seedKey(installation, tenant, { scopes: INGEST_SCOPES, projectId: null });
    const answer = await call('POST', '/scans/ingest', CURL_DATA);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...{ serviceName: 'Billing API', endpointCount: 1, findingCount: 0, serviceCreated: true, unchanged: false },
      resultUrl: `${installation.core.publicUrl}/scan-runs/${answer.body.id}`,
      createdBy: { keyId: key.id },
    });
    expect(answer.headers['location']).toBe(`/api/scan-runs/${answer.body.id}`);
  });

  it('leaves an entry in the audit log, by the key', async () => {
    const { body } = await call('POST', '/scans/ingest', CURL_DATA);
    const entries = await installation.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } });
    expect(entries).toMatchObject([
      { action: 'scan.ingested', resourceType: 'scan_run', resourceId: body.id, apiKeyId: key.id, outcome: 'allowed' },
    ]);
  });

  it('sent twice with an Idempotency-Key is one run', async () => {
    const headers = { 'idempotency-key': 'build-17' };
    const first = await call('POST', '/scans/ingest', CURL_DATA, headers);
    const again = await call('POST', '/scans/ingest', CURL_DATA, headers);
    expect(again.body).toEqual(first.body);
    expect(await installation.db.prisma.scanRun.count({ where: { serviceId: first.body.serviceId } })).toBe(1);
  });
});

describe('a scan is refused', () => {
  const stored = () => installation.db.prisma.service.count({ where: { orgId: tenant.organization.id } });

  it('with 401 without a key', async () => {
    const answer = await call('POST', '/scans/ingest', CURL_DATA, { authorization: '' });
    expect(answer.body).toMatchObject({ error: { code: 'UNAUTHORIZED', message: 'Authentication is required or invalid.' } });
  });

  it('with 403 that names all the scopes that are missing, together', async () => {
    key = await seedKey(installation, tenant, { scopes: ['services:read', 'endpoints:read', 'scans:create'], projectId: null });
    const answer = await call('POST', '/scans/ingest', CURL_DATA);
    expect(answer.status).toBe(403);
    expect(answer.body.error).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      requiredScope: 'services:create services:update endpoints:write',
      grantedScopes: ['services:read', 'endpoints:read', 'scans:create'],
    });
    // Of a challenge, the scopes are all that the call takes (RFC 6750 §3): a key with what was missing alone would lack the rest.
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="reqbase", error="insufficient_scope", scope="scans:create services:read services:create services:update endpoints:read endpoints:write"',
    );
  });

  it('with 403 for a key of one project', async () => {
    key = await seedKey(installation, tenant, { scopes: INGEST_SCOPES });
    expect(told(await call('POST', '/scans/ingest', CURL_DATA))).toEqual([403, 'API_KEY_PROJECT_MISMATCH']);
  });

  it('with 400 when it names an organization, be it the key’s own, in the body or in the query', async () => {
    for (const organizationId of [tenant.organization.id, '00000000-0000-0000-0000-000000000000', null])
      expect(told(await call('POST', '/scans/ingest', payload({ organizationId })))).toEqual([400, 'BAD_REQUEST']);
    expect(told(await call('POST', `/scans/ingest?organizationId=${tenant.organization.id}`, CURL_DATA))).toEqual([
      400,
      'BAD_REQUEST',
    ]);
    expect(await stored()).toBe(0);
  });

  it('with 400 that says where for what is not in the contract, and for one endpoint too many', async () => {
    const answer = await call('POST', '/scans/ingest', payload({ spec: { ...payload()['spec'], hash: 'abc' } }));
    expect(answer.body.error).toMatchObject({ code: 'BAD_REQUEST', message: 'The request did not pass validation.' });
    expect(answer.body.error.issues).toMatchObject([{ path: 'spec.hash' }]);
    const [endpoint] = payload()['endpoints'];
    const endpoints = Array.from({ length: 2_001 }, (_, n) => ({ ...endpoint, path: `/${n}` }));
    expect(told(await call('POST', '/scans/ingest', payload({ endpoints })))).toEqual([400, 'BAD_REQUEST']);
    expect(told(await call('POST', '/scans/ingest', payload({ project: 'x' })))).toEqual([400, 'BAD_REQUEST']);
    expect(told(await call('POST', '/scans/ingest', '{'))).toEqual([400, 'BAD_JSON']);
    expect(await stored()).toBe(0);
  });

  it('with 413 for one byte more than 8 MiB, and not for 8 MiB', async () => {
    const padded = (bytes: number) => CURL_DATA + ' '.repeat(bytes - CURL_DATA.length);
    const limit = 8 * 1_024 * 1_024;
    expect(told(await call('POST', '/scans/ingest', padded(limit + 1)))).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(await stored()).toBe(0);
    for (const bytes of [limit - 1, limit]) expect((await call('POST', '/scans/ingest', padded(bytes))).status).toBe(201);
  });

  it('is not told what is wrong with it to who may not send one', async () => {
    key = await seedKey(installation, tenant, { scopes: ['read'], projectId: null });
    expect(told(await call('POST', '/scans/ingest', '{'))).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect(told(await call('POST', '/scans/ingest', payload({ organizationId: 'x' })))).toEqual([403, 'INSUFFICIENT_SCOPE']);
  });
});

describe('the catalogue', () => {
  const finding = { code: 'server-http', severity: 'high', message: 'No TLS', method: null, path: null };

  it('is read: services, endpoints, scan runs, findings, each list under its own name and page by page', async () => {
    const { body: first } = await call('POST', '/scans/ingest', payload({ findings: [finding] }));
    const { body: second } = await call('POST', '/scans/ingest', payload({ endpoints: [] }));
    await call('POST', '/scans/ingest', payload({ service: { name: 'Other' } }));
    const page = await call('GET', '/services?limit=1');
    expect(page.body).toEqual({ services: [expect.anything()], hasMore: true, nextCursor: expect.any(String) });
    const rest = await call('GET', `/services?limit=1&cursor=${page.body.nextCursor}`);
    expect(rest.body).toMatchObject({ services: [{ id: first.serviceId, endpointCount: 0 }], hasMore: false, nextCursor: null });
    expect(told(await call('GET', `/services?limit=2&q=x&cursor=${page.body.nextCursor}`))).toEqual([400, 'INVALID_CURSOR']);
    expect((await call('GET', '/services?q=BILL')).body.services.map(({ name }: Json) => name)).toEqual(['Billing API']);
    const at = `/services/${first.serviceId}`;
    expect((await call('GET', `${at}/endpoints?state=removed,active&q=Charge`)).body.endpoints).toMatchObject([
      { path: '/charges', state: 'removed', lastSeenScanId: first.id },
    ]);
    expect((await call('GET', `${at}/scan-runs`)).body.scanRuns.map(({ id }: Json) => id)).toEqual([second.id, first.id]);
    expect((await call('GET', `/scan-runs/${second.id}/compare/${first.id}`)).body).toMatchObject({
      scan: { id: second.id },
      base: { id: first.id },
      added: [],
      removed: [{ path: '/charges' }],
      endpointDrop: true,
      findings: { added: [], gone: [{ code: 'server-http' }] },
    });
    expect((await call('GET', '/findings?severity=high&state=resolved')).body.findings).toMatchObject([{ code: 'server-http' }]);
  });

  it('lists findings by severity or newest first, and those in which a text is', async () => {
    const found = ['low', 'critical', 'high'].map((severity) => ({ ...finding, severity, message: `Of ${severity} weight` }));
    await call('POST', '/scans/ingest', payload({ findings: found }));
    await call('POST', '/scans/ingest', payload({ findings: [...found, { ...finding, severity: 'info', message: 'New' }] }));
    const listed = async (query: string) =>
      (await call('GET', `/findings${query}`)).body.findings.map((one: Json) => one.severity);
    expect(await listed('')).toEqual(['critical', 'high', 'low', 'info']);
    expect((await listed('?sort=createdAt'))[0]).toBe('info');
    expect(await listed('?q=WEIGHT&limit=2')).toEqual(['critical', 'high']);
    const { body: page } = await call('GET', '/findings?q=weight&limit=2');
    expect(await listed(`?q=weight&limit=2&cursor=${String(page.nextCursor)}`)).toEqual(['low']);
    const other = await call('GET', `/findings?q=weight&limit=2&sort=createdAt&cursor=${String(page.nextCursor)}`);
    expect(told(other)).toEqual([400, 'INVALID_CURSOR']);
    expect(told(await call('GET', '/findings?sort=message'))).toEqual([400, 'BAD_REQUEST']);
  });

  it('is changed under the tag of what was read', async () => {
    const { body: run } = await call('POST', '/scans/ingest', payload({ findings: [finding] }));
    const at = `/services/${run.serviceId}`;
    const tag = String((await call('GET', at)).headers['etag']);
    const changed = await call('PATCH', at, { ownerTeam: 'Payments' }, { 'if-match': tag });
    expect([changed.status, changed.body.ownerTeam]).toEqual([200, 'Payments']);
    expect(told(await call('PATCH', at, { lifecycle: 'deprecated' }, { 'if-match': tag }))).toEqual([412, 'PRECONDITION_FAILED']);
    expect(told(await call('PATCH', at, {}))).toEqual([400, 'NO_UPDATES']);
    const [found] = (await call('GET', '/findings')).body.findings;
    const ignored = await call('PATCH', `/findings/${found.id}`, { state: 'ignored', reason: 'Inside only' });
    expect(ignored.body).toMatchObject({ state: 'ignored', reason: 'Inside only', decidedBy: { name: tenant.user.name } });
    const made = await call('POST', `${at}/environments`, { name: 'Staging' });
    expect([made.status, made.headers['location']]).toEqual([201, `/api${at}/environments`]);
    expect((await call('GET', `${at}/environments`)).body).toEqual({ environments: [made.body] });
    expect(told(await call('POST', `${at}/environments`, { name: 'STAGING' }))).toEqual([409, 'CONFLICT']);
  });

  it.each([
    ['/services/0197a3c4-0000-7000-8000-000000000000', 'SERVICE_NOT_FOUND'],
    ['/services/0197a3c4-0000-7000-8000-000000000000/endpoints', 'SERVICE_NOT_FOUND'],
    ['/services/0197a3c4-0000-7000-8000-000000000000/scan-runs', 'SERVICE_NOT_FOUND'],
    ['/services/0197a3c4-0000-7000-8000-000000000000/workflows', 'SERVICE_NOT_FOUND'],
    ['/scan-runs/0197a3c4-0000-7000-8000-000000000000', 'SCAN_RUN_NOT_FOUND'],
    ['/findings/0197a3c4-0000-7000-8000-000000000000', 'FINDING_NOT_FOUND'],
    ['/nothing', 'RESOURCE_NOT_FOUND'],
  ])('has nothing at %s: %s', async (path, code) => {
    expect(told(await call('GET', path))).toEqual([404, code]);
  });

  it('of another organization is not there', async () => {
    const { body: run } = await call('POST', '/scans/ingest', payload({ findings: [finding] }));
    const [found] = (await call('GET', '/findings')).body.findings;
    const other = await seedTenant(installation, { plan: 'pro' });
    key = await seedKey(installation, other, { scopes: ['write'], projectId: null });
    const codes = await Promise.all(
      [
        `/services/${run.serviceId}`,
        `/services/${run.serviceId}/endpoints`,
        `/services/${run.serviceId}/environments`,
        `/scan-runs/${run.id}`,
        `/scan-runs/${run.id}/compare/${run.id}`,
        `/findings/${found.id}`,
      ].map(async (path) => (await call('GET', path)).status),
    );
    expect(new Set(codes)).toEqual(new Set([404]));
    expect((await call('PATCH', `/services/${run.serviceId}`, { tags: ['x'] })).status).toBe(404);
    expect((await call('GET', `/findings?scanRunId=${run.id}`)).body.findings).toEqual([]);
    expect((await call('GET', '/services')).body.services).toEqual([]);
  });

  it('knows the methods of its paths', async () => {
    const answer = await call('POST', '/services', {});
    expect([told(answer), answer.headers['allow']]).toEqual([[405, 'METHOD_NOT_ALLOWED'], 'GET, HEAD, OPTIONS']);
  });
});
