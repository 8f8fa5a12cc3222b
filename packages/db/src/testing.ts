import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { type Database, openDatabase } from './client.ts';
import { migrate, schemaFingerprint } from './migrate.ts';
import { EMPTY_PGDATA } from './pgdata.ts';

export type TestEngine = 'embedded' | 'postgres';
export type TestDatabase = Database & { readonly url?: string };

/** One copy of the template, which one caller after another has to itself. */
type Store = {
  open(): Promise<{ db: Database; url?: string }>;
  /** Says whether it is as the template again. */
  empty(): Promise<boolean>;
  destroy(): Promise<void>;
};

const spare: Record<TestEngine, Store[]> = { embedded: [], postgres: [] };

export { recordStatements } from './testing-statements.ts';

/** Where the tests' PostgreSQL is looked for. */
export const TEST_POSTGRES_URL = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** The engine under test, chosen by the vitest project. */
export const testEngine: TestEngine = process.env['TEST_ENGINE'] === 'postgres' ? 'postgres' : 'embedded';

/** How the names of this run's databases begin. */
const NAME_PREFIX = `reqbase_test_${process.env['TEST_RUN'] ?? process.pid}_`;

/**
 * Takes out every row that the migrations have not put there. There are no sequences to set back. Rows of small tables are
 * deleted: to truncate is to make all files of the table anew, and of all that refer to it.
 */
const EMPTY = `
  do $$
  declare
    name text;
    large text[] := '{}';
  begin
    -- Else the audit log would refuse it.
    perform set_config('session_replication_role', 'replica', true);
    for name in
      select format('%I.%I', schemaname, tablename) from pg_tables
      where schemaname in ('public', 'pgboss') and tablename not in ('_prisma_migrations', 'version')
    loop
      if pg_table_size(name::regclass) > 1000000 then large := large || name;
      else execute 'delete from ' || name;
      end if;
    end loop;
    if large <> '{}' then execute 'truncate ' || array_to_string(large, ', ') || ' cascade'; end if;
    -- Where the job library keeps its version, it keeps the times of its rounds, too.
    create temp table kept on commit drop as table pgboss.version;
    delete from pgboss.version;
    insert into pgboss.version (version) select version from kept;
  end $$`;

/** What must be in an emptied database as it was in the template. */
const DESCRIBE = `
  with own as (select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
  select
    (select md5(string_agg(line, ' ' order by line)) from (
      select concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull, atthasdef) as line
        from pg_attribute join pg_class on pg_class.oid = attrelid where relnamespace in (table own)
      union all select pg_get_constraintdef(oid) from pg_constraint where connamespace in (table own)
      union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
      union all select pg_get_functiondef(oid) from pg_proc where pronamespace in (table own)
    ) as lines) as schema,
    (select md5(string_agg(m::text, ' ' order by id)) from _prisma_migrations as m) as migrations,
    (select string_agg(version::text, ' ') from pgboss.version) as jobs,
    (select count(*)::int4 from pg_sequences) as sequences`;

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

/**
 * A migrated, empty database of its own for the caller; `url` is set on PostgreSQL. It is copied from a template, or one that
 * a caller of this process has closed: emptied, and found to be as the template is, for a tenth of what a copy costs.
 */
export async function createTestDatabase(engine: TestEngine = testEngine): Promise<TestDatabase> {
  const store = spare[engine].pop() ?? (await (engine === 'postgres' ? copyPostgres() : copyEmbedded()));
  const { db, ...access } = await store.open();
  return {
    ...db,
    ...access,
    async close() {
      await db.close();
      if (await store.empty().catch(() => false)) spare[engine].push(store);
      else await store.destroy();
    },
  };
}

/** Drops the databases that tests of this run have left on PostgreSQL. */
export async function dropTestDatabases(): Promise<void> {
  await administer(async (admin) => {
    const { rows } = await admin.query<{ datname: string }>('select datname from pg_database where starts_with(datname, $1)', [
      NAME_PREFIX,
    ]);
    for (const { datname } of rows) await admin.query(`drop database if exists ${datname} with (force)`);
  });
}

/** A database of its own in which nothing is, no table either; `url` is set on PostgreSQL. */
export async function createEmptyTestDatabase(engine: TestEngine = testEngine): Promise<TestDatabase> {
  if (engine === 'embedded') return openDatabase({ pglite: await createEmptyPglite() });
  const name = newName();
  await administer((admin) => admin.query(`create database ${name}`));
  return openOwn(name);
}

function createEmptyPglite(): Promise<PGlite> {
  return PGlite.create({ loadDataDir: new Blob([readFileSync(EMPTY_PGDATA)]) });
}

async function embeddedTemplate(): Promise<Blob> {
  const folder = join(tmpdir(), 'reqbase-test');
  const file = join(folder, `template-${templateKey()}.tar`);
  if (!existsSync(file)) {
    const pglite = await createEmptyPglite();
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

async function copyEmbedded(): Promise<Store> {
  const pglite = await PGlite.create({ loadDataDir: await embeddedTemplate() });
  const run = async (statement: string) => (await pglite.exec(statement)).at(-1)?.rows[0];
  const template = await run(DESCRIBE);
  let lent = new AbortController();
  return {
    async open() {
      lent = new AbortController();
      return { db: await openDatabase({ pglite: lend(pglite, lent.signal) }) };
    },
    async empty() {
      lent.abort();
      await run(EMPTY);
      await run('reset all; discard temp; deallocate all');
      return isDeepStrictEqual(await run(DESCRIBE), template);
    },
    destroy: () => pglite.close(),
  };
}

/** `pglite` until the signal: not closed by who has it, and of no use to who keeps it longer. */
function lend(pglite: PGlite, until: AbortSignal): PGlite {
  return new Proxy(pglite, {
    get(target, name) {
      if (name === 'close') return async () => {};
      if (until.aborted) throw new Error('PGlite is closed');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function copyPostgres(): Promise<Store> {
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
    // No test stops the server, so a commit need not wait for its disk.
    await admin.query(`alter database ${name} set synchronous_commit = off`);
  });
  const url = databaseUrl(name);
  const describe = (client: pg.Client) => client.query<object>(DESCRIBE).then(({ rows }) => rows[0]);
  const description = await administer(describe, url);
  return {
    open: async () => ({ db: await openDatabase({ url, poolSize: 16 }), url }),
    empty: () =>
      administer(async (client) => {
        await client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        );
        await client.query(EMPTY);
        return isDeepStrictEqual(await describe(client), description);
      }, url),
    destroy: () => administer((admin) => admin.query(`drop database if exists ${name} with (force)`)).then(() => {}),
  };
}

function newName(): string {
  return `${NAME_PREFIX}${randomBytes(6).toString('hex')}`;
}

async function administer<T>(work: (admin: pg.Client) => Promise<T>, url = TEST_POSTGRES_URL): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** Opens a database that is dropped when it is closed. */
async function openOwn(name: string): Promise<TestDatabase> {
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
