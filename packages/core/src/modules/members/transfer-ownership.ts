import { can, DomainError, type Role } from '@reqbase/auth';
import { actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { unassignAll } from '../conversations/unassign.ts';
import { readMember } from './member-row.ts';
import type { TransferOwnership } from './schema.ts';
import { lockMembers } from './seats.ts';

/**
 * Makes another member of the project its owner. The two exchange roles, so that no seat is taken or freed, and a
 * project has exactly one owner before and after. Who may no longer reply keeps no conversation. For the project's owner, or an owner of its organization, in person.
 *
 * @throws {DomainError} MEMBER_NOT_FOUND; ROLE_THROUGH_ORGANIZATION for who has no role of the project's own; FORBIDDEN
 *   for a key, and for who is no longer the owner when it is their turn
 */
export async function transferOwnership(ctx: ProjectContext, { id }: TransferOwnership): Promise<void> {
  const { key, user, organizationRole } = ctx.grant.facts;
  if (key !== null || user === null) throw new DomainError('FORBIDDEN');
  const { project } = ctx.tenant;
  await write(ctx, async (tx, audit) => {
    await lockMembers(tx, ctx);
    const owner = await tx.projectMember.findFirst({ where: { projectId: project.id, role: 'owner' }, select: { userId: true } });
    // Read anew: of two transfers at once, the second is by somebody who was the owner.
    if (owner?.userId !== user.id && organizationRole !== 'owner') {
      throw new DomainError('FORBIDDEN', { detail: { requiredRole: 'owner' } });
    }
    const { ofProject } = await readMember(tx, ctx, id);
    if (ofProject === null) throw new DomainError('ROLE_THROUGH_ORGANIZATION');
    if (ofProject === 'owner') return;
    const setRole = (userId: string, role: Role) =>
      tx.projectMember.update({
        where: { projectId_userId: { projectId: project.id, userId } },
        data: { role, changedAt: ctx.clock() },
      });
    // The old one first: at no instant are there two.
    if (owner !== null) await setRole(owner.userId, ofProject);
    await setRole(id, 'owner');
    await audit({
      action: 'project.ownership_transferred',
      resourceType: 'project',
      resourceId: project.id,
      diff: { from: owner?.userId ?? null, to: id },
    });
    const left = owner === null ? null : { id: owner.userId, role: (await readMember(tx, ctx, owner.userId)).role };
    if (left !== null && !can(left.role, 'replyInbox')) await unassignAll(tx, actOf(ctx), left.id);
    await publish(tx, ctx, { kind: 'member', isPrivate: false });
  });
}
