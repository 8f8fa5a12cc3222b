import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * `<prefix>_<live|test>_<keyId>_<secret><crc>`, e.g. `riq_live_8Jd0…_…`: underscores, so that a double click selects it
 * whole; a public id to find it by; 256 bits of secret; a checksum, so that scanners and the server can refuse a typo
 * without a look-up. See docs/adr/0003.
 */
export type ParsedKey = {
  readonly prefix: string;
  readonly environment: 'live' | 'test';
  /** Public: finds the key, may be logged. */
  readonly keyId: string;
  readonly secret: string;
};

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY_ID_LENGTH = 12;
/** 43 base62 digits hold 256 bits. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;

/** Matches all keys and nothing else but for the checksum: what a secret scanner can be given. */
export const KEY_PATTERN = /^([a-z]{2,8})_(live|test)_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** The most characters a key can have. */
export const KEY_MAX_LENGTH = 8 + 1 + 4 + 1 + KEY_ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;

/** Makes a new key of 256 random bits. */
export function generateKey(prefix: string, environment: 'live' | 'test' = 'live'): ParsedKey {
  return { prefix, environment, keyId: randomBase62(KEY_ID_LENGTH), secret: randomBase62(SECRET_LENGTH) };
}

/** The key as its owner gets it, once. */
export function formatKey(key: ParsedKey): string {
  const body = `${displayPrefix(key)}_${key.secret}`;
  return body + checksum(body);
}

/** The part of a key that may be shown: everything before the secret. */
export function displayPrefix({ prefix, environment, keyId }: Omit<ParsedKey, 'secret'>): string {
  return `${prefix}_${environment}_${keyId}`;
}

/** Reads a key; null for whatever is none, its checksum included. Total: never throws. */
export function parseKey(text: string): ParsedKey | null {
  if (text.length > KEY_MAX_LENGTH) return null;
  const [, prefix, environment, keyId, secret, check] = KEY_PATTERN.exec(text) ?? [];
  if (prefix === undefined || keyId === undefined || secret === undefined) return null;
  if (environment !== 'live' && environment !== 'test') return null;
  return checksum(text.slice(0, -CHECKSUM_LENGTH)) === check ? { prefix, environment, keyId, secret } : null;
}

function checksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = DIGITS.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** `length` digits, each equally likely: bytes that would favour some digits are dropped. */
function randomBase62(length: number): string {
  let digits = '';
  while (digits.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && digits.length < length) digits += DIGITS.charAt(byte % 62);
    }
  }
  return digits;
}
