import { type CallOrigin, type Facts, lookUp } from '@reqbase/auth';
import { keyCredential, type Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { audited } from '../../write.ts';
import { mailLeak } from './leak-mail.ts';
import { revokeTree } from './revoke-tree.ts';

/**
 * Revokes a key for good, and what was made with it, that somebody has found where it does not belong: who can show it proves
 * that it is known. It may have expired: what was made with it has not. Its owner is told, and so are those of what ends with it. Of what is no key, or none that lives, nothing follows; the caller is not told which it was. Who has the whole key
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
      const { organization } = facts;
      if (organization === null) throw new Error('a key without an organization');
      const told = { ...services, tenant: { organization } };
      // Of reports at the same time, one revokes.
      const endedWithIt = await revokeTree(tx, told, audit, { where: { id: key.id }, by: null, reason: 'leaked' });
      if (endedWithIt === null) return;
      await mailLeak(tx, services, { ...key, ownerUserId }, endedWithIt);
    }),
  );
}

/** As far as anybody knows: not its owner. */
function byTheKeyItself(facts: Facts, key: NonNullable<Facts['key']>): Facts {
  return { ...facts, user: null, key: { ...key, serviceAccountId: null } };
}
