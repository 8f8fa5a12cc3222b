import { DomainError } from '@reqbase/auth';
import type { Services } from '../../services.ts';
import type { CallerContext } from '../../trpc.ts';
import { stateOf } from './invitation-row.ts';
import { hashInvitationToken } from './invitation-token.ts';
import type { InvitationPreview } from './schema.ts';

export type FoundInvitation = Awaited<ReturnType<typeof findInvitation>>;

/** The invitation that a link leads to, with its tenant. @throws {DomainError} INVITATION_NOT_FOUND */
export async function findInvitation({ access }: Pick<Services, 'access'>, token: string) {
  const row = await access.db.prisma.invitation.findUnique({
    where: { tokenHash: hashInvitationToken(token) },
    select: {
      id: true,
      tokenHash: true,
      email: true,
      role: true,
      expiresAt: true,
      acceptedAt: true,
      endedAt: true,
      invitedBy: { select: { name: true } },
      project: { select: { id: true, orgId: true, slug: true, name: true, deletedAt: true, organization: true } },
    },
  });
  if (row === null || row.project.deletedAt !== null) throw new DomainError('INVITATION_NOT_FOUND');
  const { organization, ...project } = row.project;
  return {
    ...row,
    project,
    organization: { id: organization.id, slug: organization.slug, plan: organization.plan ?? access.source.defaultPlan },
  };
}

/**
 * What an invitation offers, to whoever holds its link.
 *
 * @throws {DomainError} INVITATION_NOT_FOUND; GONE for one that is not open
 */
export async function previewInvitation(services: Pick<Services, 'access' | 'clock'>, token: string): Promise<InvitationPreview> {
  const found = await findInvitation(services, token);
  if (stateOf(found, services.clock()) !== 'open') throw new DomainError('GONE');
  const { email, role, expiresAt, invitedBy, project } = found;
  const hasAccount = (await services.access.db.prisma.user.count({ where: { email } })) > 0;
  return {
    projectName: project.name,
    inviterName: invitedBy?.name ?? null,
    email,
    role,
    expiresAt: expiresAt.toISOString(),
    hasAccount,
  };
}

/** The same for a signed-in person. @throws {DomainError} as `previewInvitation` and `invitedPerson` do */
export async function previewOwnInvitation(ctx: CallerContext, token: string): Promise<InvitationPreview> {
  await invitedPerson(ctx, await findInvitation(ctx, token));
  return previewInvitation(ctx, token);
}

/**
 * The signed-in person whom an invitation is for: the link alone opens nothing to who is signed in as somebody else.
 *
 * @throws {DomainError} FORBIDDEN for a key, which joins nothing; INVITATION_FOR_ANOTHER
 */
export async function invitedPerson(
  ctx: CallerContext,
  { email }: Pick<FoundInvitation, 'email'>,
): Promise<{ readonly id: string; readonly name: string }> {
  const { key, user } = ctx.grant.facts;
  if (key !== null || user === null) throw new DomainError('FORBIDDEN');
  const person = await ctx.access.db.prisma.user.findUnique({ where: { id: user.id }, select: { email: true } });
  if (person?.email.toLowerCase() !== email) throw new DomainError('INVITATION_FOR_ANOTHER');
  return user;
}
