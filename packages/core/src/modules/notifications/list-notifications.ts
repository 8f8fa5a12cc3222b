import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { isNoticeShownSql } from '../backlog/visibility.ts';
import type { ListNotifications, Notification } from './schema.ts';
import { IS_STILL_THERE } from './still-there.ts';

type Row = Omit<Notification, 'createdAt' | 'expiresAt'> & { readonly createdAt: Date; readonly expiresAt: Date | null };

const COLUMNS = `
  n.id, n.type, n.title, n.body, n.feature_id as "featureId", n.conversation_id as "conversationId",
  n.comment_id as "commentId", n.actor_kind as "actorKind", n.actor_id as "actorId", n.actor_name as "actorName",
  n.audience, n.recipient_count as "recipientCount", n.channels, n.created_at as "createdAt", n.expires_at as "expiresAt"`;

/**
 * A page of the project's feed, newest first, by keyset in one prepared statement. Private entries are only for who may
 * read conversations, and there are none of what was deleted.
 *
 * @throws {DomainError} INVALID_CURSOR for a cursor of other filters or another project
 */
export async function listNotifications(ctx: ProjectContext, input: ListNotifications): Promise<Page<Notification>> {
  const { project } = ctx.tenant;
  const { cursor, limit, projectId: _named, ...filters } = input;
  const binding = { list: 'notifications', project: project.id, ...filters };

  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = [`n.project_id = ${bind(project.id)}`, IS_STILL_THERE, isNoticeShownSql(ctx.grant)];
  if (input.audience !== undefined) where.push(`n.audience = ${bind(input.audience)}::notification_audience`);
  for (const since of [input.since, input.updatedSince])
    if (since !== undefined) where.push(`n.created_at >= ${bind(new Date(since))}::timestamptz`);
  if (input.createdAfter !== undefined) where.push(`n.created_at > ${bind(new Date(input.createdAfter))}::timestamptz`);
  if (input.createdBefore !== undefined) where.push(`n.created_at < ${bind(new Date(input.createdBefore))}::timestamptz`);
  if (cursor !== undefined) {
    const after = decodeCursor(ctx.secrets.cursor, binding, cursor);
    where.push(`(n.created_at, n.id) < (${bind(after.value)}::timestamptz, ${bind(after.id)}::uuid)`);
  }
  const page = (conditions: readonly string[]) =>
    `select ${COLUMNS} from notification n where ${conditions.join(' and ')} order by n.created_at desc, n.id desc limit ${limit + 1}`;
  // Each type has its order in its index, several together have none: a page of each, and of these the first.
  const types = input.type === undefined ? null : bind([...new Set(input.type)]);
  const text =
    types === null
      ? page(where)
      : `select n.* from unnest(${types}::text[]) as t(type)
         cross join lateral (${page([...where, 'n.type = t.type'])}) n
         order by n."createdAt" desc, n.id desc limit ${limit + 1}`;
  const rows = await ctx.access.db.sql.query<Row>(text, values);
  return pageFrom(rows, limit, {
    toItem: toNotification,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

function toNotification(row: Row): Notification {
  return { ...row, createdAt: row.createdAt.toISOString(), expiresAt: row.expiresAt?.toISOString() ?? null };
}
