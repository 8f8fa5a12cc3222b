import { randomUUID } from 'node:crypto';
import type { Role } from '@reqbase/auth';
import type { TestTenant } from '@reqbase/auth/testing';
import type { Prisma } from '@reqbase/db';
import type { TestCore } from '../../testing.ts';
import { newInvitationToken } from './invitation-token.ts';

type Roles = { readonly organization?: Role; readonly project?: Role };
export type TestPerson = { readonly id: string; readonly name: string; readonly email: string };

/** A person with these roles, or none. */
export async function seedPerson(
  { db }: Pick<TestCore, 'db'>,
  of: TestTenant,
  { organization, project }: Roles = {},
  name = 'Bob',
): Promise<TestPerson> {
  const id = randomUUID();
  const person = { id, name, email: `${id}@example.test` };
  await db.prisma.user.create({ data: person });
  if (organization !== undefined)
    await db.prisma.organizationMember.create({ data: { orgId: of.organization.id, userId: id, role: organization } });
  if (project !== undefined)
    await db.prisma.projectMember.create({ data: { projectId: of.project.id, userId: id, role: project } });
  return person;
}

/** An open invitation past the service, with the token of its link. */
export async function seedInvitation(
  { db, clock }: Pick<TestCore, 'db' | 'clock'>,
  { project }: Pick<TestTenant, 'project'>,
  columns: Partial<Prisma.InvitationUncheckedCreateInput> = {},
): Promise<{ readonly id: string; readonly token: string; readonly email: string }> {
  const { token, hash } = newInvitationToken();
  const [id, now] = [randomUUID(), clock.now()];
  const email = columns.email ?? `${id}@example.test`;
  const expiresAt = new Date(now.getTime() + 7 * 86_400_000);
  await db.prisma.invitation.create({
    data: { id, projectId: project.id, role: 'developer', tokenHash: hash, createdAt: now, expiresAt, ...columns, email },
  });
  return { id, token, email };
}
