import { expect, it } from 'vitest';
import { pendingSchemaChange } from './migrate.ts';
import { createEmptyTestDatabase } from './testing.ts';

it('the migrations lead to the Prisma schema, and nothing is left to write', async () => {
  const scratch = await createEmptyTestDatabase('embedded');
  try {
    expect(await pendingSchemaChange(scratch)).toBe('');
  } finally {
    await scratch.close();
  }
});
