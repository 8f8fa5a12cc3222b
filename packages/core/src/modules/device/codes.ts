import { createHmac, hash, randomBytes, randomInt } from 'node:crypto';
import type { Secrets } from '@reqbase/auth';

/** No vowels, so that no word comes out, and none of O/0, I/1/L: 28 letters, so 38 bits (RFC 8628 §6.1; wire-facts, Device flow). */
const LETTERS = 'BCDFGHJKMNPQRSTVWXYZ23456789';
const HALF = 4;
const USER_CODE = new RegExp(`^([${LETTERS}]{${HALF}})([${LETTERS}]{${HALF}})$`);

/** 288 bits, which are 48 characters. */
const DEVICE_CODE_BYTES = 36;

/** The code that a person types, as it is shown: `BCDF-2345`. */
export function newUserCode(): string {
  const letters = Array.from({ length: 2 * HALF }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
  return `${letters.slice(0, HALF)}-${letters.slice(HALF)}`;
}

/** A code as people type it, in whichever case, with or without dash and spaces, as it was shown; null for what is none. */
export function readUserCode(typed: string): string | null {
  const letters = typed
    .normalize('NFKC')
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase();
  const [, first, second] = USER_CODE.exec(letters) ?? [];
  return first === undefined || second === undefined ? null : `${first}-${second}`;
}

/** The code that the device keeps to itself. */
export function newDeviceCode(): string {
  return randomBytes(DEVICE_CODE_BYTES).toString('base64url');
}

/** SHA-256: of 288 random bits there is nothing to guess. */
export function hashDeviceCode(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', code, 'buffer'));
}

/**
 * HMACs of a code as it is shown, by the present SECRET and by former ones. Keyed, since all 38 bits can be tried in minutes
 * by who reads a plain hash.
 */
export function hashUserCode(
  { userCode: [current, ...former] }: Pick<Secrets, 'userCode'>,
  code: string,
): [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]] {
  const hash = (key: typeof current) => new Uint8Array(createHmac('sha256', key).update(code).digest());
  return [hash(current), ...former.map(hash)];
}
