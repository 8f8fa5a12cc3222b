import pg from 'pg';
import { median, quantile, type Row, rowOf, type Section } from './report.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { seededKey, seedFeatures, seedKey, seedKeys, seedTenant } from './seed.ts';
import { type RecordedCall, recordCall, type Statement } from './statements.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
/** Connections are made anew for each block: which core the server gives one to would tell on all that it measures. */
const BLOCKS = 10;
const TURNS = 40;
const WARM_UP_TURNS = 10;
const FLAT = { atMost: 1.5 };
/** Loaded without their indexes, which are made again afterwards. */
const LARGE_TABLES = ['feature', 'api_key'];

/** The statements at one size, each with new values at every run. */
type Sized = { readonly size: number; readonly url: string; readonly statements: ReadonlyMap<string, () => Statement> };
/** Microseconds, by statement and size. */
type Latencies = Map<string, Map<number, number[]>>;

/** What the list's and the look-up's statements take on 10³ to 10⁶ features and keys: a database for each size, in turns. */
export async function measureFlatness(): Promise<Section> {
  const prepared: Sized[] = [];
  return prepareEach(SIZES, prepared, async () => {
    const latencies: Latencies = new Map();
    for (let block = 0; block < BLOCKS; block++) await measureBlock(prepared, latencies);
    const names = prepared[0]?.statements.keys() ?? [];
    const rows = [...names].flatMap((name): Row[] => {
      const at = (size: number) => samplesOf(latencies, name, size);
      const [least = 0, ...larger] = SIZES;
      return [
        ...SIZES.map((size) => ({ ...rowOf(`${name}, 10^${Math.log10(size)}`, 'µs', at(size)), range: spread(at(size)) })),
        {
          name: `${name}, the slowest size over 10^${Math.log10(least)}`,
          value: Math.max(...larger.map((size) => median(at(size)))) / median(at(least)),
          unit: '×',
          bound: FLAT,
        },
      ];
    });
    return {
      title: 'Statements on 10^3, 10^4, 10^5 and 10^6 features and keys',
      about: [
        `Prepared statements as the pipeline sends them, from here a connection to each of four databases, ${BLOCKS * TURNS} turns; the driver is in the time.`,
        'Range: 5th to 95th percentile. A project with all the features; ten keys to a tenant, looked up at random.',
      ],
      rows,
    };
  });
}

async function measureBlock(prepared: readonly Sized[], latencies: Latencies): Promise<void> {
  const clients = new Map(prepared.map(({ size, url }) => [size, new pg.Client({ connectionString: url })]));
  try {
    for (const client of clients.values()) await client.connect();
    for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++) {
      for (const { size, statements } of shuffled(prepared)) {
        const client = clients.get(size);
        if (client === undefined) throw new Error('no connection');
        for (const [name, next] of shuffled([...statements])) {
          const microseconds = await timed(client, name, next());
          if (turn >= 0) samplesOf(latencies, name, size).push(microseconds);
        }
      }
    }
  } finally {
    for (const client of clients.values()) await client.end();
  }
}

function samplesOf(latencies: Latencies, name: string, size: number): number[] {
  const bySize = latencies.get(name) ?? new Map<number, number[]>();
  latencies.set(name, bySize);
  const samples = bySize.get(size) ?? [];
  bySize.set(size, samples);
  return samples;
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Makes a database of each size, one inside the other, then runs `work`; all are dropped afterwards. */
async function prepareEach<T>([size, ...rest]: readonly number[], prepared: Sized[], work: () => Promise<T>): Promise<T> {
  if (size === undefined) return work();
  return withScratch(async (scratch) => {
    prepared.push({ size, url: scratch.url, statements: await prepare(scratch, size) });
    return prepareEach(rest, prepared, work);
  });
}

async function prepare(scratch: Scratch, size: number): Promise<ReadonlyMap<string, () => Statement>> {
  const tenant = await seedTenant(scratch);
  await inBulk(scratch, async (client) => {
    await seedFeatures(client, tenant, size);
    await seedKeys(client, size);
  });
  const publicOnly = await seedKey(scratch, tenant, ['backlog:read']);
  const first = await recordCall(scratch.url, tenant);
  const second = await recordCall(scratch.url, tenant, { cursor: first.nextCursor ?? '' });
  const recorded = {
    'list, first page': first.list,
    'list, a page at 90 %': await deepPage(scratch, first, second.list, Math.floor(size * 0.9)),
    'list, one status': (await recordCall(scratch.url, tenant, { status: ['IN_PROGRESS'] })).list,
    'list, most votes': (await recordCall(scratch.url, tenant, { sort: 'votes' })).list,
    'list, public categories': (await recordCall(scratch.url, { ...tenant, apiKey: publicOnly })).list,
  };
  const statements = new Map<string, () => Statement>(
    Object.entries(recorded).map(([name, statement]) => [name, () => statement]),
  );
  return statements.set('key look-up', () => {
    const { publicId, slug } = seededKey(1 + Math.floor(Math.random() * size));
    const [plan, , noId, , isNamed] = first.lookUp.values;
    return { text: first.lookUp.text, values: [plan, publicId, noId, slug, isNamed] };
  });
}

/** The second page's statement, its beginning moved from the first page's end to row `offset`. */
async function deepPage(
  { sql }: Scratch,
  { last }: RecordedCall,
  { text, values }: Statement,
  offset: number,
): Promise<Statement> {
  const { rows } = await sql.query<{ at: Date; id: string }>(
    'select created_at as at, id from feature order by created_at desc, id desc offset $1 limit 1',
    [offset],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no row ${offset}`);
  const moved = new Map<unknown, unknown>([
    [last.createdAt, row.at.toISOString()],
    [last.id, row.id],
  ]);
  if (values.filter((value) => moved.has(value)).length !== moved.size) throw new Error('a cursor of another form');
  return { text, values: values.map((value) => moved.get(value) ?? value) };
}

/** Runs a load on one connection with the indexes and checks of the large tables out of its way. */
async function inBulk({ sql }: Scratch, load: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await sql.connect();
  try {
    await client.query(
      `set session_replication_role = replica; set maintenance_work_mem = '512MB'; set synchronous_commit = off`,
    );
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
       from pg_index where indrelid = any($1::text[]::regclass[]) and not indisprimary`,
      [LARGE_TABLES],
    );
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    await load(client);
    for (const { definition } of indexes) await client.query(definition);
    await client.query('vacuum analyze');
  } finally {
    // Not back into the pool with these settings.
    client.release(true);
  }
}

async function timed(client: pg.Client, name: string, { text, values }: Statement): Promise<number> {
  const startedAt = performance.now();
  const { rowCount } = await client.query({ name, text, values: [...values] });
  const microseconds = (performance.now() - startedAt) * 1_000;
  if (rowCount === 0) throw new Error(`${name}: no row`);
  return microseconds;
}

function spread(values: readonly number[]): [number, number] {
  return [quantile(values, 0.05), quantile(values, 0.95)];
}
