import { deriveSecrets } from '@reqbase/auth';
import type { LoadResult } from './load.ts';
import type { PeerOptions } from './peer.ts';
import { median, type Row, rangeOf, rowOf, type Section } from './report.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { SECRET, seedFeatures, seedTenant, type Tenant } from './seed.ts';
import { cpuMs, runLoad, type Server, startPeer, startReqbase, stop } from './servers.ts';
import { recordCall } from './statements.ts';

const CONNECTIONS = 16;
const POOL_SIZE = 10;
const TENANTS = 64;
const FEATURES = 250;
const ROUNDS = 7;
// The turns of all others together are shorter than the ten seconds after which `pg` closes an idle connection.
const SLOT = { leadInMs: 300, durationMs: 2_000 };
const WARM_UP_ROUNDS = 12;

/** What Reqbase's rate is over theirs, at the least. The leaner one does less than Reqbase: it is there for information. */
const PEERS = [
  { name: 'floor', bound: { atLeast: 0.6 } },
  { name: 'better-auth, same job in this stack', bound: { atLeast: 3 } },
  { name: 'better-auth, lean' },
] as const;

type Competitor = Server & { readonly name: string; readonly apiKeys: readonly string[] };
/** With the CPU that a call took of the server's process and of its connections' in PostgreSQL. */
type Slot = LoadResult & { readonly serverMicroseconds: number; readonly databaseMicroseconds: number };

/** `GET /features` on Reqbase, on the floor and on better-auth's plugin in two configurations, in turns. */
export async function measureThroughput(): Promise<Section[]> {
  return withScratch(async (scratch) => {
    const tenants: Tenant[] = [];
    for (let index = 0; index < TENANTS; index++) {
      const tenant = await seedTenant(scratch);
      await seedFeatures(scratch.sql, tenant, FEATURES);
      tenants.push(tenant);
    }
    await scratch.sql.query('vacuum analyze');
    const competitors = await startAll(scratch, tenants);
    try {
      await compareAnswers(competitors, tenants);
      // In turns as well: who waited long would begin with connections that are closed meanwhile.
      for (let round = 0; round < WARM_UP_ROUNDS; round++) await takeTurns(scratch, competitors, tenants);
      return [
        await compare(scratch, competitors, tenants, 'each connection its own tenant: what a call costs'),
        await compare(
          scratch,
          competitors,
          tenants.slice(0, 1),
          'all connections one key: its counter is one row, which they queue for',
        ),
      ];
    } finally {
      for (const competitor of competitors) await stop(competitor);
    }
  });
}

async function startAll(scratch: Scratch, tenants: readonly Tenant[]): Promise<Competitor[]> {
  const [first] = tenants;
  if (first === undefined) throw new Error('no tenant');
  const { list } = await recordCall(scratch.url, first);
  const [pepper] = deriveSecrets(SECRET).peppers;
  // The name by which PostgreSQL knows a competitor's connections.
  const urlFor = (name: string) => `${scratch.url}?application_name=${encodeURIComponent(name)}`;
  const options = (name: string): PeerOptions => ({
    databaseUrl: urlFor(name),
    poolSize: POOL_SIZE,
    list: { text: list.text, values: list.values.slice(1) },
    pepper: pepper.key.export().toString('hex'),
    tenants,
  });
  const reqbase = await startReqbase({ env: { DATABASE_URL: urlFor('Reqbase'), SECRET, DEMO: '0' } });
  const competitors: Competitor[] = [{ name: 'Reqbase', apiKeys: tenants.map(({ apiKey }) => apiKey), ...reqbase }];
  for (const { name } of PEERS) competitors.push({ name, ...(await startPeer(name, options(name))) });
  return competitors;
}

