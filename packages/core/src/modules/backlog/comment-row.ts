import type { Prisma } from '@reqbase/db';
import type { Comment } from './schema.ts';

export const COMMENT_FIELDS = {
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
export type CommentRow = Prisma.CommentGetPayload<{ select: typeof COMMENT_FIELDS }>;

/** A deleted comment is a tombstone: its words are gone. */
export function toComment(row: CommentRow): Comment {
  return {
    ...row,
    body: row.deletedAt === null ? row.body : '',
    createdAt: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}
