import { DomainError } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type CommentRow, toComment } from './comment-row.ts';
import type { Comment, ListComments } from './schema.ts';
import { featureInSql } from './service.ts';
import { isShown } from './shown-comments.ts';

const COLUMNS = `
  c.id, c.feature_id as "featureId", c.parent_id as "parentId", c.author_kind as "authorKind", c.author_id as "authorId",
  c.author_name as "authorName", c.body, c.is_internal as "isInternal", c.created_at as "createdAt",
  c.edited_at as "editedAt", c.deleted_at as "deletedAt"`;

const IS_SHOWN = isShown(() => 'true');

/** Without an id for a feature that has no comments on this page. */
type Row = CommentRow | { id: null };

/**
 * Oldest first, in one prepared statement. A deleted comment that others answer stays as a tombstone.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, INVALID_CURSOR
 */
export async function listComments(ctx: ProjectContext, input: ListComments): Promise<Page<Comment>> {
  const { projectId: _named, id, limit, cursor, ...filters } = input;
  const binding = { list: 'comments', feature: id, ...filters };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const { isFeature, values } = featureInSql(ctx, id);
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = ['feature_id = f.id', IS_SHOWN];
  const { createdAfter, createdBefore, updatedSince } = filters;
  if (createdAfter !== undefined) where.push(`created_at > ${bind(new Date(createdAfter))}::timestamptz`);
  if (createdBefore !== undefined) where.push(`created_at < ${bind(new Date(createdBefore))}::timestamptz`);
  if (updatedSince !== undefined)
    where.push(`greatest(created_at, edited_at, deleted_at) >= ${bind(new Date(updatedSince))}::timestamptz`);
  if (after !== null) where.push(`(created_at, id) > (${bind(after.value)}::timestamptz, ${bind(after.id)}::uuid)`);
  const rows = await ctx.access.db.sql.query<Row>(
    `select ${COLUMNS} from feature f
     left join lateral (
       select * from comment shown where ${where.join(' and ')}
       order by created_at, id limit ${limit + 1}
     ) c on true
     where ${isFeature}
     order by c.created_at, c.id`,
    values,
  );
  if (rows.length === 0) throw new DomainError('FEATURE_NOT_FOUND');
  return pageFrom(rows.filter(isComment), limit, {
    toItem: toComment,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

function isComment(row: Row): row is CommentRow {
  return row.id !== null;
}
