import { admit, charge, DomainError, type PublicError, scopesOf, targetOf, toPublic } from '@reqbase/auth';
import type { Context, Tool } from '@reqbase/core';
import { callOnce, callProcedure, type Input, type TenantIds } from '../call-procedure.ts';
import type { McpCall } from './endpoint.ts';

/** What a tool answers with, as JSON: its structured content, or why there is none. */
export type ToolResult = { readonly json: string; readonly isError: boolean };

/** A refusal as the endpoint tells it: a credential of another tenant learns no more than a wrong one (contract Reqio). */
export function told(error: unknown): PublicError {
  const refusal = toPublic(error);
  const isElsewhere = refusal.code === 'API_KEY_ORG_MISMATCH' || refusal.code === 'API_KEY_PROJECT_MISMATCH';
  return isElsewhere ? toPublic(new DomainError('UNAUTHORIZED')) : refusal;
}

/**
 * Calls the tool's procedure. What the caller can mend is told in the result; what only another credential mends is left
 * to HTTP, in `call.refusal`. Failures are handed to `onFailure` and told without their text.
 */
export async function runTool(call: McpCall, tool: Tool, given: Input, onFailure: (error: unknown) => void): Promise<ToolResult> {
  call.isAtProcedure = true;
  try {
    return { json: JSON.stringify(tool.encode(await perform(call.ctx, tool, call.tenant, given))), isError: false };
  } catch (error) {
    const refusal = told(error);
    if (refusal.status >= 500) onFailure(error);
    const isScope = refusal.code === 'INSUFFICIENT_SCOPE';
    // Who begins anew asks for all that is usual, and need not come back for each tool.
    if (refusal.status === 401 || isScope) call.refusal = { error, scopes: isScope ? scopesOf(tool.need) : call.endpoint.scopes };
    const { code, message, issues, retryAfter, detail } = refusal;
    const content = {
      code,
      message,
      requestId: call.ctx.requestId,
      ...(issues.length > 0 && { issues: tool.spelled(issues) }),
      ...(retryAfter !== undefined && { retryAfter }),
      ...detail,
    };
    return { json: JSON.stringify(content), isError: true };
  }
}

async function perform(ctx: Context, tool: Tool, tenant: Input, given: Input): Promise<unknown> {
  const input = { ...tool.inputOf(given), ...tenant };
  const issues = tool.issuesOf(given);
  if (issues.length > 0) return refuse(ctx, tool, input, new DomainError('BAD_REQUEST', { issues }));
  const wouldHappen = tool.unconfirmed(given, tenant);
  if (wouldHappen !== null) return refuse(ctx, tool, input, new DomainError('CONFIRM_REQUIRED', { detail: { wouldHappen } }));
  const { idempotencyKey: key, confirm: _confirm, ...body } = given;
  if (typeof key !== 'string') return callProcedure(ctx, tool.path, input);
  const nameIn = ({ projectId, organizationId }: TenantIds) =>
    `tools/call ${projectId ?? organizationId} ${tool.definition.name}`;
  return (await callOnce(ctx, tool, input, { key, body, nameIn })).data;
}

/** Refuses who has passed every gate: nobody else is told what is wrong with what they ask. It costs a call, as bad input does. */
async function refuse(ctx: Context, { need, path }: Tool, input: Input, refusal: DomainError): Promise<never> {
  await charge(ctx, await admit(ctx, need, targetOf(input, need.target), path), path);
  throw refusal;
}
