import type { Transaction } from '@reqbase/db';
import type { TestCore } from './testing.ts';

/** Does something in a transaction of its own, which is committed when it is told to. On PostgreSQL only. */
export async function holdOpen(
  { db }: Pick<TestCore, 'db'>,
  work: (tx: Transaction) => Promise<unknown>,
): Promise<{ readonly commit: () => Promise<void> }> {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const { promise: worked, resolve: hasWorked } = Promise.withResolvers<void>();
  const done = db.prisma.$transaction(async (tx) => {
    await work(tx);
    hasWorked();
    await told;
  });
  await Promise.race([worked, done]);
  return {
    commit: () => {
      tell();
      return done;
    },
  };
}

/** Says that so many statements wait for a lock. */
export async function waiting({ db }: Pick<TestCore, 'db'>, count: number): Promise<void> {
  for (;;) {
    const [row] = await db.sql.query<{ waiting: number }>(
      "select count(*)::int4 as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    if ((row?.waiting ?? 0) >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
