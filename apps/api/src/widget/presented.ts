import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '@reqbase/auth';
import { AnonymousId, type Presented, SignedEmail } from '@reqbase/core';

const VISITOR = 'x-reqbase-visitor';
const IDENTITY = 'x-reqbase-identity';
/** The headers that a page's script sends, beside those that browsers let it send to anybody. */
export const SENT_HEADERS = ['content-type', VISITOR, IDENTITY, 'idempotency-key'] as const;

/**
 * What a call of the widget says of who it speaks for: an anonymous id, and an identity token, or `hmac ` and the base64url
 * of `{email, signature, name?}`. There are no cookies.
 *
 * @throws {DomainError} BAD_REQUEST for an anonymous id that is none; INVALID_IDENTITY for an identity that cannot be one
 */
export function presentedBy(headers: IncomingHttpHeaders): Presented {
  const id = only(headers[VISITOR]);
  const identity = only(headers[IDENTITY]);
  if (id !== undefined && !AnonymousId.safeParse(id).success)
    throw new DomainError('BAD_REQUEST', {
      issues: [{ path: 'X-Reqbase-Visitor', message: 'Give 22 to 128 characters of base64url, of at least 128 random bits.' }],
    });
  return {
    anonymousId: id ?? null,
    identityToken: identity === undefined || identity.startsWith('hmac ') ? null : identity,
    signedEmail: identity?.startsWith('hmac ') ? signedEmailIn(identity.slice(5)) : null,
  };
}

/** An empty header is none: pages fill in what their backend gives them, which for who is not signed in is nothing. */
function only(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

function signedEmailIn(text: string): SignedEmail {
  try {
    return SignedEmail.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new DomainError('INVALID_IDENTITY', { cause });
  }
}

/** Whose `Idempotency-Key` it is, in the form of an id: the browser's, else the identity's. */
export function principalOf({ anonymousId, identityToken, signedEmail }: Presented, projectId: string): string | null {
  const who = anonymousId ?? signedEmail?.email.toLowerCase() ?? identityToken;
  if (who == null) return null;
  const hex = hash('sha256', `widget ${projectId} ${who}`, 'hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
