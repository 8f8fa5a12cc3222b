import { randomBytes } from 'node:crypto';
import { isSealedByCurrent, seal, unseal } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';

/** A secret that identity tokens may be signed with. */
export type LivingSecret = {
  readonly id: string;
  /** Null when it was sealed under a SECRET that the installation no longer has. */
  readonly text: string | null;
  readonly createdAt: Date;
  /** Null: the present one. */
  readonly expiresAt: Date | null;
};

/** Two live at once while one is being rotated. */
const MOST_ALIVE = 2;
const SECRET_BYTES = 32;

/** The project's secrets that are accepted now, the present one first. One under an older SECRET is sealed anew. */
export async function livingSecrets(
  tx: Transaction,
  { secrets, clock }: Pick<Services, 'secrets' | 'clock'>,
  projectId: string,
): Promise<LivingSecret[]> {
  const rows = await tx.identitySecret.findMany({
    where: { projectId, OR: [{ expiresAt: null }, { expiresAt: { gt: clock() } }] },
    orderBy: [{ expiresAt: { sort: 'desc', nulls: 'first' } }, { createdAt: 'desc' }],
    take: MOST_ALIVE,
    select: { id: true, ciphertext: true, createdAt: true, expiresAt: true },
  });
  const living: LivingSecret[] = [];
  for (const { ciphertext, ...row } of rows) {
    const context = contextOf(projectId, row.id);
    const text = unseal(secrets.identity, context, ciphertext);
    living.push({ ...row, text });
    if (text !== null && !isSealedByCurrent(secrets.identity, ciphertext))
      await tx.identitySecret.updateMany({ where: { id: row.id }, data: { ciphertext: seal(secrets.identity, context, text) } });
  }
  return living;
}

/** Makes the project's present secret. The caller has seen to it that there is none. */
export async function makeSecret(
  tx: Transaction,
  { secrets, clock, newId }: Pick<Services, 'secrets' | 'clock' | 'newId'>,
  projectId: string,
): Promise<LivingSecret & { readonly text: string }> {
  const made = {
    id: newId(),
    text: `idsec_${randomBytes(SECRET_BYTES).toString('base64url')}`,
    createdAt: clock(),
    expiresAt: null,
  };
  await tx.identitySecret.create({
    data: {
      id: made.id,
      projectId,
      ciphertext: seal(secrets.identity, contextOf(projectId, made.id), made.text),
      createdAt: made.createdAt,
    },
  });
  return made;
}

/** What a secret is sealed for: in another row, or another project's, it does not open. */
function contextOf(projectId: string, id: string): string {
  return `identity secret ${id} of project ${projectId}`;
}
