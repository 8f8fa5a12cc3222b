export { type Database, type DatabaseOptions, openDatabase, type Transaction } from './client.ts';
export { DEMO_OWNER_EMAIL, type DemoKey, insertDemo } from './demo.ts';
export { Prisma } from './generated/client.ts';
export { DataDirLockedError } from './lock.ts';
export { makeFolder } from './make-folder.ts';
export { migrate, migrationState } from './migrate.ts';
export type { Sql } from './sql.ts';
