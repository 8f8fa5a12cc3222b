import { createHmac } from 'node:crypto';
import type { Secrets } from './secrets.ts';

/** As the authorization server makes them: 256 bits. No API key has this form. */
const TOKEN = /^[\w-]{43}$/;

/** Says whether a text can be a token of the authorization server. */
export function isOAuthToken(text: string): boolean {
  return TOKEN.test(text);
}

/** HMACs of a token or code, by the present SECRET and by former ones: the first is stored, all of them are looked for. */
export function hashOAuthToken(
  { peppers: [current, ...former] }: Pick<Secrets, 'peppers'>,
  token: string,
): [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]] {
  const hash = ({ key }: typeof current) => new Uint8Array(createHmac('sha256', key).update(`oauth ${token}`).digest());
  return [hash(current), ...former.map(hash)];
}
