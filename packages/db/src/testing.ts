import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { type Database, openDatabase } from './client.ts';
import { migrate, schemaFingerprint } from './migrate.ts';

export type TestEngine = 'embedded' | 'postgres';

export { recordStatements } from './testing-statements.ts';

/** Where the tests' PostgreSQL is looked for. */
export const TEST_POSTGRES_URL = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** The engine under test, chosen by the vitest project. */
export const testEngine: TestEngine = process.env['TEST_ENGINE'] === 'postgres' ? 'postgres' : 'embedded';

/** Says whether a PostgreSQL server answers at `TEST_POSTGRES_URL`. */
export async function postgresAnswers(): Promise<boolean> {
  const client = new pg.Client({ connectionString: TEST_POSTGRES_URL, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** A migrated, empty database of its own for the caller, copied from a template; `url` is set on PostgreSQL. */
export async function createTestDatabase(engine: TestEngine = testEngine): Promise<Database & { url?: string }> {
  return engine === 'postgres'
    ? createPostgres()
    : openDatabase({ pglite: await PGlite.create({ loadDataDir: await embeddedTemplate() }) });
}

/** A database of its own in which nothing is, no table either; `url` is set on PostgreSQL. */
export async function createEmptyTestDatabase(engine: TestEngine = testEngine): Promise<Database & { url?: string }> {
  if (engine === 'embedded') return openDatabase({ pglite: await PGlite.create() });
  const name = newName();
  await administer((admin) => admin.query(`create database ${name}`));
  return openOwn(name);
}

async function embeddedTemplate(): Promise<Blob> {
  const folder = join(tmpdir(), 'reqbase-test');
  const file = join(folder, `template-${templateKey()}.tar`);
  if (!existsSync(file)) {
    const pglite = await PGlite.create();
    const db = await openDatabase({ pglite });
    await migrate(db);
    const dump = await pglite.dumpDataDir('none');
    await db.close();
    mkdirSync(folder, { recursive: true });
    // Written aside and renamed: another worker may be doing the same.
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, new Uint8Array(await dump.arrayBuffer()));
    renameSync(partial, file);
  }
  return new Blob([readFileSync(file)]);
}

async function createPostgres(): Promise<Database & { url: string }> {
  const name = newName();
  const template = `reqbase_template_${templateKey()}`;
  await administer(async (admin) => {
    await admin.query('select pg_advisory_lock(7266)');
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount === 0) {
      // Filled under another name and renamed when whole, so that an interrupted run leaves no half template.
      await admin.query(`create database ${name}_new`);
      const db = await openDatabase({ url: databaseUrl(`${name}_new`) });
      await migrate(db);
      await db.close();
      await admin.query(`alter database ${name}_new rename to ${template}`);
    }
    await admin.query(`create database ${name} template ${template}`);
  });
  return openOwn(name);
}

function newName(): string {
  return `reqbase_test_${randomBytes(6).toString('hex')}`;
}

async function administer(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: TEST_POSTGRES_URL });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

/** Opens a database that is dropped when it is closed. */
async function openOwn(name: string): Promise<Database & { url: string }> {
  const url = databaseUrl(name);
  const db = await openDatabase({ url, poolSize: 16 });
  return {
    ...db,
    url,
    async close() {
      await db.close();
      await administer((admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

function templateKey(): string {
  return createHash('sha256').update(schemaFingerprint()).digest('hex').slice(0, 12);
}

function databaseUrl(name: string): string {
  const url = new URL(TEST_POSTGRES_URL);
  url.pathname = `/${name}`;
  return url.href;
}
