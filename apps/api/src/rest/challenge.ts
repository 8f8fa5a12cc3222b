import type { PublicError } from '@reqbase/auth';
import type { FastifyRequest } from 'fastify';
import { isProjectName } from '../oauth/resource.ts';
import type { Dialect } from './dialect.ts';

/**
 * How to come by what was missing (RFC 6750 §3). Where tokens are taken, with the document that says who gives them
 * (RFC 9728 §5.1).
 */
export function challengeFor(
  { surface }: Dialect,
  { status, code, detail }: PublicError,
  request: FastifyRequest,
): string | null {
  const { call, params } = request;
  const parts: [string, string][] = [['realm', 'reqbase']];
  if (status === 401 && call?.credential.kind !== 'none') parts.push(['error', 'invalid_token']);
  if (code === 'INSUFFICIENT_SCOPE')
    parts.push(
      ['error', 'insufficient_scope'],
      ...(detail?.requiredScope === undefined ? [] : [['scope', detail.requiredScope] as [string, string]]),
    );
  else if (status !== 401) return null;
  const { projectId } = (params ?? {}) as { projectId?: string };
  if (surface === 'project' && call != null && projectId !== undefined && isProjectName(projectId))
    parts.push(['resource_metadata', `${call.publicUrl}/.well-known/oauth-protected-resource/p/${projectId}/api/v1`]);
  return `Bearer ${parts.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}
