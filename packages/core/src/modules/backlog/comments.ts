import { DomainError } from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import type { Comment, CreateComment, ListComments } from './schema.ts';
import { whereFeature } from './service.ts';

const FIELDS = {
  id: true,
  featureId: true,
  parentId: true,
  authorKind: true,
  authorId: true,
  authorName: true,
  body: true,
  isInternal: true,
  createdAt: true,
  editedAt: true,
  deletedAt: true,
} as const satisfies Prisma.CommentSelect;
type CommentRow = Prisma.CommentGetPayload<{ select: typeof FIELDS }>;

/** Oldest first. A deleted comment stays as a tombstone, since others may answer it. @throws {DomainError} FEATURE_NOT_FOUND, INVALID_CURSOR */
export async function listComments(ctx: ProjectContext, { id, limit, cursor }: ListComments): Promise<Page<Comment>> {
  const { prisma } = ctx.access.db;
  const feature = await prisma.feature.findFirst({ where: whereFeature(ctx, id), select: { id: true } });
  if (feature === null) throw new DomainError('FEATURE_NOT_FOUND');
  const binding = { list: 'comments', feature: id };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await prisma.comment.findMany({
    where: {
      featureId: id,
      ...(after !== null && {
        OR: [{ createdAt: { gt: new Date(after.value) } }, { createdAt: new Date(after.value), id: { gt: after.id } }],
      }),
    },
    select: FIELDS,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  return pageFrom(rows, limit, {
    toItem: toComment,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

/** Adds a comment of the team. @throws {DomainError} FEATURE_NOT_FOUND; COMMENT_NOT_FOUND when `parentId` is no comment of the feature */
export async function createComment(ctx: ProjectContext, input: CreateComment): Promise<Comment> {
  return write(ctx, async (tx, audit) => {
    const now = ctx.clock();
    // Counted first: the row lock keeps a deletion of the feature from slipping in between.
    const { count } = await tx.feature.updateMany({
      where: whereFeature(ctx, input.id),
      data: { commentCount: { increment: 1 }, version: { increment: 1 }, updatedAt: now },
    });
    if (count === 0) throw new DomainError('FEATURE_NOT_FOUND');
    if (input.parentId != null) {
      const parent = await tx.comment.findFirst({
        where: { id: input.parentId, featureId: input.id, deletedAt: null },
        select: { id: true },
      });
      if (parent === null) throw new DomainError('COMMENT_NOT_FOUND');
    }
    const row = await tx.comment.create({
      data: {
        id: ctx.newId(),
        featureId: input.id,
        parentId: input.parentId ?? null,
        authorKind: 'TEAM',
        ...authorOf(ctx),
        body: input.body,
        isInternal: input.isInternal,
        createdAt: now,
      },
      select: FIELDS,
    });
    await audit({ action: 'comment.created', resourceType: 'comment', resourceId: row.id, diff: { featureId: input.id } });
    return toComment(row);
  });
}

/** A service account speaks under the name of its key. */
function authorOf({ grant: { facts } }: ProjectContext): { authorId: string | null; authorName: string } {
  return facts.user === null
    ? { authorId: facts.key?.serviceAccountId ?? null, authorName: facts.key?.name ?? '' }
    : { authorId: facts.user.id, authorName: facts.user.name };
}

function toComment(row: CommentRow): Comment {
  return {
    ...row,
    body: row.deletedAt === null ? row.body : '',
    createdAt: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}
