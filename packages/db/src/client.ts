import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { lockDataDir } from './lock.ts';
import { readyPgdata } from './pgdata.ts';
import { keepingStatements } from './prepared.ts';
import { embeddedSql, poolSql, type Sql, statementName } from './sql.ts';

/** Prisma inside `$transaction(async (tx) => …)`. */
export type Transaction = Prisma.TransactionClient;

export type Database = {
  readonly engine: 'embedded' | 'postgres';
  readonly prisma: PrismaClient;
  readonly sql: Sql;
  /** For the migrations only. */
  readonly adapter: SqlMigrationAwareDriverAdapterFactory;
  /** Runs a script of several statements as one, which Prisma's own adapters split at semicolons or do not wait for. */
  script(sql: string): Promise<void>;
  /** Runs what the job library asks: one statement with values, or a script, which it wraps in BEGIN and COMMIT itself. */
  execute(sql: string, values?: readonly unknown[]): Promise<{ rows: unknown[] }>;
  /** Runs `work` while no other process runs it on this database. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

export type DatabaseOptions =
  | { readonly dataDir: string }
  | { readonly pglite: PGlite }
  | { readonly url: string; readonly poolSize?: number };

// Waiting for a turn is normal on the embedded database, which runs one transaction at a time.
const TRANSACTION_OPTIONS = { maxWait: 60_000, timeout: 60_000 };
const MIGRATION_LOCK = 0x72657162; // "reqb"

/**
 * Opens the database: embedded (PGlite on `dataDir`, held against other processes) or a PostgreSQL server by `url`.
 *
 * @throws {DataDirLockedError} when another process holds `dataDir`
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if ('url' in options) return openServer(options.url, options.poolSize ?? 10);
  if ('pglite' in options) return openEmbedded(options.pglite, async () => {});
  const lock = lockDataDir(options.dataDir);
  try {
    const pgdata = await readyPgdata(options.dataDir);
    // Loaded where it is used: on a server it would only take memory.
    const { PGlite: Embedded } = await import('@electric-sql/pglite');
    const pglite = await Embedded.create(pgdata);
    return await openEmbedded(pglite, async () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openEmbedded(instance: PGlite, afterClose: () => Promise<void>): Promise<Database> {
  const pglite = keepingStatements(instance);
  const { PrismaPGlite } = await import('pglite-prisma-adapter');
  const adapter = new PrismaPGlite(pglite) as unknown as SqlMigrationAwareDriverAdapterFactory;
  const prisma = new PrismaClient({ adapter, transactionOptions: TRANSACTION_OPTIONS });
  return {
    engine: 'embedded',
    prisma,
    sql: embeddedSql(pglite),
    adapter,
    async script(sql) {
      await pglite.exec(sql);
    },
    execute: (text, values = []) => executeEmbedded(pglite, text, values),
    exclusively: (work) => work(),
    async close() {
      await prisma.$disconnect();
      await pglite.close();
      await afterClose();
    },
  };
}

const WRAPPED = /^\s*begin;(?<script>.*)commit;\s*$/is;

async function executeEmbedded(pglite: PGlite, text: string, values: readonly unknown[]): Promise<{ rows: unknown[] }> {
  if (values.length > 0) return pglite.query(text, [...values]);
  // As the driver's own transaction: of one that fails, nothing may be left open on the only connection.
  const script = WRAPPED.exec(text)?.groups?.['script'];
  const results = await (script === undefined ? pglite.exec(text) : pglite.transaction((tx) => tx.exec(script)));
  return { rows: results.flatMap(({ rows }) => rows) };
}

function openServer(url: string, poolSize: number): Database {
  const pool = new pg.Pool({ connectionString: url, max: poolSize });
  // A connection that the server drops while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  const adapter = new PrismaPg(pool, { statementNameGenerator: ({ sql }) => statementName(sql) });
  const prisma = new PrismaClient({ adapter, transactionOptions: TRANSACTION_OPTIONS });
  return {
    engine: 'postgres',
    prisma,
    sql: poolSql(pool),
    // With connections of its own: the schema engine locks the session that it migrates in, and never unlocks it.
    adapter: new PrismaPg({ connectionString: url }),
    async script(sql) {
      await pool.query(sql);
    },
    async execute(text, values = []) {
      // Of a script the driver gives a result for each statement.
      const results: pg.QueryResult<object>[] = [await pool.query(text, [...values])].flat();
      return { rows: results.flatMap(({ rows }) => rows) };
    },
    async exclusively(work) {
      const client = await pool.connect();
      try {
        await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
        return await work();
      } finally {
        await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
        client.release();
      }
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
