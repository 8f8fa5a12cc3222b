import { type Credential, DomainError } from '@reqbase/auth';
import type { FastifyRequest } from 'fastify';
import { isOwnOrigin, type Sessions } from './sessions.ts';

export type SessionOptions = { readonly sessions: Sessions; readonly publicUrl: string };

/**
 * The session that a request's cookie names.
 *
 * @throws {DomainError} FORBIDDEN for a request that acts and is made by another site's page: the cookie came along by itself
 */
export async function sessionCredential(
  { method, headers: { cookie, origin, host } }: FastifyRequest,
  { sessions, publicUrl }: SessionOptions,
): Promise<Credential> {
  const userId = cookie === undefined ? null : await sessions.userOf(cookie);
  if (userId === null) return { kind: 'none' };
  const isForeign = method !== 'GET' && origin !== undefined && !isOwnOrigin(origin, host, publicUrl);
  if (isForeign) throw new DomainError('FORBIDDEN');
  return { kind: 'session', userId };
}
