import { type AuditEvent, auditWrite } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { transact } from './transact.ts';
import type { OrganizationContext, ProjectContext } from './trpc.ts';

type Audit = (event: AuditEvent) => Promise<void>;

type WriteOptions<Output> = {
  /** What of the answer is kept for retries: all of it unless given. */
  readonly kept?: (output: Output) => Output;
};

/**
 * Runs a write as one transaction together with its audit entries and, for a call with an `Idempotency-Key`, the
 * answer to give a retry: all of it is there afterwards, or nothing. As `transact` does, it may run `work` several times.
 */
export async function write<Output>(
  ctx: ProjectContext | OrganizationContext,
  work: (tx: Transaction, audit: Audit) => Promise<Output>,
  { kept = (output) => output }: WriteOptions<Output> = {},
): Promise<Output> {
  return transact(ctx.access.db, async (tx) => {
    const output = await work(tx, (event) => auditWrite(tx, ctx, ctx.grant.facts, event));
    await ctx.idempotency?.complete(tx, kept(output));
    return output;
  });
}
