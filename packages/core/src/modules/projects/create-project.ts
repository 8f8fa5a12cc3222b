import { DomainError, type Role } from '@reqbase/auth';
import { Prisma, type Transaction } from '@reqbase/db';
import { slugOf } from '../../slug.ts';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import type { CreateProject, ProjectSummary } from './schema.ts';

/**
 * Makes a project of the organization. Who makes it owns it; what a service account makes is owned by who has owned the
 * organization longest.
 *
 * @throws {DomainError} SLUG_CONFLICT
 */
export async function createProject(
  ctx: OrganizationContext,
  { name, slug, domain = null, timezone }: CreateProject,
): Promise<ProjectSummary> {
  const { organization } = ctx.tenant;
  const now = ctx.clock();
  const project = { id: ctx.newId(), orgId: organization.id, name, slug: slug ?? requireSlug(name), domain, timezone };
  // Who may make projects owns the organization, or administers it.
  const role: Role = ctx.grant.facts.user === null ? (ctx.grant.role ?? 'admin') : 'owner';
  try {
    return await write(ctx, async (tx, audit) => {
      await tx.project.create({ data: { ...project, createdAt: now, updatedAt: now } });
      const userId = ctx.grant.facts.user?.id ?? (await firstOwner(tx, organization.id));
      await tx.projectMember.create({ data: { projectId: project.id, userId, role: 'owner' } });
      await audit({
        action: 'project.created',
        resourceType: 'project',
        resourceId: project.id,
        projectId: project.id,
        diff: { name, slug: project.slug },
      });
      return { ...project, agentPaused: false, role, createdAt: now.toISOString(), updatedAt: now.toISOString() };
    });
  } catch (error) {
    const isTaken = error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
    throw isTaken ? new DomainError('SLUG_CONFLICT', { cause: error }) : error;
  }
}

async function firstOwner(tx: Transaction, orgId: string): Promise<string> {
  const { userId } = await tx.organizationMember.findFirstOrThrow({
    where: { orgId, role: 'owner' },
    orderBy: [{ createdAt: 'asc' }, { userId: 'asc' }],
    select: { userId: true },
  });
  return userId;
}

/** @throws {DomainError} BAD_REQUEST when nothing of the name can stand in an address */
function requireSlug(name: string): string {
  const slug = slugOf(name);
  if (slug === '')
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'slug', message: 'Give one: the name has no letter for it.' }] });
  return slug;
}
