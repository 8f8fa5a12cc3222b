import { isOAuthScope, type PublicError, scopesOf } from '@reqbase/auth';
import type { FastifyRequest } from 'fastify';
import { isProjectName } from '../oauth/resource.ts';
import type { Dialect } from './dialect.ts';

/**
 * How to come by what was missing (RFC 6750 §3): with all that the operation needs, since a token that has what it lacked alone
 * would lack the rest. Where tokens are taken, also who has none yet is told so, with the document that says who gives them
 * (RFC 9728 §5.1; MCP, Scope Selection Strategy).
 */
export function challengeFor(
  { surface }: Dialect,
  { status, code, detail }: PublicError,
  request: FastifyRequest,
): string | null {
  const {
    call,
    params,
    routeOptions: { config },
  } = request;
  const isScope = code === 'INSUFFICIENT_SCOPE';
  if (status !== 401 && !isScope) return null;
  const parts: [string, string][] = [['realm', 'reqbase']];
  if (isScope) parts.push(['error', 'insufficient_scope']);
  else if (call?.credential.kind !== 'none') parts.push(['error', 'invalid_token']);
  // A service may ask for more than its procedure says.
  const missing = detail?.requiredScope?.split(' ') ?? [];
  const scopes = new Set<string>([...(config?.need === undefined ? [] : scopesOf(config.need)), ...missing]);
  const kind = call?.credential.kind ?? 'none';
  // No app can be given it: it would ask for it again and again.
  const isInVain = (kind === 'none' || (isScope && kind === 'token')) && ![...scopes].every(isOAuthScope);
  const isForApps = surface === 'project' && !isInVain;
  if (scopes.size > 0 && (isForApps || (isScope && surface !== 'project'))) parts.push(['scope', [...scopes].join(' ')]);
  const { projectId } = (params ?? {}) as { projectId?: string };
  if (isForApps && call != null && projectId !== undefined && isProjectName(projectId))
    parts.push(['resource_metadata', `${call.publicUrl}/.well-known/oauth-protected-resource/p/${projectId}/api/v1`]);
  return `Bearer ${parts.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}
