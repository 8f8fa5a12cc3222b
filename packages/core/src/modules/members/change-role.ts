import { can, DomainError } from '@reqbase/auth';
import { actOf } from '../../act.ts';
import { contentTagOf } from '../../entity-tag.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { unassignAll } from '../conversations/unassign.ts';
import { requireAtMost } from './invite.ts';
import { readMember, readOwnMember } from './member-row.ts';
import { type ChangeRole, Member } from './schema.ts';
import { lockMembers, takeSeat, takesSeat } from './seats.ts';

/**
 * Gives a member of the project another role. Who may no longer reply keeps no conversation.
 *
 * @throws {DomainError} MEMBER_NOT_FOUND; ROLE_THROUGH_ORGANIZATION for who has no role of the project's own; LAST_OWNER
 *   for its owner; PLAN_REQUIRED when it takes a seat and none is free; PRECONDITION_FAILED when the member is not as `ifMatch` says
 */
export async function changeRole(ctx: ProjectContext, { id, role, ifMatch }: ChangeRole): Promise<Member> {
  requireAtMost(ctx.grant.role, role);
  return write(ctx, async (tx, audit) => {
    await lockMembers(tx, ctx);
    if (ifMatch !== undefined && ifMatch !== contentTagOf(Member, await readMember(tx, ctx, id)))
      throw new DomainError('PRECONDITION_FAILED');
    const { ofProject: had } = await readOwnMember(tx, ctx, id);
    if (had === role) return readMember(tx, ctx, id);
    if (takesSeat(role) && !takesSeat(had)) await takeSeat(tx, ctx);
    await tx.projectMember.update({
      where: { projectId_userId: { projectId: ctx.tenant.project.id, userId: id } },
      data: { role, changedAt: ctx.clock() },
    });
    const member = await readMember(tx, ctx, id);
    await audit({ action: 'member.role_changed', resourceType: 'user', resourceId: id, diff: { from: had, to: role } });
    if (!can(member.role, 'replyInbox')) await unassignAll(tx, actOf(ctx), id);
    await publish(tx, ctx, { kind: 'member', isPrivate: false });
    return member;
  });
}
