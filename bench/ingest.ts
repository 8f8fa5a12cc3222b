import { createHash, randomUUID } from 'node:crypto';
import { quantile, type Row, rangeOf, rowOf, type Section } from './report.ts';
import { withScratch } from './scratch.ts';
import { SECRET, seedKey, seedTenant } from './seed.ts';
import { startReqbase, stop } from './servers.ts';

const ENDPOINTS = 2_000;
const FINDINGS = 500;
const WARM_UP = 3;
const ROUNDS = 25;
const FAST = { atMost: 400 };
const SCOPES = ['scans:create', 'services:read', 'services:create', 'services:update', 'endpoints:read', 'endpoints:write'];

/** The largest scan that the contract takes, over HTTP: the first of a service, one that finds much changed, and the same again. */
export async function measureIngest(): Promise<Section> {
  return withScratch(async (scratch) => {
    const tenant = await seedTenant(scratch);
    const apiKey = await seedKey(scratch, tenant, SCOPES);
    await scratch.sql.query('update api_key set project_id = null where org_id = $1', [tenant.orgId]);
    const server = await startReqbase({ env: { DATABASE_URL: scratch.url, SECRET, DEMO: '0' } });
    try {
      const send = async (body: string) => {
        const startedAt = performance.now();
        const response = await fetch(`${server.origin}/api/scans/ingest`, {
          method: 'POST',
          headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
          body,
        });
        const answer = (await response.json()) as { changes?: { added: number; changed: number; removed: number } };
        const ms = performance.now() - startedAt;
        if (response.status !== 201) throw new Error(`a scan was answered by ${response.status}: ${JSON.stringify(answer)}`);
        return { ms, changes: answer.changes };
      };
      const times = { first: [] as number[], changed: [] as number[], same: [] as number[] };
      for (let round = -WARM_UP; round < ROUNDS; round++) {
        const name = randomUUID();
        const changed = scanOf(name, 1);
        const [first, second, third] = [await send(scanOf(name, 0)), await send(changed), await send(changed)];
        const told = JSON.stringify(
          [first, second, third].map(({ changes }) => [changes?.added, changes?.changed, changes?.removed]),
        );
        if (told !== '[[2000,0,0],[200,200,200],[0,0,0]]') throw new Error(`the scans were taken in otherwise: ${told}`);
        if (round < 0) continue;
        times.first.push(first.ms);
        times.changed.push(second.ms);
        times.same.push(third.ms);
      }
      return {
        title: `POST /api/scans/ingest, ${ENDPOINTS} endpoints and ${FINDINGS} findings, one process on PostgreSQL`,
        about: [
          `One scan at a time, ${ROUNDS} services: the first scan; one with 200 endpoints added, changed and removed each, and half of the`,
          'findings others; the same again. From the request to the whole answer.',
        ],
        rows: [...rowsOf('the first', times.first), ...rowsOf('changed', times.changed), ...rowsOf('the same', times.same)],
      };
    } finally {
      await stop(server);
    }
  });
}

function rowsOf(name: string, values: readonly number[]): Row[] {
  return [
    rowOf(`${name}: p50`, 'ms', values, FAST),
    { name: `${name}: p95`, value: quantile(values, 0.95), unit: 'ms', range: rangeOf(values) },
  ];
}

/** As a description that grows is scanned: in the second version a tenth of the endpoints are new, another one are otherwise. */
function scanOf(name: string, version: 0 | 1): string {
  const endpoints = Array.from({ length: ENDPOINTS }, (_, index) => {
    const n = index + version * 200;
    return {
      method: ['GET', 'POST', 'PATCH', 'DELETE'][n % 4],
      path: `/v1/resources-${n % 40}/{resourceId}/parts-${n}`,
      operationId: `operation${n}`,
      tags: [`Resources ${n % 40}`],
      summary: version === 1 && n >= 400 && n < 600 ? `Other words on part ${n}` : `Read or change part ${n} of a resource`,
    };
  });
  const findings = Array.from({ length: FINDINGS }, (_, index) => {
    const n = index + version * 250;
    return {
      code: `owasp:api4:2023-rule-${n % 30}`,
      severity: ['info', 'low', 'medium', 'high', 'critical'][n % 5],
      message: `All 2XX and 4XX responses should define rate limiting headers. (responses.${n})`,
      method: 'GET',
      path: `/v1/resources-${n % 40}/{resourceId}/parts-${n}`,
    };
  });
  const hash = createHash('sha256').update(`${name}${version}`).digest('hex');
  return JSON.stringify({
    service: { name },
    spec: { hash, format: 'openapi', version: '3.1.0', title: name },
    endpoints,
    findings,
  });
}
