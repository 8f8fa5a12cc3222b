import { type AuditEvent, appendEntries, type CallOrigin, type Facts, type NewEntry, writeEntry } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { transact } from './transact.ts';
import type { CallerContext, OrganizationContext, ProjectContext } from './trpc.ts';

/** Tells what was done; it stands in the audit log once the transaction is committed. */
export type Audit = (event: AuditEvent) => Promise<void>;

/**
 * Runs a write as one transaction together with its audit entries and, for a call with an `Idempotency-Key`, the
 * answer to give a retry: all of it is there afterwards, or nothing. As `transact` does, it may run `work` several times.
 */
export async function write<Output>(
  ctx: ProjectContext | OrganizationContext | CallerContext,
  work: (tx: Transaction, audit: Audit) => Promise<Output>,
): Promise<Output> {
  return transact(ctx.access.db, async (tx) => {
    return audited(tx, ctx, ctx.grant.facts, async (audit) => {
      const output = await work(tx, audit);
      await ctx.idempotency?.complete(tx, output);
      return output;
    });
  });
}

/** Runs a transaction's work and then, as its last statement, adds what it has told to the organization's audit log. */
export async function audited<Output>(
  tx: Transaction,
  origin: CallOrigin,
  facts: Facts,
  work: (audit: Audit) => Promise<Output>,
): Promise<Output> {
  const entries: NewEntry[] = [];
  const output = await work(async (event) => void entries.push(writeEntry(origin, facts, event)));
  await appendEntries(tx, entries);
  return output;
}
