import { type CallOrigin, type Facts, lookUp } from '@reqbase/auth';
import { keyCredential, type Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { audited } from '../../write.ts';
import { revokeTree } from './revoke-tree.ts';

// A key that a device has got by RFC 8628 is, to the OAuth client that has asked for it, a token like any other.

/** What a client may know of a key that it was given; instants as dates. */
export type ClientKey = {
  readonly scopes: readonly string[];
  readonly userId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
};

type Found = { readonly facts: Facts; readonly key: NonNullable<Facts['key']>; readonly createdAt: Date };

/** A key that the client was given; null for what is no key, is wrong, or was given to anybody else: not told apart. */
async function findGiven({ access }: Services, clientId: string, text: string): Promise<Found | null> {
  const facts = await lookUp(access.source, keyCredential(text), {});
  const key = facts?.key;
  if (facts === null || key == null || !key.secretMatches) return null;
  const where = { id: key.id, oauthClientId: clientId };
  const row = await access.db.prisma.apiKey.findFirst({ where, select: { createdAt: true } });
  return row === null ? null : { facts, key, createdAt: row.createdAt };
}

/** Tells of a key that the client was given, while it lives and its owner is still in the organization; else null. */
export async function readClientKey(services: Services, clientId: string, text: string): Promise<ClientKey | null> {
  const found = await findGiven(services, clientId, text);
  if (found === null) return null;
  const { facts, key, createdAt } = found;
  const isOver = key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= services.clock());
  if (isOver || facts.organizationRole === null) return null;
  const scopes = key.scopes.map(({ permission }) => permission);
  return { scopes, userId: facts.user?.id ?? null, createdAt, expiresAt: key.expiresAt };
}

/**
 * Revokes for good a key that the client was given, and all that was made with it (RFC 7009). The log tells of it as of what else
 * an app does in its person's name. Of anything else, nothing follows.
 */
export async function revokeClientKey(
  services: Services,
  call: Pick<CallOrigin, 'requestId' | 'ip' | 'userAgent'>,
  clientId: string,
  text: string,
): Promise<void> {
  const { access, clock, newId } = services;
  const found = await findGiven(services, clientId, text);
  if (found === null || found.key.revokedAt !== null) return;
  const { facts, key } = found;
  const { organization } = facts;
  if (organization === null) throw new Error('a key without an organization');
  await transact(access.db, (tx) =>
    audited(tx, { ...call, clock, newId }, { ...facts, key: { ...key, oauthClientId: clientId } }, async (audit) => {
      const told = { ...services, tenant: { organization } };
      await revokeTree(tx, told, audit, { where: { id: key.id }, by: null, reason: 'manual' });
    }),
  );
}
