import type { Role } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { CallerContext, ProjectContext } from '../../trpc.ts';
import { heldIn, readMember } from './member-row.ts';
import type { Caller, GetMember, ListMembers, Member } from './schema.ts';

/** Who the call is by. */
export async function whoAmI(ctx: CallerContext): Promise<Caller> {
  const { key, user, organization } = ctx.grant.facts;
  const email =
    user === null ? null : await ctx.access.db.prisma.user.findUnique({ where: { id: user.id }, select: { email: true } });
  return {
    kind: key === null ? 'user' : key.oauthClientId === null ? 'api_key' : 'oauth_client',
    userId: user?.id ?? null,
    name: user?.name ?? key?.name ?? '',
    email: email?.email ?? null,
    apiKey:
      key === null || key.oauthClientId !== null
        ? null
        : {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes.map(({ permission }) => permission),
            projectId: key.projectId,
            expiresAt: key.expiresAt?.toISOString() ?? null,
          },
    app:
      key === null || key.oauthClientId === null
        ? null
        : { clientId: key.oauthClientId, name: key.name, scopes: key.scopes.map(({ permission }) => permission) },
    organization: key === null ? null : organization,
  };
}

type MemberRow = {
  userId: string;
  name: string;
  email: string;
  role: Role;
  through: 'organization' | 'project';
  createdAt: Date;
};

/** Everyone with a role on the project, of its own or through the organization, by name. @throws {DomainError} INVALID_CURSOR */
export async function listMembers(ctx: ProjectContext, input: ListMembers): Promise<Page<Member>> {
  const { projectId: _named, limit, cursor, ...filters } = input;
  const { project, organization } = ctx.tenant;
  const binding = { list: 'members', project: project.id, ...filters };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.sql.query<MemberRow>(
    `select u.id as "userId", u.name, u.email, m.role, m.through, m.created_at as "createdAt"
     from "user" u
     join (
       select distinct on (user_id) user_id, role, through, created_at,
         max(coalesce(changed_at, created_at)) over (partition by user_id) as changed_at
       from (
         select user_id, role, 'organization' as through, created_at, changed_at from organization_member where org_id = $1
         union all
         select user_id, role, 'project', created_at, changed_at from project_member where project_id = $2
       ) roles
       order by user_id, role desc, role = 'owner' and through = 'project' desc, through
     ) m on m.user_id = u.id
     where ($3::text is null or (u.name, u.id) > ($3, $4::uuid))
       and ($5::timestamptz is null or m.created_at > $5) and ($6::timestamptz is null or m.created_at < $6)
       and ($7::timestamptz is null or greatest(m.changed_at, u.updated_at) >= $7)
     order by u.name, u.id limit ${limit + 1}`,
    [
      organization.id,
      project.id,
      after?.value ?? null,
      after?.id ?? null,
      ...[input.createdAfter, input.createdBefore, input.updatedSince].map((at) => (at === undefined ? null : new Date(at))),
    ],
  );
  return pageFrom(rows, limit, {
    toItem: (row) => ({ ...row, ...heldIn(ctx, row.through), createdAt: row.createdAt.toISOString() }),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.name, id: last.userId }),
  });
}

/** Someone with a role on the project. @throws {DomainError} MEMBER_NOT_FOUND for anybody else */
export async function getMember(ctx: ProjectContext, { id }: GetMember): Promise<Member> {
  return readMember(ctx.access.db.prisma, ctx, id);
}
