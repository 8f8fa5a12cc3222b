import { DomainError } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { type CommentRow, toComment } from './comment-row.ts';
import type { Comment, ListComments } from './schema.ts';
import { isVisibleSql } from './visibility.ts';

const COLUMNS = `
  c.id, c.feature_id as "featureId", c.parent_id as "parentId", c.author_kind as "authorKind", c.author_id as "authorId",
  c.author_name as "authorName", c.body, c.is_internal as "isInternal", c.created_at as "createdAt",
  c.edited_at as "editedAt", c.deleted_at as "deletedAt"`;

/** A deleted comment is a tombstone where one of those that answer it, or answer such, is still there; else it is nowhere. */
const IS_SHOWN = `(shown.deleted_at is null or exists (
  with recursive below as (
    select id, deleted_at from comment where parent_id = shown.id
    union all
    select r.id, r.deleted_at from comment r join below on r.parent_id = below.id and below.deleted_at is not null
  )
  select 1 from below where deleted_at is null
))`;

/** Without an id for a feature that has no comments on this page. */
type Row = CommentRow | { id: null };

/**
 * Oldest first, in one prepared statement. A deleted comment that others answer stays as a tombstone.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, INVALID_CURSOR
 */
export async function listComments(ctx: ProjectContext, { id, limit, cursor }: ListComments): Promise<Page<Comment>> {
  const binding = { list: 'comments', feature: id };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const values: unknown[] = [id, ctx.tenant.project.id];
  if (after !== null) values.push(after.value, after.id);
  const rows = await ctx.access.db.sql.query<Row>(
    `select ${COLUMNS} from feature f
     left join lateral (
       select * from comment shown where feature_id = f.id and ${IS_SHOWN} ${after === null ? '' : 'and (created_at, id) > ($3::timestamptz, $4::uuid)'}
       order by created_at, id limit ${limit + 1}
     ) c on true
     where f.id = $1 and f.project_id = $2 and f.deleted_at is null and ${isVisibleSql(ctx.grant)}
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
