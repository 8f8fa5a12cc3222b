import { DomainError } from '@reqbase/auth';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import { reopenFeature, tellReopened } from '../backlog/reopen.ts';
import { isShown } from '../backlog/shown-comments.ts';
import { tellCommented } from '../backlog/tell.ts';
import { isPublicSql, wherePublic } from '../backlog/visibility.ts';
import { introduceVisitor } from '../requesters/visitor.ts';
import { asVisitor, readerOf, requireOffered, type Visit } from './visit.ts';
import type { ListVisitorComments, VisitorComment, VisitorCommentPage, WriteVisitorComment } from './visitor-schema.ts';

type Row = {
  readonly id: string;
  readonly parentId: string | null;
  readonly authorKind: 'TEAM' | 'REQUESTER' | 'SYSTEM' | 'AGENT';
  readonly authorId: string | null;
  readonly authorName: string;
  readonly body: string;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
};
const IS_SHOWN = isShown((comment) => `not ${comment}.is_internal`);

/** Without an id for a request that has none on this page. */
type Found = Row | { id: null };

function toComment({ authorKind, authorId, deletedAt, body, createdAt, ...row }: Row, readerId: string | null): VisitorComment {
  const isDeleted = deletedAt !== null;
  return {
    ...row,
    isTeam: authorKind !== 'REQUESTER',
    isMine: authorKind === 'REQUESTER' && authorId !== null && authorId === readerId,
    body: isDeleted ? '' : body,
    isDeleted,
    createdAt: createdAt.toISOString(),
  };
}

/**
 * What is said in public about a public request, oldest first; of notes of the team there is not even an id. Of a deleted
 * one that was answered in public a tombstone stays. One prepared statement.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, also for a private one; NOT_OFFERED, INVALID_CURSOR, UNAUTHORIZED, INVALID_IDENTITY
 */
export async function listVisitorComments(visit: Visit, { id, limit, cursor }: ListVisitorComments): Promise<VisitorCommentPage> {
  requireOffered(visit, 'commentsEnabled');
  const reader = await readerOf(visit);
  const { access, secrets, widget } = visit;
  const binding = { list: 'visitor-comments', feature: id };
  const values: unknown[] = [id, widget.tenant.project.id];
  let where = `feature_id = f.id and ${IS_SHOWN}`;
  if (cursor !== undefined) {
    const after = decodeCursor(secrets.cursor, binding, cursor);
    where += ' and (created_at, id) > ($3::timestamptz, $4::uuid)';
    values.push(after.value, after.id);
  }
  const rows = await access.db.sql.query<Found>(
    `select c.id, (select p.id from comment p where p.id = c.parent_id and not p.is_internal) as "parentId", c.author_kind as "authorKind", c.author_id as "authorId",
       c.author_name as "authorName", c.body, c.created_at as "createdAt", c.deleted_at as "deletedAt"
     from feature f
     left join lateral (select * from comment shown where ${where} order by created_at, id limit ${limit + 1}) c on true
     where f.id = $1::uuid and f.project_id = $2::uuid and f.deleted_at is null and ${isPublicSql()}
     order by c.created_at, c.id`,
    values,
  );
  if (rows.length === 0) throw new DomainError('FEATURE_NOT_FOUND');
  return pageFrom(rows.filter(isComment), limit, {
    toItem: (row) => toComment(row, reader?.id ?? null),
    toCursor: (last) => encodeCursor(secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

function isComment(row: Found): row is Row {
  return row.id !== null;
}

/**
 * Comments in public, under the name that the visitor has or gives. Their address is not shown. A request that was
 * completed is open again, as by a message.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, also for a private one; COMMENT_NOT_FOUND when `parentId` is none that they see; NOT_OFFERED, UNAUTHORIZED, INVALID_IDENTITY
 */
export async function writeComment(
  visit: Visit,
  { id, body, name, parentId = null }: WriteVisitorComment,
): Promise<VisitorComment> {
  requireOffered(visit, 'commentsEnabled');
  return asVisitor(visit, async (tx, act, visitor) => {
    const known = await introduceVisitor(tx, act, act.tenant.project, visitor, { name });
    const now = act.clock();
    // Counted first: the row lock keeps a deletion of the feature from slipping in between.
    const [feature] = await tx.feature.updateManyAndReturn({
      where: { id, projectId: act.tenant.project.id, deletedAt: null, ...wherePublic() },
      data: { commentCount: { increment: 1 }, version: { increment: 1 }, updatedAt: now },
      select: { id: true, title: true, category: true },
    });
    if (feature === undefined) throw new DomainError('FEATURE_NOT_FOUND');
    if (parentId !== null) {
      const where = { id: parentId, featureId: id, deletedAt: null, isInternal: false };
      if ((await tx.comment.findFirst({ where, select: { id: true } })) === null) throw new DomainError('COMMENT_NOT_FOUND');
    }
    const row = await tx.comment.create({
      data: {
        id: act.newId(),
        featureId: id,
        parentId,
        authorKind: 'REQUESTER',
        authorId: known.id,
        authorName: known.name ?? '',
        body,
        createdAt: now,
      },
      select: {
        id: true,
        parentId: true,
        authorKind: true,
        authorId: true,
        authorName: true,
        body: true,
        createdAt: true,
        deletedAt: true,
      },
    });
    const reopened = await reopenFeature(tx, act, id);
    await tellCommented(tx, { ...act, author: { ...act.author, name: known.name ?? act.author.name } }, feature, {
      id: row.id,
      body,
      isInternal: false,
    });
    if (reopened !== null) await tellReopened(tx, act, reopened);
    return toComment(row, known.id);
  });
}
