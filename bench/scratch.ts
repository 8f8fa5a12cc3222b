import { randomBytes } from 'node:crypto';
import { migrate, openDatabase } from '@reqbase/db';
import pg from 'pg';
import { withCleanup } from './cleanup.ts';

const SERVER_URL = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** A database of the bench's own. */
export type Scratch = { readonly url: string; readonly sql: pg.Pool };

/** Makes a migrated, empty database for `work` and drops it afterwards. Nothing else of the server is written to. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const name = `reqbase_bench_${randomBytes(6).toString('hex')}`;
  return withCleanup(
    async () => void (await onServer(`drop database if exists ${name} with (force)`)),
    async () => {
      await onServer(`create database ${name}`);
      const url = new URL(SERVER_URL);
      url.pathname = `/${name}`;
      const db = await openDatabase({ url: url.href });
      await migrate(db);
      await db.close();
      const sql = new pg.Pool({ connectionString: url.href, max: 2 });
      // A run that is cut short drops the database under its connections.
      sql.on('error', () => {});
      try {
        return await work({ url: url.href, sql });
      } finally {
        await sql.end();
      }
    },
  );
}

/** What the server is, for as far as it matters to figures. */
export async function describePostgres(): Promise<string> {
  const settings = ['server_version', 'shared_buffers', 'fsync', 'synchronous_commit'];
  const [row] = await onServer(`select ${settings.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`);
  return `PostgreSQL ${row?.['server_version']}, ${settings
    .slice(1)
    .map((name) => `${name} ${row?.[name]}`)
    .join(', ')}`;
}

async function onServer(statement: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: SERVER_URL });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(statement)).rows;
  } finally {
    await client.end();
  }
}
