import { dropTestDatabases } from '../packages/db/src/testing.ts';

/** Run by vitest when all tests have ended. */
export async function teardown(): Promise<void> {
  await dropTestDatabases();
}