/** All must send the same page. Only the signature in the cursor is each one's own. */
async function compareAnswers(competitors: readonly Competitor[], tenants: readonly Tenant[]): Promise<void> {
  const pages: string[] = [];
  for (const competitor of competitors) {
    const [{ path, headers } = { path: '', headers: {} }] = targetsOf(competitor, tenants);
    const answer = await fetch(competitor.origin + path, { headers });
    const text = await answer.text();
    const { data } = JSON.parse(text) as { data?: { items: Record<string, unknown>[]; nextCursor: string } };
    if (answer.status !== 200 || data === undefined) throw new Error(`${competitor.name} answered ${answer.status}: ${text}`);
    const items = data.items.map((item) => Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
    pages.push(JSON.stringify({ ...data, items, nextCursor: data.nextCursor.length }));
  }
  if (new Set(pages).size !== 1) throw new Error('the competitors do not send the same page');
}

function targetsOf({ apiKeys }: Competitor, tenants: readonly Tenant[]) {
  return tenants.map(({ slug }, index) => ({
    path: `/p/${slug}/api/v1/features`,
    headers: { authorization: `Bearer ${apiKeys[index]}` },
  }));
}

/** One turn of each. */
async function takeTurns(
  scratch: Scratch,
  competitors: readonly Competitor[],
  tenants: readonly Tenant[],
): Promise<Map<string, Slot>> {
  const slots = new Map<string, Slot>();
  for (const competitor of competitors) {
    await resetCounters(scratch);
    slots.set(competitor.name, await load(scratch, competitor, tenants));
  }
  return slots;
}

async function load(scratch: Scratch, competitor: Competitor, tenants: readonly Tenant[]): Promise<Slot> {
  const before = await cpuSoFar(scratch, competitor);
  const result = await runLoad({
    origin: competitor.origin,
    connections: CONNECTIONS,
    targets: targetsOf(competitor, tenants),
    ...SLOT,
  });
  const after = await cpuSoFar(scratch, competitor);
  if (result.refused > 0)
    throw new Error(`${competitor.name} refused ${result.refused} of ${result.requests} calls: nothing was compared`);
  const perCall = (ms: number) => (ms * 1_000) / result.requests;
  return {
    ...result,
    serverMicroseconds: perCall(after.server - before.server),
    // A connection that was made meanwhile counts whole.
    databaseMicroseconds: perCall(
      [...after.connections].reduce((sum, [pid, ms]) => sum + ms - (before.connections.get(pid) ?? 0), 0),
    ),
  };
}

type Cpu = { readonly server: number; readonly connections: ReadonlyMap<number, number> };

/** Milliseconds of CPU used so far by a server and by each of its connections to PostgreSQL; NaN where there is no `/proc`. */
async function cpuSoFar({ sql }: Scratch, { name, process: { pid } }: Competitor): Promise<Cpu> {
  const { rows } = await sql.query<{ pid: number }>('select pid from pg_stat_activity where application_name = $1', [name]);
  return {
    server: cpuMs(pid) ?? Number.NaN,
    connections: new Map(rows.map((connection) => [connection.pid, cpuMs(connection.pid) ?? Number.NaN])),
  };
}

async function compare(
  scratch: Scratch,
  competitors: readonly Competitor[],
  tenants: readonly Tenant[],
  what: string,
): Promise<Section> {
  const slots = new Map<string, Slot[]>(competitors.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, slot] of await takeTurns(scratch, competitors, tenants)) slots.get(name)?.push(slot);
  }
  const of = (name: string, figure: (slot: Slot) => number) => (slots.get(name) ?? []).map(figure);
  const perSecond = (name: string) => of(name, (slot) => slot.requestsPerSecond);
  const cpu = (name: string) => of(name, (slot) => slot.serverMicroseconds + slot.databaseMicroseconds);
  const rows = competitors.flatMap(({ name }): Row[] => [
    rowOf(`${name}: calls`, '/s', perSecond(name)),
    rowOf(
      `${name}: p50`,
      'ms',
      of(name, (slot) => slot.p50Ms),
    ),
    rowOf(
      `${name}: p99`,
      'ms',
      of(name, (slot) => slot.p99Ms),
    ),
    rowOf(
      `${name}: CPU a call, server`,
      'µs',
      of(name, (slot) => slot.serverMicroseconds),
    ),
    rowOf(
      `${name}: CPU a call, PostgreSQL`,
      'µs',
      of(name, (slot) => slot.databaseMicroseconds),
    ),
  ]);
  return {
    title: `GET /p/<slug>/api/v1/features, 25 rows, ${CONNECTIONS} connections, ${what}`,
    about: [
      `${ROUNDS} rounds in turns of ${SLOT.durationMs / 1_000} s after ${WARM_UP_ROUNDS} that do not count, pools of ${POOL_SIZE}, the load from a process of its own; only 200s count, and all were.`,
      'CPU ratios are of server and PostgreSQL together, the peer over Reqbase: they move less than the rates when the machine does something else as well.',
    ],
    rows: [
      ...rows.filter(({ value }) => !Number.isNaN(value)),
      ...PEERS.map(({ name, ...bound }) => ({
        ...ratio(perSecond('Reqbase'), perSecond(name)),
        name: `Reqbase / ${name}`,
        ...bound,
      })),
      ...PEERS.map(({ name }) => ({ ...ratio(cpu(name), cpu('Reqbase')), name: `the same by CPU: ${name}` })),
    ].filter(({ value }) => !Number.isNaN(value)),
  };
}

/** The ratio of the medians; its range is that of the rounds. */
function ratio(ours: readonly number[], theirs: readonly number[]): Pick<Row, 'value' | 'unit' | 'range'> {
  const byRound = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { value: median(ours) / median(theirs), unit: '×', range: rangeOf(byRound) };
}

/** Each turn finds the minute unused: a key's limit is far below what is measured here. */
async function resetCounters({ sql }: Scratch): Promise<void> {
  await sql.query('update key_rate set calls = 0');
  for (const schema of ['better_auth', 'public']) await sql.query(`update ${schema}."betterAuthKey" set "requestCount" = 0`);
}
