import { expect, it, vi } from 'vitest';
import { openDatabase } from './client.ts';
import { migrate, migrationState, pendingSchemaChange } from './migrate.ts';
import { createEmptyTestDatabase, createTestDatabase } from './testing.ts';

it('migrating by several starts at once applies every migration once', async () => {
  const db = await createEmptyTestDatabase('postgres');
  const others = await Promise.all([1, 2].map(() => openDatabase({ url: db.url ?? '', poolSize: 2 })));
  try {
    const { pending } = await migrationState(db);
    const applied = await Promise.all([db, ...others].map(migrate));
    expect(applied.flat()).toEqual(pending);
    expect(await migrationState(db)).toEqual({ pending: [], edited: [] });
    const records = await db.sql.query<{ name: string }>(
      'select migration_name as name from _prisma_migrations order by migration_name',
    );
    expect(records.map(({ name }) => name)).toEqual(pending);
  } finally {
    for (const other of others) await other.close();
    await db.close();
  }
});

it('a process that has migrated and runs on does not keep the next version from migrating', async () => {
  const running = await createEmptyTestDatabase('postgres');
  const next = await openDatabase({ url: running.url ?? '' });
  try {
    await migrate(running);
    const sessions = `select count(*)::int4 as count from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and l.locktype = 'advisory'`;
    // The server lets go of a connection a moment after it was ended.
    await vi.waitFor(async () => expect(await running.sql.query(sessions)).toEqual([{ count: 0 }]), 5_000);
    // All of it is the next version's to do again, while the first goes on.
    await running.script('drop schema public, pgboss cascade; create schema public');
    const { pending } = await migrationState(running);
    expect(await migrate(next)).toEqual(pending);
    expect(pending.length).toBeGreaterThan(0);
  } finally {
    await next.close();
    await running.close();
  }
}, 9_000);

it('the migrations are not replayed in a server’s database, to compare them with the schema', async () => {
  const db = await createTestDatabase('postgres');
  try {
    await expect(pendingSchemaChange(db)).rejects.toThrow('compare on an embedded database');
  } finally {
    await db.close();
  }
});
