// `migration.ts create <name>` writes a migration; `migration.ts check` fails when schema and migrations differ.
import { PGlite } from '@electric-sql/pglite';
import { openDatabase } from '../src/client.ts';
import { createMigration, pendingSchemaChange } from '../src/migrate.ts';

const [command, name] = process.argv.slice(2);
const db = await openDatabase({ pglite: await PGlite.create() });
try {
  if (command === 'create' && name !== undefined && /^[a-z][a-z0-9_]*$/.test(name)) {
    const folder = await createMigration(db, name, new Date());
    console.error(
      folder === null ? 'Schema and migrations agree: nothing to write.' : `Wrote prisma/migrations/${folder}/migration.sql`,
    );
  } else if (command === 'check') {
    const sql = await pendingSchemaChange(db);
    if (sql !== '') {
      console.error(`The Prisma schema is ahead of the migrations. Run \`npm run db:migration <name>\` for:\n\n${sql}`);
      process.exitCode = 1;
    }
  } else {
    console.error('Usage: npm run db:migration <name>   (lower-case letters, digits and _), or npm run db:check');
    process.exitCode = 1;
  }
} finally {
  await db.close();
}
// The shadow database that the schema engine opened would keep the process for seconds.
process.exit();
