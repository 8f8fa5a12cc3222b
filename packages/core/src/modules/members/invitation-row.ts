import type { Prisma } from '@reqbase/db';
import type { Invitation } from './schema.ts';

/** How long an invitation can be accepted. Source: wire-facts, Roles. */
export const VALID_MS = 7 * 86_400_000;

export const INVITATION_FIELDS = {
  id: true,
  email: true,
  role: true,
  invitedBy: { select: { id: true, name: true } },
  createdAt: true,
  expiresAt: true,
  acceptedAt: true,
  endedAt: true,
} as const satisfies Prisma.InvitationSelect;
export type InvitationRow = Prisma.InvitationGetPayload<{ select: typeof INVITATION_FIELDS }>;

/** What has become of an invitation: it expires at its instant, whether a job has been by to note it or not. */
export function stateOf(
  { acceptedAt, endedAt, expiresAt }: Pick<InvitationRow, 'acceptedAt' | 'endedAt' | 'expiresAt'>,
  now: Date,
): Invitation['state'] {
  if (acceptedAt !== null) return 'accepted';
  if (endedAt !== null && endedAt < expiresAt) return 'revoked';
  return endedAt !== null || expiresAt <= now ? 'expired' : 'open';
}

export function toInvitation(row: InvitationRow, now: Date): Invitation {
  const { id, email, role, invitedBy } = row;
  return {
    id,
    email,
    role,
    state: stateOf(row, now),
    invitedBy: invitedBy === null ? null : { userId: invitedBy.id, name: invitedBy.name },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
  };
}
