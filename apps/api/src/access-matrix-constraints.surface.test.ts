import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { boundProcedures, listProcedures } from '@reqbase/core';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';
import { boundKeys, seedBoundKeys } from './testing-bound-keys.ts';

// Every operation of the platform surface, about one of two services, called with keys whose scopes are bound: to the first of the
// two, to places of it, to what cannot be, and to nothing. What comes of it is written down here, not asked of the gates.

type Known = Record<'id' | 'name' | 'environmentId' | 'workflowId' | 'scanId' | 'laterScanId' | 'findingId', string>;
type Kind = (typeof KINDS)[number];
/** Of the first service, by what the key is bound to; `beyond`: about the other one, by whatever it is bound to. */
type Row = Record<'free' | 'service' | 'environment' | 'workflow' | 'both' | 'torn' | 'beyond', string>;

let installation: TestInstallation;
let tenant: TestTenant;
const services = {} as Record<'A' | 'B', Known>;
const keys = {} as Record<Kind, string>;

type Request = InjectOptions & { readonly url: string };
const call = (raw: string, request: Request) =>
  send(installation, { ...request, headers: { authorization: `Bearer ${raw}` }, url: `/api${request.url}` });
const scanOf = ({ name, ...places }: Pick<Known, 'name'> & Partial<Known>, messages = ['M']) => ({
  service: { name },
  spec: { hash: 'a'.repeat(64), format: 'openapi' },
  endpoints: [{ method: 'GET', path: '/a', operationId: null, tags: [], summary: null }],
  findings: messages.map((message) => ({ code: 'c', severity: 'low', message, method: null, path: null })),
  ...places,
});

async function seedKnown(raw: string, name: string): Promise<Known> {
  const made = async (url: string, payload: object) => (await call(raw, { method: 'POST', url, payload })).body;
  const { serviceId: id } = await made('/scans/ingest', scanOf({ name }));
  const { id: environmentId } = await made(`/services/${id}/environments`, { name: 'staging' });
  const { id: workflowId } = await made(`/services/${id}/workflows`, { name: 'nightly' });
  const { id: scanId } = await made('/scans/ingest', scanOf({ name, environmentId, workflowId }));
  const { id: laterScanId } = await made('/scans/ingest', scanOf({ name, environmentId, workflowId }, ['M', 'Another']));
  const { body } = await call(raw, { url: `/findings?serviceId=${id}` });
  return { id, name, environmentId, workflowId, scanId, laterScanId, findingId: idOf(body.findings, 'M') };
}

const idOf = (findings: { id: string; message: string }[], message: string) =>
  findings.find((finding) => finding.message === message)?.id ?? expect.fail();

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'scale' });
  const seed = boundKeys(installation, tenant);
  keys.free = await seed({});
  services.A = await seedKnown(keys.free, 'Billing API');
  services.B = await seedKnown(keys.free, 'Search API');
  Object.assign(keys, await seedBoundKeys(seed, tenant, [services.A, services.B]));
});
afterAll(() => installation.close());

