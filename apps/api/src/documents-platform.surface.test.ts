import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '@reqbase/auth';
import { seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import type { BoundProcedure } from '@reqbase/core';
import { scanOf } from '@reqbase/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from './testing.ts';
import { describeDocument, documentOf } from './testing-documents.ts';
import { type Platform, seedPlatform } from './testing-platform.ts';

// The document of the platform surface against the server: every operation, every code that it says it can answer with.

const documented = documentOf('platform');
const { document, operations: OPERATIONS, documentedCodes, expectDocumented } = documented;

describeDocument('platform', documented);

it('names no organization where it is the key’s own', () => {
  for (const [, procedure] of OPERATIONS.filter(([, { binding }]) => binding.isOwnOrganization === true)) {
    const { parameters, requestBody } = documented.operationOf(procedure);
    const asked = JSON.stringify([parameters, requestBody]);
    if (procedure.binding.mayNameOrganization !== true) expect(asked).not.toContain('organizationId');
    expect(asked).not.toMatch(/"required":\[[^\]]*"organizationId"|"organizationId","required":true/);
  }
});

it('has the refusals of the contract for a scan', () => {
  const post = document.paths['/api/scans/ingest']?.['post'];
  expect(Object.keys(post?.responses ?? {})).toEqual(expect.arrayContaining(['201', '400', '401', '403', '413']));
  expect(post?.security).toEqual([
    {
      bearer: ['scans:create', 'services:read', 'services:create', 'services:update', 'endpoints:read', 'endpoints:write'],
    },
  ]);
});

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let origin: string;
let platform: Platform;

beforeAll(async () => {
  installation = await openInstallation();
  origin = await installation.app.listen({ port: 0, host: '127.0.0.1' });
  platform = await seedPlatform(installation);
  ({ tenant, key } = platform);
});
afterAll(() => installation.close());

type Call = {
  method?: string;
  path?: string;
  query?: string;
  body?: object;
  raw?: string;
  headers?: Record<string, string>;
  key?: TestKey | null;
};

function call(sample: Call, change: Call = {}): Promise<Response> {
  const { method = 'GET', path = '', query = '', body, raw, headers, key: presented } = { ...sample, ...change };
  const caller = presented === undefined ? key : presented;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return fetch(`${origin}/api${path}${query}`, {
    method,
    headers: {
      ...(caller !== null && { authorization: `Bearer ${caller.raw}` }),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { body: payload }),
  });
}

const sampleOf = (procedure: BoundProcedure): Call => platform.sampleOf(procedure);
const withKey = (options: Parameters<typeof seedKey>[2], of = tenant) =>
  seedKey(installation, of, { scopes: ['admin'], projectId: null, ...options });

/** The same call about what is not there. */
function aboutAnother(procedure: BoundProcedure): Promise<Response> {
  const sample = sampleOf(procedure);
  return call(sample, { path: sample.path?.replace(/[0-9a-f-]{36}/, randomUUID()) ?? '' });
}

type Provoke = (procedure: BoundProcedure) => Promise<Response>;

/** How to get each code out of an operation that documents it. */
const PROVOKE: Partial<Record<ErrorCode, Provoke>> = {
  BAD_REQUEST: (procedure) => {
    const sample = sampleOf(procedure);
    if ('limit' in procedure.input.shape) return call(sample, { query: '?limit=0' });
    return Object.keys(sample.body ?? {}).length > 0
      ? call(sample, { body: { ownerTeam: 1, name: 1, service: 1, state: 1, role: 1 } })
      : call(sample, { path: sample.path?.replace(/[0-9a-f-]{36}/, '1') ?? '' });
  },
  BAD_JSON: (procedure) => call(sampleOf(procedure), { raw: '{' }),
  NO_UPDATES: (procedure) => call(sampleOf(procedure), { body: { unknown: 1 } }),
  PAYLOAD_TOO_LARGE: (procedure) =>
    call(sampleOf(procedure), { raw: ' '.repeat((procedure.binding.bodyLimit ?? 1_048_576) + 1) }),
  UNSUPPORTED_MEDIA_TYPE: (procedure) => call(sampleOf(procedure), { headers: { 'content-type': 'text/plain' } }),
  AMBIGUOUS_CREDENTIALS: (procedure) => call(sampleOf(procedure), { headers: { 'x-api-key': 'another' } }),
  URI_TOO_LONG: (procedure) => {
    const sample = sampleOf(procedure);
    return call(sample, { path: sample.path?.replace(/[0-9a-f-]{36}/, 'a'.repeat(501)) ?? '' });
  },
  UNAUTHORIZED: (procedure) => call(sampleOf(procedure), { key: null }),
  INVALID_TOKEN: (procedure) => call(sampleOf(procedure), { key: null, headers: { authorization: `Bearer ${'a'.repeat(43)}` } }),
  API_KEY_EXPIRED: async (procedure) =>
    call(sampleOf(procedure), { key: await withKey({ expiresAt: installation.clock.now() }) }),
  API_KEY_REVOKED: async (procedure) =>
    call(sampleOf(procedure), { key: await withKey({ revokedAt: installation.clock.now() }) }),
  IP_NOT_ALLOWED: async (procedure) => call(sampleOf(procedure), { key: await withKey({ allowedIps: ['203.0.113.0/24'] }) }),
  API_KEY_PROJECT_MISMATCH: async (procedure) =>
    call(sampleOf(procedure), { key: await withKey({ projectId: tenant.project.id }) }),
  INSUFFICIENT_SCOPE: async (procedure) => call(sampleOf(procedure), { key: await withKey({ scopes: ['webhooks:read'] }) }),
  PLAN_REQUIRED: async (procedure) =>
    call(sampleOf(procedure), { key: await withKey({}, await seedTenant(installation, { plan: 'free' })) }),
  FORBIDDEN: async (procedure) =>
    call(sampleOf(procedure), {
      key: await withKey({ serviceAccount: { role: 'owner', disabledAt: installation.clock.now() } }),
    }),
  RATE_LIMITED: async (procedure) => {
    const busy = await withKey({});
    await setUsed(installation, { keyId: busy.id, minute: 30_000 });
    return call(sampleOf(procedure), { key: busy });
  },
  API_KEY_ORG_MISMATCH: (procedure) => {
    const [sample, organizationId] = [sampleOf(procedure), randomUUID()];
    return sample.body === undefined
      ? call(sample, { query: `?organizationId=${organizationId}` })
      : call(sample, { body: { ...sample.body, organizationId } });
  },
  SCOPE_NOT_GRANTABLE: async (procedure) => call(sampleOf(procedure), { key: await withKey({ scopes: ['keys:admin'] }) }),
  API_KEY_NOT_FOUND: aboutAnother,
  SERVICE_ACCOUNT_NOT_FOUND: aboutAnother,
  SERVICE_NOT_FOUND: aboutAnother,
  SCAN_RUN_NOT_FOUND: aboutAnother,
  FINDING_NOT_FOUND: aboutAnother,
  ENVIRONMENT_NOT_FOUND: (procedure) => call(sampleOf(procedure), { body: scanOf({ environmentId: randomUUID() }) }),
  WORKFLOW_NOT_FOUND: (procedure) => call(sampleOf(procedure), { body: scanOf({ workflowId: randomUUID() }) }),
  INVALID_CURSOR: (procedure) => call(sampleOf(procedure), { query: '?cursor=bm8.bm8' }),
  INVALID_STATUS_TRANSITION: (procedure) => call(sampleOf(procedure), { path: `/findings/${platform.ids.resolved}` }),
  PRECONDITION_FAILED: (procedure) => call(sampleOf(procedure), { headers: { 'if-match': '"999"' } }),
  CONFLICT: async (procedure) => {
    const sample = sampleOf(procedure);
    if (procedure.path === 'serviceAccounts.update') return call(sample, { body: { name: 'Deploys' } });
    await call(sample);
    return call(sample);
  },
  IDEMPOTENCY_CONFLICT: async (procedure) => {
    const headers = { 'idempotency-key': randomUUID() };
    await call(sampleOf(procedure), { headers });
    return call(sampleOf(procedure), { headers, body: { another: 1 } });
  },
};

/** An outage, which another test makes; and a fault of ours, at the end of this one. */
const ELSEWHERE = ['UNAVAILABLE', 'INTERNAL_ERROR'];

describe.each(OPERATIONS)('%s answers as documented', (_path, procedure) => {
  it.each(documentedCodes(procedure).filter(([, code]) => !ELSEWHERE.includes(code)))('with %i %s', async (status, code) => {
    const provoke = PROVOKE[code as ErrorCode];
    if (provoke === undefined) throw new Error(`${code} is documented and nothing here provokes it`);
    const answer = await provoke(procedure);
    expect([answer.status, await expectDocumented(procedure, answer)]).toEqual([status, code]);
  });

  it('with success, again with what the first answer was, and with 304 where it has a tag', async () => {
    const isRepeatable = procedure.binding.method === 'POST' && procedure.binding.isSecret !== true;
    const headers: Record<string, string> = isRepeatable ? { 'idempotency-key': randomUUID() } : {};
    const sample = sampleOf(procedure);
    const answer = await call(sample, { headers });
    expect(answer.status).toBe(procedure.binding.status ?? 200);
    const tag = answer.headers.get('etag');
    expect(await expectDocumented(procedure, answer)).toBeNull();
    if (isRepeatable) {
      const replay = await call(sample, { headers });
      expect(replay.headers.get('idempotent-replayed')).toBe('true');
      await expectDocumented(procedure, replay);
    }
    if (procedure.binding.method === 'GET' && tag !== null) {
      const unchanged = await call(sampleOf(procedure), { headers: { 'if-none-match': tag } });
      expect(unchanged.status).toBe(304);
      await expectDocumented(procedure, unchanged);
    }
  });
});

describe('a fault of ours', () => {
  it.each(OPERATIONS)('in %s is answered as documented, and says nothing of itself', async (_path, procedure) => {
    await installation.db.script('alter table if exists organization rename to organization_away');
    const answer = await call(sampleOf(procedure));
    expect([answer.status, await expectDocumented(procedure, answer)]).toEqual([500, 'INTERNAL_ERROR']);
  });
});
