import { DomainError } from '@reqbase/auth';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { audienceOf } from '../requesters/identity.ts';
import { type LivingSecret, livingSecrets, makeSecret } from '../requesters/identity-secrets.ts';
import { lockProject } from '../widget/config.ts';
import type { IdentitySecret, IdentityStatus, RotateIdentitySecret } from './schema.ts';

const HOUR_MS = 3_600_000;

/** Whether there is a secret to sign identity tokens with, and until when a former one is accepted beside it. */
export async function identityStatus(ctx: ProjectContext): Promise<IdentityStatus> {
  return statusOf(ctx, await livingSecrets(ctx.access.db.prisma, ctx, ctx.tenant.project.id));
}

/**
 * Shows the secret that identity tokens are signed with; the first time it makes one. Every look leaves an audit entry.
 *
 * @throws {DomainError} CONFLICT for a secret that this installation cannot open any more, since its SECRET is another:
 *   it has to be rotated
 */
export async function revealIdentitySecret(ctx: ProjectContext): Promise<IdentitySecret> {
  const projectId = ctx.tenant.project.id;
  return write(ctx, async (tx, audit) => {
    await lockProject(tx, projectId);
    const living = await livingSecrets(tx, ctx, projectId);
    const known = presentOf(living);
    const secret = known ?? (await makeSecret(tx, ctx, projectId));
    if (secret.text === null) throw new DomainError('CONFLICT');
    await audit({
      action: 'identity_secret.revealed',
      resourceType: 'identity_secret',
      resourceId: secret.id,
      diff: { isNew: known === null },
    });
    if (known === null) await publish(tx, ctx, { kind: 'project', isPrivate: false });
    return { ...statusOf(ctx, known === null ? [secret, ...living] : living), secret: secret.text };
  });
}

/**
 * Makes another secret and shows it. The former one is accepted for the overlap; without one it ends at once, as does any
 * other.
 *
 * @throws {DomainError} CONFLICT while a former secret is still accepted: a second rotation would end the one in use
 */
export async function rotateIdentitySecret(ctx: ProjectContext, { overlapHours }: RotateIdentitySecret): Promise<IdentitySecret> {
  const projectId = ctx.tenant.project.id;
  return write(ctx, async (tx, audit) => {
    await lockProject(tx, projectId);
    const living = await livingSecrets(tx, ctx, projectId);
    if (overlapHours > 0 && living.some(({ expiresAt }) => expiresAt !== null)) throw new DomainError('CONFLICT');
    const expiresAt = new Date(ctx.clock().getTime() + overlapHours * HOUR_MS);
    // Ended ones are of no use to anybody but who steals the database.
    await tx.identitySecret.deleteMany({ where: { projectId, ...(overlapHours > 0 && { expiresAt: { lte: ctx.clock() } }) } });
    await tx.identitySecret.updateMany({ where: { projectId, expiresAt: null }, data: { expiresAt } });
    const secret = await makeSecret(tx, ctx, projectId);
    await audit({
      action: 'identity_secret.rotated',
      resourceType: 'identity_secret',
      resourceId: secret.id,
      diff: { overlapHours },
    });
    await publish(tx, ctx, { kind: 'project', isPrivate: false });
    return { ...statusOf(ctx, await livingSecrets(tx, ctx, projectId)), secret: secret.text };
  });
}

function statusOf(ctx: ProjectContext, living: readonly LivingSecret[]): IdentityStatus {
  const former = living.find(({ expiresAt }) => expiresAt !== null);
  const present = presentOf(living);
  return {
    isSet: present !== null,
    createdAt: present?.createdAt.toISOString() ?? null,
    rotatingUntil: former?.expiresAt?.toISOString() ?? null,
    audience: audienceOf(ctx.publicUrl, ctx.tenant.project.id),
  };
}

function presentOf(living: readonly LivingSecret[]): LivingSecret | null {
  return living.find(({ expiresAt }) => expiresAt === null) ?? null;
}
