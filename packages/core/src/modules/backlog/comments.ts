import { DomainError } from '@reqbase/auth';
import { actOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { COMMENT_FIELDS, toComment } from './comment-row.ts';
import type { Comment, CreateComment } from './schema.ts';
import { whereFeature } from './service.ts';
import { tellCommented } from './tell.ts';

/** Adds a comment of the team. @throws {DomainError} FEATURE_NOT_FOUND; COMMENT_NOT_FOUND when `parentId` is no comment of the feature */
export async function createComment(ctx: ProjectContext, input: CreateComment): Promise<Comment> {
  return write(ctx, async (tx, audit) => {
    const now = ctx.clock();
    // Counted first: the row lock keeps a deletion of the feature from slipping in between.
    const [feature] = await tx.feature.updateManyAndReturn({
      where: whereFeature(ctx, input.id),
      data: { commentCount: { increment: 1 }, version: { increment: 1 }, updatedAt: now },
      select: { id: true, title: true, category: true },
    });
    if (feature === undefined) throw new DomainError('FEATURE_NOT_FOUND');
    const parent =
      input.parentId == null
        ? null
        : await tx.comment.findFirst({
            where: { id: input.parentId, featureId: input.id, deletedAt: null },
            select: { id: true, isInternal: true },
          });
    if (input.parentId != null && parent === null) throw new DomainError('COMMENT_NOT_FOUND');
    const row = await tx.comment.create({
      data: {
        id: ctx.newId(),
        featureId: input.id,
        parentId: parent?.id ?? null,
        authorKind: 'TEAM',
        ...authorOf(ctx),
        body: input.body,
        // What answers a note is one: in public it would tell that there is something to answer.
        isInternal: input.isInternal || (parent?.isInternal ?? false),
        createdAt: now,
      },
      select: COMMENT_FIELDS,
    });
    await audit({ action: 'comment.created', resourceType: 'comment', resourceId: row.id, diff: { featureId: input.id } });
    await tellCommented(tx, actOf(ctx), feature, row);
    return toComment(row);
  });
}

/** A service account speaks under the name of its key. */
function authorOf({ grant: { facts } }: ProjectContext): { authorId: string | null; authorName: string } {
  return facts.user === null
    ? { authorId: facts.key?.serviceAccountId ?? null, authorName: facts.key?.name ?? '' }
    : { authorId: facts.user.id, authorName: facts.user.name };
}
