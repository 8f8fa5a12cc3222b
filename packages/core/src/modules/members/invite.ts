import { DomainError, higherRole, type Role } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { notify } from '../notifications/notify.ts';
import { mailInvitation } from './invitation-mail.ts';
import { INVITATION_FIELDS, stateOf, toInvitation, VALID_MS } from './invitation-row.ts';
import { newInvitationToken } from './invitation-token.ts';
import type { Invitation, InvitationRef, InviteMember } from './schema.ts';
import { lockMembers, takeSeat, takesSeat } from './seats.ts';

/** How many invitations of a project may be open: what anyone sends out by e-mail has a bound. */
const MOST_OPEN = 100;
/** How long an address is left in peace before the invitation is sent again. */
const RESEND_AFTER_MS = 60_000;

/**
 * Invites an address to the project, and e-mails it the link. A developer or an admin takes a seat from now on.
 *
 * @throws {DomainError} ALREADY_MEMBER for who has that role or a higher one; ALREADY_INVITED; PLAN_REQUIRED when every
 *   seat is taken; CONFLICT when a hundred invitations are open
 */
export async function inviteMember(ctx: ProjectContext, { email, role }: InviteMember): Promise<Invitation> {
  requireAtMost(ctx.grant.role, role);
  const address = email.toLowerCase();
  const now = ctx.clock();
  const { token, hash } = newInvitationToken();
  const expiresAt = new Date(now.getTime() + VALID_MS);
  return write(ctx, async (tx, audit) => {
    await lockMembers(tx, ctx);
    await requireRoom(tx, ctx, address, role);
    const row = await tx.invitation.create({
      data: {
        id: ctx.newId(),
        projectId: ctx.tenant.project.id,
        email: address,
        role,
        tokenHash: hash,
        invitedById: ctx.grant.facts.user?.id ?? null,
        createdAt: now,
        expiresAt,
      },
      select: INVITATION_FIELDS,
    });
    const act = actOf(ctx);
    await mailInvitation(tx, act, row, token);
    await audit({ action: 'member.invited', resourceType: 'invitation', resourceId: row.id, diff: { email: address, role } });
    // Without the address: viewers read the feed, and not the list of members.
    const title = `${act.author.name} invited a new ${role}`;
    await notify(tx, act, {
      type: 'member.invited',
      title,
      audience: 'team',
      isPrivate: false,
      data: { invitationId: row.id, role },
    });
    await publish(tx, ctx, { kind: 'member', isPrivate: false });
    return toInvitation(row, now);
  });
}

/**
 * Sends an invitation again, with a new link for seven days more: the one before is dead. One that has expired is open
 * again.
 *
 * @throws {DomainError} INVITATION_NOT_FOUND; GONE for one that was accepted or revoked; RATE_LIMITED within a minute of
 *   the last; for one that has expired, what `inviteMember` throws
 */
export async function resendInvitation(ctx: ProjectContext, { id }: InvitationRef): Promise<Invitation> {
  const now = ctx.clock();
  const { token, hash } = newInvitationToken();
  return write(ctx, async (tx, audit) => {
    await lockMembers(tx, ctx);
    const before = await requireInvitation(tx, ctx, id);
    const state = stateOf(before, now);
    if (state === 'accepted' || state === 'revoked') throw new DomainError('GONE');
    const waitMs = before.expiresAt.getTime() - VALID_MS + RESEND_AFTER_MS - now.getTime();
    if (waitMs > 0) throw new DomainError('RATE_LIMITED', { retryAfter: Math.ceil(waitMs / 1_000) });
    if (state === 'expired') await requireRoom(tx, ctx, before.email, before.role);
    const row = await tx.invitation.update({
      where: { id, projectId: ctx.tenant.project.id },
      data: { tokenHash: hash, expiresAt: new Date(now.getTime() + VALID_MS), endedAt: null },
      select: INVITATION_FIELDS,
    });
    await mailInvitation(tx, actOf(ctx), row, token);
    await audit({ action: 'invitation.resent', resourceType: 'invitation', resourceId: id });
    await publish(tx, ctx, { kind: 'member', isPrivate: false });
    return toInvitation(row, now);
  });
}

/** Withdraws an open invitation: its link is dead, its seat free. @throws {DomainError} INVITATION_NOT_FOUND; GONE for one that is not open */
export async function revokeInvitation(ctx: ProjectContext, { id }: InvitationRef): Promise<void> {
  const now = ctx.clock();
  await write(ctx, async (tx, audit) => {
    await lockMembers(tx, ctx);
    if (stateOf(await requireInvitation(tx, ctx, id), now) !== 'open') throw new DomainError('GONE');
    await tx.invitation.update({ where: { id, projectId: ctx.tenant.project.id }, data: { endedAt: now } });
    await audit({ action: 'invitation.revoked', resourceType: 'invitation', resourceId: id });
    await publish(tx, ctx, { kind: 'member', isPrivate: false });
  });
}

/** Nobody gives more than they have, whatever roles may invite. @throws {DomainError} FORBIDDEN */
export function requireAtMost(own: Role | null, given: Role): void {
  if (own === null || higherRole(own, given) !== own) throw new DomainError('FORBIDDEN', { detail: { requiredRole: given } });
}

async function requireInvitation(tx: Transaction, ctx: ProjectContext, id: string) {
  const row = await tx.invitation.findFirst({ where: { id, projectId: ctx.tenant.project.id }, select: INVITATION_FIELDS });
  if (row === null) throw new DomainError('INVITATION_NOT_FOUND');
  return row;
}

/** Under the lock of `lockMembers`. */
async function requireRoom(tx: Transaction, ctx: ProjectContext, email: string, role: Role): Promise<void> {
  const now = ctx.clock();
  const { organization, project } = ctx.tenant;
  const known = await tx.user.findUnique({
    where: { email },
    select: {
      organizationMembers: { where: { orgId: organization.id }, select: { role: true } },
      projectMembers: { where: { projectId: project.id }, select: { role: true } },
    },
  });
  const has = higherRole(known?.organizationMembers[0]?.role ?? null, known?.projectMembers[0]?.role ?? null);
  if (has !== null && higherRole(has, role) === has) throw new DomainError('ALREADY_MEMBER');
  // Noted now where no job has been by yet: an address has at most one that is not ended.
  await tx.invitation.updateMany({
    where: { projectId: project.id, acceptedAt: null, endedAt: null, expiresAt: { lte: now } },
    data: { endedAt: now },
  });
  const open = { projectId: project.id, acceptedAt: null, endedAt: null };
  if ((await tx.invitation.count({ where: { ...open, email } })) > 0) throw new DomainError('ALREADY_INVITED');
  if ((await tx.invitation.count({ where: open })) >= MOST_OPEN) throw new DomainError('CONFLICT');
  if (takesSeat(role)) await takeSeat(tx, ctx);
}