const REQUESTS: Record<string, (known: Known) => Request | Promise<Request>> = {
  'services.list': () => ({ url: '/services?limit=100' }),
  'services.get': ({ id }) => ({ url: `/services/${id}` }),
  'services.update': ({ id }) => ({ method: 'PATCH', url: `/services/${id}`, payload: { tags: ['t'] } }),
  'services.endpoints': ({ id }) => ({ url: `/services/${id}/endpoints` }),
  'services.scanRuns': ({ id }) => ({ url: `/services/${id}/scan-runs` }),
  'services.environments': ({ id }) => ({ url: `/services/${id}/environments` }),
  'services.createEnvironment': ({ id }) => ({
    method: 'POST',
    url: `/services/${id}/environments`,
    payload: { name: randomUUID() },
  }),
  'services.workflows': ({ id }) => ({ url: `/services/${id}/workflows` }),
  'services.createWorkflow': ({ id }) => ({ method: 'POST', url: `/services/${id}/workflows`, payload: { name: randomUUID() } }),
  'scans.ingest': ({ name, environmentId, workflowId }) => ({
    ...{ method: 'POST', url: '/scans/ingest', payload: scanOf({ name, environmentId, workflowId }) },
  }),
  'scans.get': ({ scanId }) => ({ url: `/scan-runs/${scanId}` }),
  'scans.compare': ({ scanId, laterScanId }) => ({ url: `/scan-runs/${laterScanId}/compare/${scanId}` }),
  'findings.list': () => ({ url: '/findings?limit=100' }),
  'findings.get': ({ findingId }) => ({ url: `/findings/${findingId}` }),
  'findings.triage': ({ findingId }) => ({ method: 'PATCH', url: `/findings/${findingId}`, payload: { state: 'accepted' } }),
  'organizationKeys.list': () => ({ url: '/api-keys' }),
  'organizationKeys.get': async () => ({ url: `/api-keys/${(await seedKey(installation, tenant, { projectId: null })).id}` }),
  'organizationKeys.create': () => ({
    ...{ method: 'POST', url: '/api-keys', payload: { name: 'A', scopes: ['services:read'], ownerPrincipalType: 'user' } },
  }),
  'organizationKeys.revoke': async () => ({
    ...{ method: 'POST', url: `/api-keys/${(await seedKey(installation, tenant, { projectId: null })).id}/revoke` },
  }),
  'scans.endpoints': ({ scanId }) => ({ url: `/scan-runs/${scanId}/endpoints` }),
  'serviceAccounts.list': () => ({ url: '/service-accounts' }),
  'serviceAccounts.get': async () => ({ url: `/service-accounts/${await seedAccount()}` }),
  'serviceAccounts.create': () => ({
    ...{ method: 'POST', url: '/service-accounts', payload: { name: randomUUID(), role: 'viewer' } },
  }),
  'serviceAccounts.update': async () => ({
    ...{ method: 'PATCH', url: `/service-accounts/${await seedAccount()}`, payload: { role: 'developer' } },
  }),
  'serviceAccounts.disable': async () => ({ method: 'POST', url: `/service-accounts/${await seedAccount()}/disable` }),
  'serviceAccounts.enable': async () => ({ method: 'POST', url: `/service-accounts/${await seedAccount()}/enable` }),
};

async function seedAccount(): Promise<string> {
  const [id, orgId] = [randomUUID(), tenant.organization.id];
  await installation.db.prisma.serviceAccount.create({ data: { id, orgId, name: id, role: 'viewer' } });
  return id;
}

const NO_SCOPE = '403 INSUFFICIENT_SCOPE';
const row = (free: string, service: string, others: string, more: Partial<Row> = {}): Row => ({
  ...{ free, service, environment: others, workflow: others, both: others, torn: others, beyond: others },
  ...more,
});
const ofServiceAlone = (open: string, missing: string) => row(open, open, missing);
const ofScan = (open: string, missing: string) => ({ ...row(open, open, open), torn: missing, beyond: missing });
const NO_SERVICE = '404 SERVICE_NOT_FOUND';
const notAboutServices = (open: string) => row(open, NO_SCOPE, NO_SCOPE);

const ROWS: Record<string, Row> = {
  'services.list': row('200 [A,B]', '200 [A]', '200 []', { beyond: '' }),
  'services.get': ofServiceAlone('200', NO_SERVICE),
  'services.update': ofServiceAlone('200', NO_SERVICE),
  'services.endpoints': ofServiceAlone('200 [A]', NO_SERVICE),
  'services.scanRuns': ofScan('200 [A]', NO_SERVICE),
  'services.environments': { ...ofScan('200 [A]', NO_SERVICE), workflow: '200 []' },
  'services.createEnvironment': ofServiceAlone('201', NO_SERVICE),
  'services.workflows': { ...ofScan('200 [A]', NO_SERVICE), environment: '200 []', both: '200 []' },
  'services.createWorkflow': ofServiceAlone('201', NO_SERVICE),
  'scans.ingest': ofServiceAlone('201', NO_SCOPE),
  'scans.get': ofScan('200', '404 SCAN_RUN_NOT_FOUND'),
  'scans.compare': { ...ofScan('200 [] []', '404 SCAN_RUN_NOT_FOUND'), free: '200 [A] []', service: '200 [A] []' },
  'findings.list': row('200 [A,B]', '200 [A]', '200 []', { beyond: '' }),
  'findings.get': ofServiceAlone('200', '404 FINDING_NOT_FOUND'),
  'findings.triage': ofServiceAlone('200', '404 FINDING_NOT_FOUND'),
  'organizationKeys.list': notAboutServices('200'),
  'organizationKeys.get': notAboutServices('200'),
  'organizationKeys.create': notAboutServices('201'),
  'organizationKeys.revoke': notAboutServices('200'),
  'scans.endpoints': ofScan('200', '404 SCAN_RUN_NOT_FOUND'),
  'serviceAccounts.list': notAboutServices('200'),
  'serviceAccounts.get': notAboutServices('200'),
  'serviceAccounts.create': notAboutServices('201'),
  'serviceAccounts.update': notAboutServices('200'),
  'serviceAccounts.disable': notAboutServices('200'),
  'serviceAccounts.enable': notAboutServices('200'),
};

