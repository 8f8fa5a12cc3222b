import { DomainError, higherRole, type Role } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { CallerContext, OrganizationContext, ProjectContext } from '../../trpc.ts';
import { backlogStats } from '../backlog/service.ts';
import type { ListProjects, Project, ProjectSummary } from './schema.ts';

type Row = {
  id: string;
  orgId: string;
  name: string;
  slug: string;
  domain: string | null;
  timezone: string;
  agentPaused: boolean;
  createdAt: Date;
  updatedAt: Date;
  organizationRole: Role | null;
  projectRole: Role | null;
};

/** The projects that the caller has a part in, by name: a person's, a key's. @throws {DomainError} INVALID_CURSOR */
export async function listProjects(
  ctx: CallerContext | OrganizationContext,
  { organizationId, limit, cursor, ...filters }: ListProjects,
): Promise<Page<ProjectSummary>> {
  const { key, user, organizationRole } = ctx.grant.facts;
  const list = ctx.tenant.organization === null ? 'projects' : 'projects of an organization';
  const binding = { list, caller: key?.id ?? user?.id, organizationId, ...filters };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.sql.query<Row>(
    `select p.id, p.org_id as "orgId", p.name, p.slug, p.domain, p.timezone, p.agent_paused as "agentPaused", p.created_at as "createdAt", p.updated_at as "updatedAt",
       om.role as "organizationRole", pm.role as "projectRole"
     from project p
     join organization o on o.id = p.org_id
     left join organization_member om on om.org_id = p.org_id and om.user_id = $1
     left join project_member pm on pm.project_id = p.id and pm.user_id = $1
     where p.deleted_at is null
       and case when $2::uuid is null then coalesce(om.role, pm.role) is not null
                else p.org_id = $2 and ($3::uuid is null or p.id = $3) end
       and ($4::text is null or o.id::text = $4 or o.slug = $4)
       and ($5::text is null or (p.name, p.id) > ($5, $6::uuid))
       and ($8::timestamptz is null or p.created_at > $8) and ($9::timestamptz is null or p.created_at < $9)
       and ($10::timestamptz is null or p.updated_at >= $10)
     order by p.name, p.id limit $7`,
    [
      user?.id ?? null,
      key?.orgId ?? null,
      key?.projectId ?? null,
      organizationId ?? null,
      after?.value ?? null,
      after?.id ?? null,
      limit + 1,
      ...[filters.createdAfter, filters.createdBefore, filters.updatedSince].map((at) =>
        at === undefined ? null : new Date(at),
      ),
    ],
  );
  return pageFrom(rows, limit, {
    toItem: (row) => ({
      id: row.id,
      orgId: row.orgId,
      name: row.name,
      slug: row.slug,
      domain: row.domain,
      timezone: row.timezone,
      agentPaused: row.agentPaused,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
      role: higherRole(key === null ? row.organizationRole : organizationRole, row.projectRole),
    }),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.name, id: last.id }),
  });
}

/** The project with its plan and the counts of its backlog. */
export async function getProject(ctx: ProjectContext): Promise<Project> {
  const { project, organization } = ctx.tenant;
  const [row, stats] = await Promise.all([
    ctx.access.db.prisma.project.findFirst({
      where: { id: project.id, deletedAt: null },
      select: {
        id: true,
        orgId: true,
        name: true,
        slug: true,
        domain: true,
        timezone: true,
        allowedOrigins: true,
        agentPaused: true,
        version: true,
        createdAt: true,
        updatedAt: true,
        identitySecrets: { where: { expiresAt: null }, select: { id: true }, take: 1 },
      },
    }),
    backlogStats(ctx),
  ]);
  if (row === null) throw new DomainError('PROJECT_NOT_FOUND');
  const { identitySecrets, ...columns } = row;
  return {
    ...columns,
    identitySecretSet: identitySecrets.length > 0,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    plan: organization.plan,
    stats,
  };
}
