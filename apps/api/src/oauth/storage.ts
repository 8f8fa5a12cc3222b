import { AsyncLocalStorage } from 'node:async_hooks';
import type { Services } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';

/**
 * What the library asks of its adapter within one request to the token endpoint runs in one transaction: codes and refresh
 * tokens are redeemed whole or not at all, whichever process is asked.
 */
const transactions = new AsyncLocalStorage<{ readonly tx: Transaction; hasRevoked: boolean }>();

/** Runs `work` with the transaction for all storage beneath it; tells whether a grant has been revoked in it. */
export async function inTransaction<Output>(
  tx: Transaction,
  work: () => Promise<Output>,
): Promise<{ output: Output; hasRevoked: boolean }> {
  const store = { tx, hasRevoked: false };
  return transactions.run(store, async () => ({ output: await work(), hasRevoked: store.hasRevoked }));
}

/** Where the storage reads and writes: the transaction that is open, or the database. */
export function database({ access }: Pick<Services, 'access'>): Transaction {
  return transactions.getStore()?.tx ?? access.db.prisma;
}

/** Keeps the transaction from being undone: a revocation holds though the request is refused. */
export function noteRevocation(): void {
  const store = transactions.getStore();
  if (store !== undefined) store.hasRevoked = true;
}