/** Lists of what belongs to no service. */
const NOT_OF_SERVICES = ['apiKeys', 'serviceAccounts'];

/** The status, and of a refusal its code, of a list or a comparison whose things are in it. */
function told({ status, body }: Answer): string {
  if (status >= 400) return `${status} ${String(body.error.code)}`;
  const list = Object.entries(body as object).find(
    ([name, value]) => Array.isArray(value) && !NOT_OF_SERVICES.includes(name) && 'nextCursor' in body,
  );
  const places: unknown = body.environments ?? body.workflows;
  const items = (list?.[1] ?? places) as Item[] | undefined;
  if (items !== undefined) return `${status} ${servicesOf(items)}`;
  // Of a comparison, what came and what went.
  const compared = body.findings as Record<'added' | 'gone', Item[]> | undefined;
  return compared === undefined ? String(status) : `${status} ${servicesOf(compared.added)} ${servicesOf(compared.gone)}`;
}

type Item = Readonly<Record<string, string>>;

function servicesOf(items: readonly Item[]): string {
  const names = items.map(({ id, serviceId = id }) => (serviceId === services.A.id ? 'A' : 'B'));
  return `[${[...new Set(names)].toSorted().join(',')}]`;
}

it('has a row for every operation of the platform surface', () => {
  const bound = boundProcedures('platform').map(({ path }) => path);
  expect([Object.keys(ROWS).toSorted(), Object.keys(REQUESTS).toSorted()]).toEqual([bound.toSorted(), bound.toSorted()]);
});

const KINDS = ['free', 'organization', 'service', 'environment', 'workflow', 'both', 'torn', 'unknown', 'project'] as const;

it('has one for every procedure, on whatever surface, that a scope bound to a service can open', () => {
  const opened = listProcedures().filter(({ need }) => /^(scans|services|endpoints|findings):/.test(need.scope));
  // It answers people alone, and no key: `scan-runs.test.ts`.
  const ofKeys = opened.map(({ path }) => path).filter((path) => path !== 'scans.locate');
  expect(Object.keys(ROWS)).toEqual(expect.arrayContaining(ofKeys));
});

/** What a list shows of the other service where everything is open. */
const ofOther = (outcome: string) => outcome.replaceAll('[A]', '[B]');

describe.each(KINDS)('a key bound to: %s', (kind) => {
  for (const [path, expected] of Object.entries(ROWS)) {
    for (const about of ['A', 'B'] as const) {
      const isFree = kind === 'free' || kind === 'organization';
      const isClosed = kind === 'unknown' || kind === 'project';
      // A list of everything is about neither.
      if (about === 'B' && expected.beyond === '') continue;
      const ofFirst = isFree ? expected.free : isClosed ? NO_SCOPE : expected[kind];
      const outcome = about === 'A' ? ofFirst : isFree ? ofOther(expected.free) : isClosed ? NO_SCOPE : expected.beyond;
      it(`${path} about ${about}: ${outcome}`, async () => {
        const answer = await call(keys[kind], await (REQUESTS[path] ?? expect.fail())(services[about]));
        expect(told(answer), answer.text).toBe(outcome);
      });
    }
  }
});

it('a key that is bound to a place is told of a scan what has changed since the last one there, and of no other', async () => {
  const { name, environmentId, workflowId } = services.A;
  const endpoints = [{ method: 'GET', path: '/elsewhere', operationId: null, tags: [], summary: null }];
  const send = async (scan: object) => (await call(keys.free, { method: 'POST', url: '/scans/ingest', payload: scan })).body;
  const { id: first } = await send({ ...scanOf({ name, environmentId }), endpoints });
  await send(scanOf({ name, workflowId }));
  const { id: second } = await send({ ...scanOf({ name, environmentId }), endpoints });
  const { body: list } = await call(keys.environment, { url: `/services/${services.A.id}/scan-runs?limit=1` });
  const { body: one } = await call(keys.environment, { url: `/scan-runs/${second}` });
  for (const run of [list.scanRuns[0], one])
    expect(run).toMatchObject({
      ...{ id: second, previousScanId: first, unchanged: true },
      changes: { added: 0, removed: 0, changed: 0, operationIds: 0 },
    });
  const { body: whole } = await call(keys.service, { url: `/scan-runs/${second}` });
  expect([whole.previousScanId === first, whole.changes]).toEqual([false, { added: 1, removed: 1, changed: 0, operationIds: 0 }]);
});
