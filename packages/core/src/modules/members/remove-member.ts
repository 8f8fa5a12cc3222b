import { can, DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { endAppsOf } from '../connected-apps/service.ts';
import { unassignAll } from '../conversations/unassign.ts';
import { readOwnMember } from './member-row.ts';
import type { RemoveMember } from './schema.ts';
import { lockMembers } from './seats.ts';

/**
 * Takes a member's role on the project away. It counts from the next call of theirs, and of their keys; what they have
 * done stays.
 *
 * @throws {DomainError} MEMBER_NOT_FOUND; ROLE_THROUGH_ORGANIZATION for who has no role of the project's own; LAST_OWNER
 *   for its owner
 */
export async function removeMember(ctx: ProjectContext, { id }: RemoveMember): Promise<void> {
  await write(ctx, async (tx, audit) => {
    await lockMembers(tx, ctx);
    await endMembership(tx, ctx, id, () => audit({ action: 'member.removed', resourceType: 'user', resourceId: id }));
  });
}

/** The same by the member. @throws {DomainError} FORBIDDEN for a key: it does not end its owner's membership; else as `removeMember` */
export async function leaveProject(ctx: ProjectContext): Promise<void> {
  const { key, user } = ctx.grant.facts;
  if (key !== null || user === null) throw new DomainError('FORBIDDEN');
  await write(ctx, async (tx, audit) => {
    await lockMembers(tx, ctx);
    await endMembership(tx, ctx, user.id, () => audit({ action: 'member.left', resourceType: 'user', resourceId: user.id }));
  });
}

async function endMembership(tx: Transaction, ctx: ProjectContext, userId: string, audit: () => Promise<void>): Promise<void> {
  const { ofOrganization } = await readOwnMember(tx, ctx, userId);
  await tx.projectMember.delete({ where: { projectId_userId: { projectId: ctx.tenant.project.id, userId } } });
  // Seen from now on is the role of the organization.
  await tx.organizationMember.updateMany({
    where: { orgId: ctx.tenant.organization.id, userId },
    data: { changedAt: ctx.clock() },
  });
  await endAppsOf(tx, ctx.tenant.project.id, userId);
  await audit();
  if (!can(ofOrganization, 'replyInbox')) await unassignAll(tx, actOf(ctx), userId);
  await publish(tx, ctx, { kind: 'member', isPrivate: false });
}
