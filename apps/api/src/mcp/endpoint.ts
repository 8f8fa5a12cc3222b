import { type Scope, type TargetRef, targetOf } from '@reqbase/auth';
import type { Context, McpTarget } from '@reqbase/core';
import type { Input } from '../call-procedure.ts';

/** An address that speaks MCP: of each project, or of each organization. */
export type Endpoint = {
  readonly target: McpTarget;
  readonly route: string;
  /** The tenant's name in the route, and in the input of procedures. */
  readonly parameter: string;
  /** What a client without a token is told to ask for. Nothing that deletes is among it: of that the person says so themselves. */
  readonly scopes: readonly Scope[];
  /** Whether authorization servers give tokens for it: then there is metadata of it (RFC 9728). */
  readonly takesTokens: boolean;
};

export const ENDPOINTS: readonly Endpoint[] = [
  {
    target: 'project',
    route: '/p/:projectId/mcp',
    parameter: 'projectId',
    scopes: ['backlog:read', 'status:write', 'notes:write', 'comments:write', 'conversations:read', 'widget:read'],
    takesTokens: true,
  },
  {
    target: 'organization',
    route: '/o/:organizationId/mcp',
    parameter: 'organizationId',
    scopes: ['services:read', 'endpoints:read', 'scans:read'],
    takesTokens: false,
  },
];

/** A message on its way through an endpoint. */
export type McpCall = {
  readonly endpoint: Endpoint;
  readonly ctx: Context;
  /** As the path names it. */
  readonly tenant: Input;
  /** Whether a procedure has been reached, whose gates decide. */
  isAtProcedure: boolean;
  /** A refusal that is HTTP's to tell, by status and challenge, with the scopes that would have been enough. */
  refusal: { readonly error: unknown; readonly scopes: readonly Scope[] } | null;
};

export function targetOfCall({ endpoint, tenant }: McpCall): TargetRef {
  return targetOf(tenant, endpoint.target);
}
