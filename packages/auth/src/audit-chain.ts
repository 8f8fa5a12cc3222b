import { createHash, type JsonWebKey as Jwk, type KeyObject, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';

// What an audit log is, as text: for the server, which writes it, and for whoever verifies an export far from it. No
// database and no server behind this file.

/** What the first entry of an organization is chained to. */
export const GENESIS_HASH = '0'.repeat(64);

/** The fields of an entry that say what happened, by the names of their columns; what is null is left out. */
export type AuditContent = {
  readonly id: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  readonly org_id: string;
  readonly project_id?: string;
  readonly actor_type: string;
  readonly actor_id?: string;
  readonly api_key_id?: string;
  readonly api_key_name?: string;
  readonly api_key_prefix?: string;
  readonly oauth_client_id?: string;
  readonly action: string;
  readonly resource_type?: string;
  readonly resource_id?: string;
  readonly request_id: string;
  readonly ip?: string;
  readonly user_agent?: string;
  readonly outcome: 'allowed' | 'denied';
  readonly code?: string;
  readonly diff?: unknown;
};

/** An entry in its place in the chain: a line of an export. */
export type ChainedEntry = AuditContent & { readonly seq: number; readonly prev_hash: string; readonly hash: string };

/** The content as the one text that is hashed (RFC 8785, JSON Canonicalization Scheme). @throws for half a character */
export function canonicalText(content: object): string {
  const text = canonicalize(content);
  if (text === undefined) throw new Error('no JSON');
  return text;
}

/** SHA-256 in hex over the hash before, the number and the content, one a line. The database computes the same (`audit.ts`). */
export function chainHash(prevHash: string, seq: number, content: string): string {
  return createHash('sha256').update(`${prevHash}\n${seq}\n${content}`).digest('hex');
}

/** What the server vouches for: that this organization's log had so many entries, and this hash at its end. */
export type Checkpoint = {
  readonly orgId: string;
  /** Of the last entry; 0 for a log without any. */
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  /** The `kid` of the public key. */
  readonly keyId: string;
  /** Ed25519, base64url. */
  readonly signature: string;
};

/** An Ed25519 key that signs checkpoints, named by the thumbprint of its public half. */
export type CheckpointKey = { readonly id: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** A public key as `/.well-known/reqbase-audit-keys` publishes it (RFC 8037). */
export type PublishedKey = Jwk & { readonly kid: string };

export function signCheckpoint(
  { id, privateKey }: Pick<CheckpointKey, 'id' | 'privateKey'>,
  claim: Pick<Checkpoint, 'orgId' | 'seq' | 'hash' | 'at'>,
): Checkpoint {
  const { orgId, seq, hash, at } = claim;
  const signed = { orgId, seq, hash, at, keyId: id };
  return { ...signed, signature: sign(null, signedBytes(signed), privateKey).toString('base64url') };
}

/** Says whether the key that the checkpoint names has signed it. */
export function isSignedBy(publicKey: KeyObject, { signature, ...signed }: Checkpoint): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  // base64url has several spellings of the same bytes.
  return bytes.toString('base64url') === signature && verify(null, signedBytes(signed), publicKey, bytes);
}

function signedBytes({ orgId, seq, hash, at, keyId }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(canonicalText({ at, hash, keyId, orgId, seq }));
}
