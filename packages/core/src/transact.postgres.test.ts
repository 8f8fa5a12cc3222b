import { seedTenant } from '@reqbase/auth/testing';
import type { Transaction } from '@reqbase/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedFeature } from './modules/backlog/testing.ts';
import { openTestCore, type TestCore } from './testing.ts';
import { transact } from './transact.ts';

let core: TestCore;
beforeAll(async () => {
  core = await openTestCore('postgres');
});
afterAll(() => core.db.close());

const inSql = (tx: Transaction, id: string) =>
  tx.$executeRaw`update feature set vote_count = vote_count + 1 where id = ${id}::uuid`;
const inPrisma = (tx: Transaction, id: string) =>
  tx.feature.update({ where: { id }, data: { voteCount: { increment: 1 } }, select: { id: true } });

it.each([
  ['in SQL', inSql],
  ['by Prisma', inPrisma],
])('of two transactions that wait for each other %s both succeed, each once', async (_how, add) => {
  const tenant = await seedTenant(core);
  const ids = [await seedFeature(core, tenant), await seedFeature(core, tenant)] as const;
  const both = Promise.withResolvers<void>();
  let begun = 0;
  const addTo = (first: string, second: string) =>
    transact(core.db, async (tx) => {
      await add(tx, first);
      if (++begun === 2) both.resolve();
      await both.promise;
      await add(tx, second);
    });
  await Promise.all([addTo(ids[0], ids[1]), addTo(ids[1], ids[0])]);
  expect(begun).toBe(3);
  const rows = await core.db.prisma.feature.findMany({ where: { id: { in: [...ids] } }, select: { voteCount: true } });
  expect(rows).toEqual([{ voteCount: 2 }, { voteCount: 2 }]);
});

it.each([
  ['40001', 4],
  ['40P01', 4],
  ['23505', 1],
])('what fails by %s for ever is begun %i times', async (code, times) => {
  let begun = 0;
  const failing = transact(core.db, async (tx) => {
    begun++;
    await tx.$executeRawUnsafe(`do $$ begin raise exception 'never' using errcode = '${code}'; end $$`);
  });
  await expect(failing).rejects.toThrow('never');
  expect(begun).toBe(times);
});
