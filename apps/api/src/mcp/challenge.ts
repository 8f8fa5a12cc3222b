import type { PublicError, Scope } from '@reqbase/auth';
import { isProjectName } from '../oauth/resource.ts';
import type { McpCall } from './endpoint.ts';

/**
 * What a client is to do about a refusal, for `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1; MCP, Scope Challenge
 * Handling); null where another credential changes nothing.
 */
export function challengeOf(
  { status, code }: PublicError,
  { endpoint, tenant, ctx }: Pick<McpCall, 'endpoint' | 'tenant'> & { readonly ctx: McpCall['ctx'] | null },
  publicUrl: URL,
  scopes: readonly Scope[] = endpoint.scopes,
): string | null {
  const isScope = code === 'INSUFFICIENT_SCOPE';
  if (status !== 401 && !isScope) return null;
  // Who has sent no credential has made no error (RFC 6750 §3.1).
  const error = isScope ? 'insufficient_scope' : ctx?.credential.kind === 'none' ? null : 'invalid_token';
  const name = String(tenant[endpoint.parameter]);
  const metadata = new URL(`/.well-known/oauth-protected-resource${endpoint.route.replace(/:\w+/, name)}`, publicUrl);
  return `Bearer ${[
    'realm="reqbase"',
    ...(error === null ? [] : [`error="${error}"`]),
    ...(endpoint.takesTokens && isProjectName(name) ? [`resource_metadata="${metadata}"`] : []),
    `scope="${scopes.join(' ')}"`,
  ].join(', ')}`;
}
