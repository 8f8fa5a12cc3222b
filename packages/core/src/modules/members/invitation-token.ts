import { hash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** What the link of an invitation ends in: 256 random bits, of which only the hash is stored. */
export function newInvitationToken(): { readonly token: string; readonly hash: Uint8Array<ArrayBuffer> } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashInvitationToken(token) };
}

/** SHA-256: of 256 random bits there is nothing to guess. */
export function hashInvitationToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', token, 'buffer'));
}
