import type { IncomingHttpHeaders } from 'node:http';
import { type Credential, DomainError, isOAuthToken } from '@reqbase/auth';
import { keyCredential } from '@reqbase/core';

/** Where a surface looks for a key. */
export type KeyHeaders = { readonly authorization: boolean; readonly xApiKey: boolean };

/**
 * Reads the key or the token that a request presents, exactly as sent: no whitespace is forgiven (contract RogerIQ, Troubleshooting).
 *
 * @throws {DomainError} AMBIGUOUS_CREDENTIALS when both headers are there and differ
 */
export function readKey(headers: IncomingHttpHeaders, where: KeyHeaders): Credential {
  const bearer = bearerToken(headers.authorization);
  const header = headers['x-api-key'];
  if (bearer !== undefined && header !== undefined && bearer !== header) throw new DomainError('AMBIGUOUS_CREDENTIALS');
  const token = (where.authorization ? bearer : undefined) ?? (where.xApiKey ? header : undefined);
  if (token === undefined) return { kind: 'none' };
  // A token comes by Bearer alone (RFC 6750 §2.1).
  if (token === bearer && where.authorization && isOAuthToken(token)) return { kind: 'token', token };
  return typeof token === 'string' ? keyCredential(token) : { kind: 'malformed' };
}

/** The token of a Bearer credential; a header of another form is a credential all the same, of no known kind. */
function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  return /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
}
