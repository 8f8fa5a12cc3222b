import pg from 'pg';
import { median, quantile, type Row, rowOf, type Section } from './report.ts';
import { type Scratch, withScratch } from './scratch.ts';
import type { Statement } from './statements.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
/** Connections are made anew for each block: which core the server gives one to would tell on all that it measures. */
const BLOCKS = 10;
const TURNS = 40;
const WARM_UP_TURNS = 10;
const FLAT = { atMost: 1.5 };
/** The statements at one size, each with new values at every run. */
type Sized = { readonly size: number; readonly url: string; readonly statements: ReadonlyMap<string, () => Statement> };
/** Microseconds, by statement and size. */
type Latencies = Map<string, Map<number, number[]>>;

/** What is measured: statements over a database that holds `size` of what they list, each with new values at every run. */
export type FlatnessSubject = {
  readonly title: string;
  readonly about: string;
  readonly prepare: (scratch: Scratch, size: number) => Promise<ReadonlyMap<string, () => Statement>>;
};

/** What the subject's statements take on 10³ to 10⁶ rows: a database for each size, in turns. */
export async function measureFlatness({ title, about, prepare }: FlatnessSubject): Promise<Section> {
  const prepared: Sized[] = [];
  return prepareEach(SIZES, prepare, prepared, async () => {
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
      title,
      about: [
        `Prepared statements as the pipeline sends them, from here a connection to each of four databases, ${BLOCKS * TURNS} turns; the driver is in the time.`,
        `Range: 5th to 95th percentile. ${about}`,
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
async function prepareEach<T>(
  [size, ...rest]: readonly number[],
  prepare: FlatnessSubject['prepare'],
  prepared: Sized[],
  work: () => Promise<T>,
): Promise<T> {
  if (size === undefined) return work();
  return withScratch(async (scratch) => {
    prepared.push({ size, url: scratch.url, statements: await prepare(scratch, size) });
    return prepareEach(rest, prepare, prepared, work);
  });
}

/** Runs a load on one connection with the checks and the indexes of the large tables out of its way; they are made again afterwards. */
export async function inBulk(
  { sql }: Scratch,
  largeTables: readonly string[],
  load: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  const client = await sql.connect();
  try {
    await client.query(
      `set session_replication_role = replica; set maintenance_work_mem = '512MB'; set synchronous_commit = off`,
    );
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
       from pg_index where indrelid = any($1::text[]::regclass[]) and not indisprimary`,
      [largeTables],
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
