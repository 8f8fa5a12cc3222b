import { DomainError, type Issue } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { actOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { resubscribeRequester } from '../notifications/subscriptions.ts';
import { type ChangeStatus, type Feature, STATUSES_OF } from './schema.ts';
import { lockFeatures, readFeature, visibleId, whereFeature } from './service.ts';
import { publishFeature, tellStatusChanged } from './tell.ts';
import { moveVotes } from './votes.ts';

/**
 * Moves a feature to another lane. Entering COMPLETED may say how (`completionKind`) or why not (`closeReason`); leaving
 * it clears both. Closing as a duplicate moves the votes and the subscribers to the original, the
 * latter only to a public one; when it is a duplicate no more, its requester hears of it again, and the votes stay where
 * they are. Subscribers are told.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND; INVALID_STATUS_TRANSITION with the statuses that the category allows;
 *   PRECONDITION_FAILED when `ifVersion` is not the present version; BAD_REQUEST for particulars of COMPLETED without it
 */
export async function changeStatus(ctx: ProjectContext, input: ChangeStatus): Promise<Feature> {
  const issues = misplacedFields(input);
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
  return write(ctx, async (tx, audit) => {
    const before = await lockFeature(tx, ctx, input);
    const after = {
      status: input.status,
      completionKind: input.completionKind ?? null,
      closeReason: input.closeReason ?? null,
      duplicateOfId: input.duplicateOfId ?? null,
    };
    const allowed = STATUSES_OF[before.category];
    if (!allowed.includes(after.status)) throw new DomainError('INVALID_STATUS_TRANSITION', { detail: { allowed } });
    const isSame =
      before.status === after.status &&
      (input.completionKind === undefined || before.completionKind === after.completionKind) &&
      (input.closeReason === undefined || before.closeReason === after.closeReason) &&
      // As the caller sees it: that a guessed id is the right one must not tell of what is hidden.
      (input.duplicateOfId === undefined || (await visibleId(tx, ctx, before.duplicateOfId)) === after.duplicateOfId);
    if (isSame) return readFeature(tx, ctx, input.id);

    // Before the votes are moved: they go to another original with it.
    if (before.closeReason === 'DUPLICATE') await resubscribeRequester(tx, ctx, input.id);
    const recipients =
      after.duplicateOfId === null ? null : await moveVotes(tx, ctx, { from: input.id, to: after.duplicateOfId });
    const now = ctx.clock();
    await tx.feature.update({
      where: { id: input.id, projectId: ctx.tenant.project.id },
      data: {
        ...after,
        updatedAt: now,
        version: { increment: 1 },
        ...(before.status !== after.status && { statusChangedAt: now }),
      },
    });
    await audit({
      action: 'feature.status_changed',
      resourceType: 'feature',
      resourceId: input.id,
      diff: { from: before.status, to: after.status, completionKind: after.completionKind, closeReason: after.closeReason },
    });
    const feature = await readFeature(tx, ctx, input.id);
    const act = actOf(ctx);
    await tellStatusChanged(tx, act, feature, { from: before.status, text: input.notifyText ?? null, recipients });
    if (after.duplicateOfId !== null) await publishFeature(tx, act, await readFeature(tx, ctx, after.duplicateOfId));
    return feature;
  });
}

function misplacedFields({ id, status, completionKind, closeReason, duplicateOfId, notifyText }: ChangeStatus): Issue[] {
  const issues: Issue[] = [];
  const only = (path: string) => issues.push({ path, message: 'Only with the status COMPLETED.' });
  if (completionKind != null && status !== 'COMPLETED') only('completionKind');
  if (closeReason != null && status !== 'COMPLETED') only('closeReason');
  if (notifyText != null && status === 'NEEDS_ACTION')
    issues.push({ path: 'notifyText', message: 'Nobody is told of NEEDS_ACTION.' });
  if (completionKind != null && closeReason != null)
    issues.push({ path: 'closeReason', message: 'Not together with a completion kind.' });
  if ((duplicateOfId != null) !== (closeReason === 'DUPLICATE')) {
    issues.push({ path: 'duplicateOfId', message: 'Goes with the close reason DUPLICATE, and that with it.' });
  }
  if (duplicateOfId === id) issues.push({ path: 'duplicateOfId', message: 'A feature is no duplicate of itself.' });
  return issues;
}

/** Reads the feature under a row lock, so that the check and the write see the same row; its original is locked with it. */
async function lockFeature(tx: Transaction, ctx: ProjectContext, { id, ifVersion, duplicateOfId }: ChangeStatus) {
  await lockFeatures(tx, ctx, duplicateOfId == null ? [id] : [id, duplicateOfId]);
  const before = await tx.feature.findFirst({
    where: whereFeature(ctx, id),
    select: { category: true, status: true, completionKind: true, closeReason: true, duplicateOfId: true, version: true },
  });
  if (before === null) throw new DomainError('FEATURE_NOT_FOUND');
  if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
  return before;
}
