import { admit, charge, type Grant, targetOf } from '@reqbase/auth';
import { type Context, claimIdempotency, createCaller, type ProcedureFacts, withIdempotency } from '@reqbase/core';
import { outputOf } from './kept-answer.ts';

export type Input = Record<string, unknown>;

/** Calls a procedure by its path, gates and validation included. */
export async function callProcedure(ctx: Context, path: string, input: Input): Promise<unknown> {
  const [slice = '', name = ''] = path.split('.');
  const caller = createCaller(ctx) as unknown as Record<string, Record<string, (input: Input) => Promise<unknown>>>;
  const call = caller[slice]?.[name];
  if (call === undefined) throw new Error(`no procedure ${path}`);
  return call(input);
}

/** The ids of the tenant that a call is about. */
export type TenantIds = { readonly projectId?: string; readonly organizationId?: string };

type Once = {
  /** Of the caller's choice. */
  readonly key: string;
  /** What must be the same again. */
  readonly body: unknown;
  /** What is done, in the tenant that the call is about. */
  readonly nameIn: (tenant: TenantIds) => string;
};

/** Calls a procedure once, however often that is asked for with the key: a retry gets the answer of the first time. */
export async function callOnce(
  ctx: Context,
  { path, need, output }: Pick<ProcedureFacts, 'path' | 'need' | 'output'>,
  input: Input,
  { key, body, nameIn }: Once,
): Promise<{ readonly data: unknown; readonly isReplayed: boolean }> {
  const grant = await admit(ctx, need, targetOf(input, need.target), path);
  const principalId = grant.facts.key?.id;
  if (principalId === undefined) throw new Error('an idempotent call without a key');
  const retry = () => charge(withIdempotency(ctx, 'replay'), grant, path);
  const claimed = { principalId, operation: nameIn(idsOf(grant)), key, body };
  const outcome = await claimIdempotency(ctx.access.db, ctx, claimed).catch(async (conflict: unknown) => {
    await retry();
    throw conflict;
  });
  if (outcome.kind === 'replay') {
    await retry();
    return { data: outputOf(output, outcome.answer), isReplayed: true };
  }
  try {
    return { data: await callProcedure(withIdempotency(ctx, outcome.claim), path, input), isReplayed: false };
  } catch (error) {
    await outcome.claim.release();
    throw error;
  }
}

function idsOf({ facts: { project, organization } }: Grant): TenantIds {
  return {
    ...(project !== null && { projectId: project.id }),
    ...(organization !== null && { organizationId: organization.id }),
  };
}
