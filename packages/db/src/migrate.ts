import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { Database } from './client.ts';

const PRISMA_DIR = fileURLToPath(new URL('../prisma/', import.meta.url));
const SCHEMA_DIR = join(PRISMA_DIR, 'schema');
const MIGRATIONS_DIR = join(PRISMA_DIR, 'migrations');
const FILTERS = { externalTables: [], externalEnums: [] };

type Migration = { name: string; sql: string; checksum: string };

function readMigrations(): Migration[] {
  return readdirSync(MIGRATIONS_DIR, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const sql = readFileSync(join(MIGRATIONS_DIR, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: hash('sha256', sql, 'hex') };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

function readSchema(): { path: string; content: string }[] {
  return readdirSync(SCHEMA_DIR)
    .filter((file) => file.endsWith('.prisma'))
    .sort()
    .map((file) => ({ path: join(SCHEMA_DIR, file), content: readFileSync(join(SCHEMA_DIR, file), 'utf8') }));
}

function migrationList(migrations: Migration[]) {
  return {
    baseDir: MIGRATIONS_DIR,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}

let engineLoaded = false;

/** Prisma's schema engine in WebAssembly, bound to the database by its driver adapter. */
async function schemaEngine(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  // Loaded where it is used: most starts have nothing to migrate.
  const engineModule = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  if (!engineLoaded) {
    const wasm = new URL('./schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
    const { instance } = await WebAssembly.instantiate(readFileSync(wasm), { './schema_engine_bg.js': engineModule });
    engineModule.__wbg_set_wasm(instance.exports);
    (instance.exports['__wbindgen_start'] as () => void)();
    engineLoaded = true;
  }
  return engineModule.SchemaEngine.new(
    { datamodels: readSchema().map(({ path, content }) => [path, content]) },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
}

type MigrationAdapter = SqlMigrationAwareDriverAdapterFactory & {
  /** Ends the connections that the engine has opened, and with them its locks. */
  disconnect(): Promise<void>;
};

/** The adapter with a script runner that keeps a script whole (see `Database.script`). */
function withWholeScripts(db: Database): MigrationAdapter {
  const connections: { dispose(): Promise<void> }[] = [];
  return {
    provider: db.adapter.provider,
    adapterName: db.adapter.adapterName,
    connectToShadowDb: () => db.adapter.connectToShadowDb(),
    async connect() {
      const connection = await db.adapter.connect();
      connections.push(connection);
      connection.executeScript = (script) => db.script(script);
      return connection;
    },
    async disconnect() {
      for (const connection of connections) await connection.dispose();
    },
  };
}

export type MigrationState = { pending: string[]; edited: string[] };

/** Compares the migrations of this version with those that the database has had; costs one statement. */
export async function migrationState(db: Database): Promise<MigrationState> {
  const [table] = await db.sql.query<{ found: boolean }>(`select to_regclass('_prisma_migrations') is not null as found`);
  const applied = table?.found
    ? await db.sql.query<{ name: string; checksum: string }>(
        'select migration_name as name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
      )
    : [];
  const checksums = new Map(applied.map((row) => [row.name, row.checksum]));
  const known = readMigrations();
  return {
    pending: known.filter(({ name }) => !checksums.has(name)).map(({ name }) => name),
    edited: known.filter(({ name, checksum }) => (checksums.get(name) ?? checksum) !== checksum).map(({ name }) => name),
  };
}

/**
 * Brings the database to this version's schema, under an advisory lock; does nothing when it is there already.
 * Writes `_prisma_migrations` as Prisma does.
 *
 * @returns the names of the migrations applied now
 * @throws when a migration that was applied has been edited since, or one fails
 */
export async function migrate(db: Database): Promise<string[]> {
  const before = await migrationState(db);
  if (before.edited.length > 0) throw new Error(`migrations edited after they were applied: ${before.edited.join(', ')}`);
  if (before.pending.length === 0) return [];
  return db.exclusively(async () => {
    const adapter = withWholeScripts(db);
    const engine = await schemaEngine(adapter);
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: migrationList(readMigrations()),
        filters: FILTERS,
      });
      return appliedMigrationNames;
    } finally {
      engine.free();
      await adapter.disconnect();
    }
  });
}

/**
 * The SQL that leads from the committed migrations to the Prisma schema; empty when they agree.
 *
 * @throws on a server: the engine would replay the migrations in that very database
 */
export async function pendingSchemaChange(db: Database): Promise<string> {
  if (db.engine !== 'embedded') throw new Error('compare on an embedded database');
  const engine = await schemaEngine(db.adapter);
  const migrations = readMigrations();
  const { stdout } = await engine.diff({
    from: migrations.length === 0 ? { tag: 'empty' } : { tag: 'migrations', ...migrationList(migrations) },
    to: { tag: 'schemaDatamodel', files: readSchema() },
    script: true,
    exitCode: null,
    filters: FILTERS,
  });
  engine.free();
  const sql = (stdout ?? '').trim();
  return sql === '' || sql === '-- This is an empty migration.' ? '' : `${sql}\n`;
}

/** Writes the pending schema change as a new migration; returns its folder's name, or null when there is nothing to write. */
export async function createMigration(db: Database, name: string, at: Date): Promise<string | null> {
  const sql = await pendingSchemaChange(db);
  if (sql === '') return null;
  const folder = `${at.toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`;
  mkdirSync(join(MIGRATIONS_DIR, folder), { recursive: true });
  writeFileSync(join(MIGRATIONS_DIR, folder, 'migration.sql'), sql);
  writeFileSync(join(MIGRATIONS_DIR, 'migration_lock.toml'), 'provider = "postgresql"\n');
  return folder;
}

/** Changes with every change of the migrations: names what was made from them. */
export function schemaFingerprint(): string {
  return readMigrations()
    .map(({ name, checksum }) => `${name}:${checksum}`)
    .join('\n');
}
