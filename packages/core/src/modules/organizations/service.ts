import { DomainError, type PlanName } from '@reqbase/auth';
import type { CallerContext, OrganizationContext } from '../../trpc.ts';
import type { Organization } from './schema.ts';

/** A person is in few organizations; a key in one. */
const MOST_ORGANIZATIONS = 200;

const FIELDS = { id: true, name: true, slug: true, plan: true, keyPrefix: true, createdAt: true } as const;

type Row = Omit<Organization, 'plan' | 'createdAt'> & { readonly plan: PlanName | null; readonly createdAt: Date };

/** The organizations that the caller has a part in, by name, in one prepared statement: a person's memberships, a key's own. */
export async function listOrganizations(ctx: CallerContext): Promise<{ items: Organization[] }> {
  const { key, user } = ctx.grant.facts;
  const rows = await ctx.access.db.sql.query<Row>(
    `select o.id, o.name, o.slug, o.plan, o.key_prefix as "keyPrefix", m.role, o.created_at as "createdAt"
     from organization o left join organization_member m on m.org_id = o.id and m.user_id = $2
     where case when $1::uuid is null then m.user_id is not null or exists (
       select 1 from project p join project_member pm on pm.project_id = p.id and pm.user_id = $2
       where p.org_id = o.id and p.deleted_at is null
     ) else o.id = $1 end
     order by o.name, o.id limit ${MOST_ORGANIZATIONS}`,
    [key?.orgId ?? null, user?.id ?? null],
  );
  return {
    items: rows.map((row) => ({
      ...row,
      plan: row.plan ?? ctx.access.source.defaultPlan,
      // A service account has a role without being a member.
      role: key === null ? row.role : ctx.grant.facts.organizationRole,
      createdAt: row.createdAt.toISOString(),
    })),
  };
}

export async function getOrganization(ctx: OrganizationContext): Promise<Organization> {
  const { id, plan } = ctx.tenant.organization;
  const row = await ctx.access.db.prisma.organization.findUnique({ where: { id }, select: FIELDS });
  if (row === null) throw new DomainError('ORGANIZATION_NOT_FOUND');
  return { ...row, plan, role: ctx.grant.facts.organizationRole, createdAt: row.createdAt.toISOString() };
}
