import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import { notify } from '../notifications/notify.ts';
import { resubscribeRequester } from '../notifications/subscriptions.ts';
import type { FeatureCategory } from './schema.ts';
import { isPublic } from './visibility.ts';

export type ReopenedFeature = { readonly id: string; readonly title: string; readonly category: FeatureCategory };

/**
 * Puts a completed feature back to NEEDS_ACTION, with nothing left of how it was completed; of what was a duplicate its
 * requester hears again. Any other is left alone: null.
 * Tell of it with `tellReopened`, once every row of the transaction is written.
 */
export async function reopenFeature(tx: Transaction, act: Act, id: string): Promise<ReopenedFeature | null> {
  const projectId = act.tenant.project.id;
  const [completed] = await tx.$queryRaw<{ closeReason: string | null }[]>`
    select close_reason::text as "closeReason" from feature
    where id = ${id}::uuid and project_id = ${projectId}::uuid and status = 'COMPLETED' and deleted_at is null
    for no key update`;
  if (completed === undefined) return null;
  if (completed.closeReason === 'DUPLICATE') await resubscribeRequester(tx, act, id);
  const now = act.clock();
  return tx.feature.update({
    where: { id, projectId },
    data: {
      status: 'NEEDS_ACTION',
      completionKind: null,
      closeReason: null,
      duplicateOfId: null,
      statusChangedAt: now,
      updatedAt: now,
      version: { increment: 1 },
    },
    select: { id: true, title: true, category: true },
  });
}

/** Tells the team that a feature is open again. */
export async function tellReopened(tx: Transaction, act: Act, { id, title, category }: ReopenedFeature): Promise<void> {
  const isPrivate = !isPublic(category);
  await notify(tx, act, { type: 'feature.reopened', title, featureId: id, audience: 'team', isPrivate });
  await publish(tx, act, { kind: 'feature', featureId: id, isPrivate });
}
