import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealingKey } from './secrets.ts';

/** What a text is sealed for, e.g. the row that it stands in: under another name it does not open. */
export type SealContext = string;

const ALGORITHM = 'aes-256-gcm';
const ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;

type Keys = readonly [SealingKey, ...SealingKey[]];

/** Encrypts and authenticates a text with the first key (AES-256-GCM): the key's fingerprint, IV, tag, ciphertext. */
export function seal([{ id, key }]: Keys, context: SealContext, text: string): Uint8Array<ArrayBuffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return new Uint8Array(Buffer.concat([Buffer.from(id, 'hex'), iv, cipher.getAuthTag(), ciphertext]));
}

/** The text that was sealed for this context; null when no key of the list sealed it, or it was altered. */
export function unseal(keys: Keys, context: SealContext, sealed: Uint8Array): string | null {
  const bytes = Buffer.from(sealed);
  const key = keys.find(({ id }) => id === fingerprintIn(bytes))?.key;
  if (key === undefined || bytes.length < ID_BYTES + IV_BYTES + TAG_BYTES) return null;
  const [iv, tag, ciphertext] = [
    bytes.subarray(ID_BYTES, ID_BYTES + IV_BYTES),
    bytes.subarray(ID_BYTES + IV_BYTES, ID_BYTES + IV_BYTES + TAG_BYTES),
    bytes.subarray(ID_BYTES + IV_BYTES + TAG_BYTES),
  ];
  const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** Says whether it was sealed with the present key: anything else is to be sealed anew before the older SECRET goes. */
export function isSealedByCurrent([{ id }]: Keys, sealed: Uint8Array): boolean {
  return fingerprintIn(Buffer.from(sealed)) === id;
}

function fingerprintIn(bytes: Buffer): string {
  return bytes.subarray(0, ID_BYTES).toString('hex');
}
