import type { LoadTarget } from './load.ts';
import { median, type Row, rangeOf, rowOf, type Section } from './report.ts';
import { withScratch } from './scratch.ts';
import { SECRET, seedFeatures, seedTenant, type Tenant } from './seed.ts';
import { cpuMs, runLoad, type Server, startReqbase, stop } from './servers.ts';

const CONNECTIONS = 16;
const FEATURES = 250;
const ROUNDS = 7;
const SLOT = { leadInMs: 300, durationMs: 2_000 };
const WARM_UP = { leadInMs: 0, durationMs: 4_000 };
/** Of a tool call over the same call by REST, in CPU of the server. */
const BOUND = { atMost: 1.6 };

const CURRENT = '2026-07-28';
const EARLIER = '2025-11-25';
const REST = 'REST';

/** The same page of features by REST and by MCP, in turns on one server: what the protocol costs. */
export async function measureMcp(): Promise<Section> {
  return withScratch(async (scratch) => {
    const tenants: Tenant[] = [];
    for (let index = 0; index < CONNECTIONS; index++) {
      const tenant = await seedTenant(scratch);
      await seedFeatures(scratch.sql, tenant, FEATURES);
      tenants.push(tenant);
    }
    await scratch.sql.query('vacuum analyze');
    const server = await startReqbase({ env: { DATABASE_URL: scratch.url, SECRET, DEMO: '0' } });
    const ways: Readonly<Record<string, readonly LoadTarget[]>> = {
      [REST]: tenants.map(({ slug, apiKey }) => ({ path: `/p/${slug}/api/v1/features`, headers: bearer(apiKey) })),
      [`MCP ${CURRENT}`]: tenants.map((tenant) => toolCall(tenant, CURRENT)),
      [`MCP ${EARLIER}`]: tenants.map((tenant) => toolCall(tenant, EARLIER)),
    };
    try {
      await compareAnswers(server, ways);
      const cpu = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
      for (let round = -1; round < ROUNDS; round++) {
        for (const [name, targets] of Object.entries(ways)) {
          await scratch.sql.query('update key_rate set calls = 0');
          const microseconds = await load(server, targets, round < 0 ? WARM_UP : SLOT);
          if (round >= 0) cpu.get(name)?.push(microseconds);
        }
      }
      const rest = cpu.get(REST) ?? [];
      const ratios = [...cpu].flatMap(([name, values]): Row[] => {
        if (name === REST) return [];
        const range = rangeOf(values.map((value, index) => value / (rest[index] ?? Number.NaN)));
        return [{ name: `${name} / REST`, value: median(values) / median(rest), unit: '×', range, bound: BOUND }];
      });
      return {
        title: `A page of 25 features by REST and by the tool list_features, ${CONNECTIONS} connections, one process on PostgreSQL`,
        about: [
          'CPU of the server’s process a call, in turns; the tool sends the page twice, as structured content and as text.',
        ],
        rows: [...[...cpu].map(([name, values]) => rowOf(`${name}: CPU a call, server`, 'µs', values)), ...ratios],
      };
    } finally {
      await stop(server);
    }
  });
}

const bearer = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` });

function toolCall({ slug, apiKey }: Tenant, version: string): LoadTarget {
  const name = 'list_features';
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const isCurrent = version === CURRENT;
  return {
    path: `/p/${slug}/mcp`,
    headers: {
      ...bearer(apiKey),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      ...(isCurrent && { 'mcp-method': 'tools/call', 'mcp-name': name }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: {}, ...(isCurrent && { _meta: meta }) },
    }),
  };
}

/** @throws when the first of each way does not get the page */
async function compareAnswers({ origin }: Server, ways: Readonly<Record<string, readonly LoadTarget[]>>): Promise<void> {
  for (const [name, [target]] of Object.entries(ways)) {
    if (target === undefined) throw new Error(`${name} calls nobody`);
    const { path, headers, body } = target;
    const answer = await fetch(origin + path, { headers, ...(body !== undefined && { method: 'POST', body }) });
    const { data, result } = (await answer.json()) as {
      data?: { items: unknown[] };
      result?: { structuredContent: { items: unknown[] } };
    };
    const items = (data ?? result?.structuredContent)?.items.length;
    if (items !== 25) throw new Error(`${name} answered ${answer.status} with ${items} features`);
  }
}

async function load(server: Server, targets: readonly LoadTarget[], timing: typeof SLOT): Promise<number> {
  const before = cpuMs(server.process.pid) ?? Number.NaN;
  const result = await runLoad({ origin: server.origin, connections: CONNECTIONS, targets, ...timing });
  if (result.refused > 0) throw new Error(`${result.refused} of ${result.requests} calls were refused: nothing was compared`);
  return (((cpuMs(server.process.pid) ?? Number.NaN) - before) * 1_000) / result.requests;
}
