import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { CheckpointKey, PublishedKey } from './audit-chain.ts';

/** A key that HMACs the secrets of API keys, named by its own fingerprint so that stored hashes say which one made them. */
export type Pepper = { readonly id: string; readonly key: KeyObject };

/** A key that seals what has to be read again, named by its own fingerprint so that what it sealed says so. */
export type SealingKey = { readonly id: string; readonly key: KeyObject };

/**
 * What the installation's `SECRET` is used for, one derived key for each purpose. As key objects: Node imports a key of
 * bytes anew for each HMAC, which costs four times the HMAC.
 */
export type Secrets = {
  /** The first makes new hashes; the others are still accepted, and their hashes made anew on use. */
  readonly peppers: readonly [Pepper, ...Pepper[]];
  /** Signs cursors. */
  readonly cursor: KeyObject;
  /** Hashes the addresses that visitors of the widget call from, so that they are not kept. */
  readonly address: KeyObject;
  /** Hash the codes that people type for their devices: the first makes hashes, the others still find what they have hashed. */
  readonly userCode: readonly [KeyObject, ...KeyObject[]];
  /** Signs session cookies. */
  readonly session: string;
  /** The first signs the links that end e-mails; the others are still accepted, since mails outlive a SECRET. */
  readonly unsubscribe: readonly [KeyObject, ...KeyObject[]];
  /** The same for the addresses at which requesters answer e-mails. */
  readonly replies: readonly [KeyObject, ...KeyObject[]];
  /** Seal the projects' identity secrets: the first seals, all of them open. */
  readonly identity: readonly [SealingKey, ...SealingKey[]];
  /** Seal what jobs have to know and readers of the database must not: the first seals, all of them open. */
  readonly jobs: readonly [SealingKey, ...SealingKey[]];
  /** Sign checkpoints of audit logs: the first signs, the others have signed and are still published. */
  readonly checkpoints: readonly [CheckpointKey, ...CheckpointKey[]];
  /** Seal what signs the deliveries of webhooks: the first seals, all of them open. */
  readonly webhooks: readonly [SealingKey, ...SealingKey[]];
};

/**
 * Derives the keys from `SECRET`. Several secrets, separated by commas, let it be changed without invalidating keys:
 * the first is the present one.
 *
 * @throws when there is none: keys derived from an empty text would be everybody's
 */
export function deriveSecrets(secret: string): Secrets {
  const [current, ...previous] = secret
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (current === undefined) throw new Error('SECRET is empty');
  return {
    peppers: [pepperOf(current), ...previous.map(pepperOf)],
    cursor: keyOf(current, 'cursor'),
    address: keyOf(current, 'address'),
    userCode: [keyOf(current, 'user-code'), ...previous.map((secret) => keyOf(secret, 'user-code'))],
    session: derive(current, 'session').toString('base64url'),
    unsubscribe: [keyOf(current, 'unsubscribe'), ...previous.map((secret) => keyOf(secret, 'unsubscribe'))],
    replies: [keyOf(current, 'replies'), ...previous.map((secret) => keyOf(secret, 'replies'))],
    identity: [sealingKeyOf(current, 'identity-secrets'), ...previous.map((secret) => sealingKeyOf(secret, 'identity-secrets'))],
    jobs: [sealingKeyOf(current, 'jobs'), ...previous.map((secret) => sealingKeyOf(secret, 'jobs'))],
    checkpoints: [checkpointKeyOf(current), ...previous.map(checkpointKeyOf)],
    webhooks: [sealingKeyOf(current, 'webhooks'), ...previous.map((secret) => sealingKeyOf(secret, 'webhooks'))],
  };
}

function derive(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'reqbase', purpose, 32));
}

function keyOf(secret: string, purpose: string): KeyObject {
  return createSecretKey(derive(secret, purpose));
}

function pepperOf(secret: string): Pepper {
  const key = derive(secret, 'api-key-pepper');
  return { id: fingerprintOf(key), key: createSecretKey(key) };
}

function sealingKeyOf(secret: string, purpose: string): SealingKey {
  const key = derive(secret, purpose);
  return { id: fingerprintOf(key), key: createSecretKey(key) };
}

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

function checkpointKeyOf(secret: string): CheckpointKey {
  const der = Buffer.concat([ED25519_PKCS8, derive(secret, 'audit-checkpoints')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  return { id: thumbprintOf(publicKey), privateKey, publicKey };
}

/** RFC 7638, for a key of RFC 8037. */
function thumbprintOf(publicKey: KeyObject): string {
  const { crv, kty, x } = publicKey.export({ format: 'jwk' });
  return hash('sha256', JSON.stringify({ crv, kty, x }), 'base64url');
}

/** The public halves, for whoever verifies what was signed: the present one first. */
export function publishedKeys({ checkpoints }: Pick<Secrets, 'checkpoints'>): PublishedKey[] {
  return checkpoints.map(({ id, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'EdDSA', use: 'sig' }));
}

function fingerprintOf(key: Buffer): string {
  return hash('sha256', key, 'hex').slice(0, 8);
}

/** HMAC-SHA-256 of a key's secret: with 256 random bits there is nothing to guess, so a slow hash would only slow us down. */
export function hashSecret(pepper: Pepper, secret: string): Buffer {
  return createHmac('sha256', pepper.key).update(secret).digest();
}

const DUMMY_HASH = Buffer.alloc(32);

/**
 * Compares a secret with a stored hash in constant time. Without one (unknown key, unknown pepper) the same work is done
 * against a dummy, so that the time does not tell.
 */
export function secretMatches(secrets: Secrets, secret: string, stored: { hash: Uint8Array; pepperId: string } | null): boolean {
  const pepper = secrets.peppers.find(({ id }) => id === stored?.pepperId);
  const hash = hashSecret(pepper ?? secrets.peppers[0], secret);
  const expected = stored !== null && pepper !== undefined && stored.hash.length === hash.length ? stored.hash : DUMMY_HASH;
  return timingSafeEqual(hash, expected) && expected !== DUMMY_HASH;
}
