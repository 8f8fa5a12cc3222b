import { setTimeout as pause } from 'node:timers/promises';
import { type Database, Prisma, type Transaction } from '@reqbase/db';

/** PostgreSQL has undone the transaction for the sake of another one: run again, it succeeds (manual, 13.3.4 and 13.5). */
const UNDONE_FOR_ANOTHER = new Set<unknown>(['40P01', '40001']);
const RETRIES = 3;
const PAUSE_MS = 20;

/**
 * Runs a transaction, and again when the database has undone it for the sake of another one (deadlock, serialization
 * failure). So `work` may run several times: outside of its transaction it changes nothing.
 */
export async function transact<Output>({ prisma }: Database, work: (tx: Transaction) => Promise<Output>): Promise<Output> {
  for (let retries = 0; ; retries++) {
    try {
      return await prisma.$transaction(work);
    } catch (error) {
      if (retries === RETRIES || !isUndoneForAnother(error)) throw error;
    }
    // Of two that met, one is ahead the next time.
    await pause(PAUSE_MS * 2 ** retries * (0.5 + Math.random()));
  }
}

/** Prisma says it by P2034 of a query of its own and by P2010 of one in SQL; the code of the database is with both. */
function isUndoneForAnother(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  if (error.code === 'P2034') return true;
  const raised = error.meta?.['driverAdapterError'];
  if (!(raised instanceof Error) || typeof raised.cause !== 'object' || raised.cause === null) return false;
  return 'originalCode' in raised.cause && UNDONE_FOR_ANOTHER.has(raised.cause.originalCode);
}
