import { AsyncLocalStorage } from 'node:async_hooks';
import type { Services } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';
import type { Client } from 'oidc-provider';

/**
 * What the library asks of its adapter within one request. To the token endpoint it runs in one transaction: codes and refresh
 * tokens are redeemed whole or not at all, whichever process is asked.
 */
const requests = new AsyncLocalStorage<Held & { hasRevoked: boolean; failure: { readonly error: unknown } | null }>();

/** What is held while a request is answered: its client, which was read before it, and the transaction, where it needs one. */
type Held = { readonly tx: Transaction | null; readonly client: KnownClient };

/** A client as far as it has to be known to answer it: as the library has read it, or as it was earlier. */
export type KnownClient = Pick<Client, 'clientId' | 'metadata'>;

/**
 * Runs `work` with the transaction for all storage beneath it; tells whether a grant has been revoked in it.
 *
 * @throws what the library has failed of: it has an answer for that, and the transaction may have to run again
 */
export async function inTransaction<Output>(
  held: Held & { readonly tx: Transaction },
  work: () => Promise<Output>,
): Promise<{ output: Output; hasRevoked: boolean }> {
  const store = { ...held, hasRevoked: false, failure: null as { readonly error: unknown } | null };
  return requests.run(store, async () => {
    const output = await work();
    if (store.failure !== null) throw store.failure.error;
    return { output, hasRevoked: store.hasRevoked };
  });
}

/** Runs `work` for a client that has been read: no document is read anew, or waited for, in it. */
export function withClient<Output>(client: KnownClient, work: () => Promise<Output>): Promise<Output> {
  return requests.run({ tx: null, client, hasRevoked: false, failure: null }, work);
}

/** Where the storage reads and writes: the transaction that is open, or the database. */
export function database({ access }: Pick<Services, 'access'>): Transaction {
  return requests.getStore()?.tx ?? access.db.prisma;
}

/** The client of the request that is answered; undefined where none is held. Where one is, no document is read. */
export function heldClient(): KnownClient | undefined {
  return requests.getStore()?.client;
}

/** Keeps the transaction from being undone: a revocation holds though the request is refused. */
export function noteRevocation(): void {
  const store = requests.getStore();
  if (store !== undefined) store.hasRevoked = true;
}

/** Takes note of what the library has failed of within a transaction. Says whether there is one. */
export function noteFailure(error: unknown): boolean {
  const store = requests.getStore();
  if (store === undefined || store.tx === null) return false;
  store.failure = { error };
  return true;
}
