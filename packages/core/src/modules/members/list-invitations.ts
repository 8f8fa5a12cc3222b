import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type InvitationRow, toInvitation } from './invitation-row.ts';
import type { Invitation, ListInvitations } from './schema.ts';

type Row = Omit<InvitationRow, 'invitedBy'> & { readonly inviterId: string | null; readonly inviterName: string | null };

/** The project's invitations, latest first. @throws {DomainError} INVALID_CURSOR */
export async function listInvitations(ctx: ProjectContext, { open, limit, cursor }: ListInvitations): Promise<Page<Invitation>> {
  const { project } = ctx.tenant;
  const now = ctx.clock();
  const binding = { list: 'invitations', project: project.id, open };
  const values: unknown[] = [project.id];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = ['i.project_id = $1'];
  if (open !== undefined) {
    const isOpen = `(i.accepted_at is null and i.ended_at is null and i.expires_at > ${bind(now)}::timestamptz)`;
    where.push(open ? isOpen : `not ${isOpen}`);
  }
  if (cursor !== undefined) {
    const after = decodeCursor(ctx.secrets.cursor, binding, cursor);
    where.push(`(i.created_at, i.id) < (${bind(after.value)}::timestamptz, ${bind(after.id)}::uuid)`);
  }
  const rows = await ctx.access.db.sql.query<Row>(
    `select i.id, i.email, i.role, i.created_at as "createdAt", i.expires_at as "expiresAt", i.accepted_at as "acceptedAt",
       i.ended_at as "endedAt", u.id as "inviterId", u.name as "inviterName"
     from invitation i left join "user" u on u.id = i.invited_by_id
     where ${where.join(' and ')}
     order by i.created_at desc, i.id desc limit ${limit + 1}`,
    values,
  );
  return pageFrom(rows, limit, {
    toItem: ({ inviterId, inviterName, ...row }) =>
      toInvitation({ ...row, invitedBy: inviterId === null ? null : { id: inviterId, name: inviterName ?? '' } }, now),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}
