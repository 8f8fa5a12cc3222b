import { AsyncLocalStorage } from 'node:async_hooks';
import type { Services } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';
import type { Client } from 'oidc-provider';

/**
 * What the library asks of its adapter within one request to the token endpoint runs in one transaction: codes and refresh
 * tokens are redeemed whole or not at all, whichever process is asked.
 */
const transactions = new AsyncLocalStorage<Held & { hasRevoked: boolean; failure: { readonly error: unknown } | null }>();

/** What is held while a request is answered: the transaction, and the client, which was read before it. */
type Held = { readonly tx: Transaction; readonly client: KnownClient };

/** A client as far as it has to be known to answer it: as the library has read it, or as it was when somebody let it in. */
export type KnownClient = Pick<Client, 'clientId' | 'metadata'>;

/**
 * Runs `work` with the transaction for all storage beneath it; tells whether a grant has been revoked in it.
 *
 * @throws what the library has failed of: it has an answer for that, and the transaction may have to run again
 */
export async function inTransaction<Output>(
  held: Held,
  work: () => Promise<Output>,
): Promise<{ output: Output; hasRevoked: boolean }> {
  const store = { ...held, hasRevoked: false, failure: null as { readonly error: unknown } | null };
  return transactions.run(store, async () => {
    const output = await work();
    if (store.failure !== null) throw store.failure.error;
    return { output, hasRevoked: store.hasRevoked };
  });
}

/** Where the storage reads and writes: the transaction that is open, or the database. */
export function database({ access }: Pick<Services, 'access'>): Transaction {
  return transactions.getStore()?.tx ?? access.db.prisma;
}

/** The client of the request that is answered in a transaction; undefined outside of one. Within one, no document is waited for. */
export function heldClient(): KnownClient | undefined {
  return transactions.getStore()?.client;
}

/** Keeps the transaction from being undone: a revocation holds though the request is refused. */
export function noteRevocation(): void {
  const store = transactions.getStore();
  if (store !== undefined) store.hasRevoked = true;
}

/** Takes note of what the library has failed of within a transaction. Says whether there is one. */
export function noteFailure(error: unknown): boolean {
  const store = transactions.getStore();
  if (store !== undefined) store.failure = { error };
  return store !== undefined;
}
