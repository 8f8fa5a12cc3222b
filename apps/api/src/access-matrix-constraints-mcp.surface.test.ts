import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { toolsOf } from '@reqbase/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolCaller } from './mcp/testing.ts';
import { openInstallation, send, type TestInstallation } from './testing.ts';
import { boundKeys, seedBoundKeys } from './testing-bound-keys.ts';

// Every tool of the catalogue at an organization's endpoint, about one of two services, called with keys whose scopes are bound:
// to the first of the two, to places of it, to what cannot be, and to nothing. As on the platform surface
// (`access-matrix-constraints.surface.test.ts`), what comes of it is written down here, not asked of the gates.

type Known = Record<'id' | 'environmentId' | 'workflowId' | 'scanId', string>;
type About = 'A' | 'B';
const KINDS = ['free', 'organization', 'service', 'environment', 'workflow', 'both', 'torn', 'unknown', 'project'] as const;
type Kind = (typeof KINDS)[number];

let installation: TestInstallation;
let tenant: TestTenant;
const services = {} as Record<About, Known>;
const keys = {} as Record<Kind, string>;

async function seedKnown(raw: string, name: string): Promise<Known> {
  const made = async (url: string, payload: object) => {
    const headers = { authorization: `Bearer ${raw}` };
    return (await send(installation, { method: 'POST', url: `/api${url}`, headers, payload })).body;
  };
  const scan = (places: object) => ({
    service: { name },
    spec: { hash: 'a'.repeat(64), format: 'openapi' },
    endpoints: [{ method: 'GET', path: '/a', operationId: null, tags: [], summary: null }],
    findings: [{ code: 'c', severity: 'low', message: 'M', method: null, path: null }],
    ...places,
  });
  const { serviceId: id } = await made('/scans/ingest', scan({}));
  const { id: environmentId } = await made(`/services/${id}/environments`, { name: 'staging' });
  const { id: workflowId } = await made(`/services/${id}/workflows`, { name: 'nightly' });
  const { id: scanId } = await made('/scans/ingest', scan({ environmentId, workflowId }));
  return { id, environmentId, workflowId, scanId };
}

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

/** Of the first service, by what the key is bound to; `beyond`: about the other one, by whatever it is bound to. */
type Row = Record<'free' | 'service' | 'environment' | 'workflow' | 'both' | 'torn' | 'beyond', string>;
const row = (free: string, service: string, others: string, more: Partial<Row> = {}): Row => ({
  ...{ free, service, environment: others, workflow: others, both: others, torn: others, beyond: others },
  ...more,
});
const NO_SERVICE = 'SERVICE_NOT_FOUND';
const NO_SCAN = 'SCAN_RUN_NOT_FOUND';

const ROWS: Record<string, Row> = {
  list_services: row('[A,B]', '[A]', '[]', { beyond: '' }),
  get_service: row('A', 'A', NO_SERVICE),
  list_endpoints: row('[A]', '[A]', NO_SERVICE),
  list_scan_runs: row('[A]', '[A]', '[A]', { torn: NO_SERVICE, beyond: NO_SERVICE }),
  get_scan_run: row('A', 'A', 'A', { torn: NO_SCAN, beyond: NO_SCAN }),
  compare_scans: row('given', 'given', 'given', { torn: NO_SCAN, beyond: NO_SCAN }),
  list_findings: row('[A,B]', '[A]', '[]', { beyond: '' }),
};

const GIVEN: Record<string, (known: Known) => Record<string, unknown>> = {
  list_services: () => ({ limit: 100 }),
  get_service: ({ id }) => ({ serviceId: id }),
  list_endpoints: ({ id }) => ({ serviceId: id }),
  list_scan_runs: ({ id }) => ({ serviceId: id }),
  get_scan_run: ({ scanId }) => ({ scanRunId: scanId }),
  compare_scans: ({ scanId }) => ({ scanRunId: scanId, otherScanRunId: scanId }),
  list_findings: () => ({ limit: 100 }),
};

type Result = Awaited<ReturnType<ReturnType<typeof toolCaller>>>;

/** Of a refusal its code, by HTTP where another credential is what mends it; else the services that an answer is about. */
function told({ status, refusal, data, headers }: Result): string {
  if (status !== 200) return `${status} ${/error="(\w+)"/.exec(String(headers['www-authenticate']))?.[1]}`;
  if (refusal !== null) return refusal.code;
  const nameOf = ({ id, serviceId = id }: Record<string, string>) => (serviceId === services.A.id ? 'A' : 'B');
  const list = Object.values(data as object).find((value) => Array.isArray(value) && 'nextCursor' in data);
  if (list !== undefined) return `[${[...new Set((list as Record<string, string>[]).map(nameOf))].toSorted().join(',')}]`;
  return 'id' in data ? nameOf(data) : 'given';
}

it('has a row for every tool of an organization', () => {
  const names = toolsOf('organization').map(({ definition }) => definition.name);
  expect([Object.keys(ROWS).toSorted(), Object.keys(GIVEN).toSorted()]).toEqual([names.toSorted(), names.toSorted()]);
});

/** What a free key is told of the other service. */
const ofOther = (outcome: string) => outcome.replace(/^(\[?)A(\]?)$/, '$1B$2');
const NO_SCOPE = '403 insufficient_scope';

describe.each(KINDS)('a key bound to: %s', (kind) => {
  for (const [name, expected] of Object.entries(ROWS)) {
    for (const about of ['A', 'B'] as const) {
      // A list of everything is about neither.
      if (about === 'B' && expected.beyond === '') continue;
      const isFree = kind === 'free' || kind === 'organization';
      const isClosed = kind === 'unknown' || kind === 'project';
      const ofFirst = isFree ? expected.free : isClosed ? NO_SCOPE : expected[kind];
      const outcome = about === 'A' ? ofFirst : isFree ? ofOther(expected.free) : isClosed ? NO_SCOPE : expected.beyond;
      it(`${name} about ${about}: ${outcome}`, async () => {
        const tool = toolCaller(installation, `/o/${tenant.organization.slug}/mcp`, { raw: keys[kind] });
        const result = await tool(name, (GIVEN[name] ?? expect.fail())(services[about]));
        expect(told(result), result.text).toBe(outcome);
      });
    }
  }
});

it('findings are searched and sorted by the tool too', async () => {
  const tool = toolCaller(installation, `/o/${tenant.organization.slug}/mcp`, { raw: keys.free });
  const listed = async (given: object) => told(await tool('list_findings', { limit: 100, ...given }));
  expect([await listed({ q: 'm', sort: 'createdAt' }), await listed({ q: 'no such words' })]).toEqual(['[A,B]', '[]']);
  expect(await listed({ sort: 'message' })).toBe('BAD_REQUEST');
});
