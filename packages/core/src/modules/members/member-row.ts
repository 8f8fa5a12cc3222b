import { DomainError, higherRole, type Role } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import type { Member } from './schema.ts';

/** A person's two roles on the project. */
export type Membership = { readonly ofOrganization: Role | null; readonly ofProject: Role | null };

/** Whose the membership is that counts. */
export function heldIn({ tenant }: Pick<Act, 'tenant'>, through: Member['through']): Pick<Member, 'projectId' | 'orgId'> {
  return through === 'project'
    ? { projectId: tenant.project.id, orgId: null }
    : { projectId: null, orgId: tenant.organization.id };
}

/** Reads a member inside a transaction. @throws {DomainError} MEMBER_NOT_FOUND for who has no role on the project */
export async function readMember(tx: Transaction, act: Pick<Act, 'tenant'>, userId: string): Promise<Member & Membership> {
  const { tenant } = act;
  const roles = { role: true, createdAt: true } as const;
  const user = await tx.user.findUnique({
    where: { id: userId },
    select: {
      name: true,
      email: true,
      organizationMembers: { where: { orgId: tenant.organization.id }, select: roles },
      projectMembers: { where: { projectId: tenant.project.id }, select: roles },
    },
  });
  const [organization, project] = [user?.organizationMembers[0] ?? null, user?.projectMembers[0] ?? null];
  const role = higherRole(organization?.role ?? null, project?.role ?? null);
  // Of two that are the same, the organization's, which the project cannot take; but who owns the project is to be seen.
  const counts = organization?.role === role && project?.role !== 'owner' ? organization : project;
  if (user === null || counts === null) throw new DomainError('MEMBER_NOT_FOUND');
  const through = counts === organization ? 'organization' : 'project';
  return {
    userId,
    ...heldIn(act, through),
    name: user.name,
    email: user.email,
    role: counts.role,
    through,
    createdAt: counts.createdAt.toISOString(),
    ofOrganization: organization?.role ?? null,
    ofProject: project?.role ?? null,
  };
}

/**
 * A member whom the project itself gave a role, and who is not its owner: one whose role the project can change or take.
 *
 * @throws {DomainError} MEMBER_NOT_FOUND; ROLE_THROUGH_ORGANIZATION; LAST_OWNER
 */
export async function readOwnMember(
  tx: Transaction,
  act: Pick<Act, 'tenant'>,
  userId: string,
): Promise<Member & Membership & { readonly ofProject: Role }> {
  const member = await readMember(tx, act, userId);
  if (member.ofProject === null) throw new DomainError('ROLE_THROUGH_ORGANIZATION');
  if (member.ofProject === 'owner') throw new DomainError('LAST_OWNER');
  return { ...member, ofProject: member.ofProject };
}
