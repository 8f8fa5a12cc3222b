import { DomainError } from '@reqbase/auth';
import type { CallerContext, OrganizationContext } from '../../trpc.ts';
import type { Organization } from './schema.ts';

/** A person is in few organizations; a key in one. */
const MOST_ORGANIZATIONS = 200;

const FIELDS = { id: true, name: true, slug: true, plan: true, keyPrefix: true, createdAt: true } as const;

/** The organizations that the caller has a part in, by name: a person's memberships, a key's own. */
export async function listOrganizations(ctx: CallerContext): Promise<{ items: Organization[] }> {
  const { key, user } = ctx.grant.facts;
  const userId = user?.id ?? null;
  const rows = await ctx.access.db.prisma.organization.findMany({
    where:
      key !== null
        ? { id: key.orgId }
        : {
            OR: [
              { members: { some: { userId: userId ?? '' } } },
              { projects: { some: { deletedAt: null, members: { some: { userId: userId ?? '' } } } } },
            ],
          },
    select: { ...FIELDS, members: { where: { userId: userId ?? ctx.newId() }, select: { role: true } } },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: MOST_ORGANIZATIONS,
  });
  return {
    items: rows.map(({ members, plan, createdAt, ...row }) => ({
      ...row,
      plan: plan ?? ctx.access.source.defaultPlan,
      role: key === null ? (members[0]?.role ?? null) : ctx.grant.facts.organizationRole,
      createdAt: createdAt.toISOString(),
    })),
  };
}

export async function getOrganization(ctx: OrganizationContext): Promise<Organization> {
  const { id, plan } = ctx.tenant.organization;
  const row = await ctx.access.db.prisma.organization.findUnique({ where: { id }, select: FIELDS });
  if (row === null) throw new DomainError('ORGANIZATION_NOT_FOUND');
  return { ...row, plan, role: ctx.grant.facts.organizationRole, createdAt: row.createdAt.toISOString() };
}
