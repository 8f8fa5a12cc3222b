import { type CallOrigin, type Facts, lookUp } from '@reqbase/auth';
import { keyCredential, type Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { audited } from '../../write.ts';
import { emitOfKey } from '../webhooks/emit.ts';
import { mailOwners } from './key-mail.ts';
import { KEY_FIELDS, toApiKey } from './service.ts';

/**
 * Revokes a key for good that somebody has found where it does not belong: who can show it proves that it is known. Its owner is
 * told. Of what is no key, or none that lives, nothing follows; the caller is not told which it was. Who has the whole key
 * could find out anyway, by a call; for everybody else one look-up is all that happens.
 */
export async function reportLeakedKey(
  services: Services,
  call: Pick<CallOrigin, 'requestId' | 'ip' | 'userAgent'>,
  text: string,
): Promise<void> {
  const { access, clock, newId } = services;
  const facts = await lookUp(access.source, keyCredential(text.trim()), {});
  const key = facts?.key;
  if (facts === null || key == null || !key.secretMatches || key.revokedAt !== null) return;
  const ownerUserId = key.serviceAccountId === null ? (facts.user?.id ?? null) : null;
  await transact(access.db, (tx) =>
    audited(tx, { ...call, clock, newId }, byTheKeyItself(facts, key), async (audit) => {
      const now = clock();
      const { count } = await tx.apiKey.updateMany({
        where: { id: key.id, revokedAt: null },
        data: { revokedAt: now, revokedReason: 'leaked', updatedAt: now, version: { increment: 1 } },
      });
      // Of reports at the same time, one revokes.
      if (count === 0) return;
      const { organization } = facts;
      if (organization === null) throw new Error('a key without an organization');
      const row = await tx.apiKey.findUniqueOrThrow({ where: { id: key.id }, select: KEY_FIELDS });
      const told = toApiKey({ clock, tenant: { organization } }, row);
      await emitOfKey(tx, services, key, { event: 'api_key.revoked', read: async () => ({ data: told }) });
      await mailOwners(tx, services, { ...key, ownerUserId }, LEAKED);
      await audit({
        action: 'api_key.revoked',
        resourceType: 'api_key',
        resourceId: key.id,
        projectId: key.projectId,
        diff: { name: key.name, prefix: key.prefix, reason: 'leaked' },
      });
    }),
  );
}

/** As far as anybody knows: not its owner. */
function byTheKeyItself(facts: Facts, key: NonNullable<Facts['key']>): Facts {
  return { ...facts, user: null, key: { ...key, serviceAccountId: null } };
}

const LEAKED: Parameters<typeof mailOwners>[3] = {
  about: 'leaked',
  subject: (key) => `API key ${key} has leaked and is revoked`,
  paragraphs: ({ named, page }) => [
    `Somebody has reported the API key ${named} as found where it does not belong. They had the whole key, so it is revoked: whatever uses it is refused from now on.`,
    `What to do: make a new key and bring it to what used this one, find out how it got out, and look at what was done with it until now.\n${page}`,
  ],
};
