import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { authorOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { COMMENT_FIELDS, toComment } from './comment-row.ts';
import type { Comment, CommentRef, EditComment } from './schema.ts';
import { lockFeatures, whereFeature } from './service.ts';
import { publishCommentsOf, retellEdited } from './tell.ts';

/**
 * Deletes a comment: its words are gone, and what was told of it from the feeds. While others answer it, a tombstone stays
 * in its place.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND; COMMENT_NOT_FOUND, also for one that is deleted
 */
export async function removeComment(ctx: ProjectContext, { id, commentId }: CommentRef): Promise<void> {
  await write(ctx, async (tx, audit) => {
    await lockFeature(tx, ctx, id);
    const now = ctx.clock();
    const { count } = await tx.comment.updateMany({
      where: { id: commentId, featureId: id, deletedAt: null },
      data: { deletedAt: now },
    });
    if (count === 0) throw new DomainError('COMMENT_NOT_FOUND');
    await tx.feature.update({
      where: { id, projectId: ctx.tenant.project.id },
      data: { commentCount: { decrement: 1 }, version: { increment: 1 }, updatedAt: now },
    });
    // The feature is in the condition for its index.
    await tx.notification.updateMany({ where: { featureId: id, commentId }, data: { body: null } });
    await audit({ action: 'comment.deleted', resourceType: 'comment', resourceId: commentId, diff: { featureId: id } });
    await publishCommentsOf(tx, ctx, id);
  });
}

/**
 * Changes the words of one's own comment, also in the feeds and in e-mails that are not sent yet.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND; COMMENT_NOT_FOUND; FORBIDDEN for a comment of somebody else
 */
export async function editComment(ctx: ProjectContext, { id, commentId, body }: EditComment): Promise<Comment> {
  return write(ctx, async (tx, audit) => {
    await lockFeature(tx, ctx, id);
    const before = await tx.comment.findFirst({
      where: { id: commentId, featureId: id, deletedAt: null },
      select: { authorKind: true, authorId: true },
    });
    if (before === null) throw new DomainError('COMMENT_NOT_FOUND');
    const author = authorOf(ctx);
    if (before.authorKind !== author.kind || before.authorId === null || before.authorId !== author.id)
      throw new DomainError('FORBIDDEN');
    const now = ctx.clock();
    const row = await tx.comment.update({ where: { id: commentId }, data: { body, editedAt: now }, select: COMMENT_FIELDS });
    await tx.feature.update({
      where: { id, projectId: ctx.tenant.project.id },
      data: { version: { increment: 1 }, updatedAt: now },
    });
    await retellEdited(tx, { featureId: id, commentId, body });
    await audit({ action: 'comment.edited', resourceType: 'comment', resourceId: commentId, diff: { featureId: id } });
    await publishCommentsOf(tx, ctx, id);
    return toComment(row);
  });
}

/** One order for all writers of comments: the feature first. */
async function lockFeature(tx: Transaction, ctx: ProjectContext, id: string): Promise<void> {
  await lockFeatures(tx, ctx, [id]);
  if ((await tx.feature.count({ where: whereFeature(ctx, id) })) === 0) throw new DomainError('FEATURE_NOT_FOUND');
}
