import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import { notify } from '../notifications/notify.ts';
import { emitFeature } from './emit-feature.ts';
import type { FeatureCategory } from './schema.ts';
import { isPublic } from './visibility.ts';

export type ReopenedFeature = { readonly id: string; readonly title: string; readonly category: FeatureCategory };

/**
 * Puts a completed feature back to NEEDS_ACTION, with nothing left of how it was completed. Any other is left alone: null.
 * Tell of it with `tellReopened`, once every row of the transaction is written.
 */
export async function reopenFeature(tx: Transaction, act: Act, id: string): Promise<ReopenedFeature | null> {
  const now = act.clock();
  const [feature] = await tx.feature.updateManyAndReturn({
    where: { id, projectId: act.tenant.project.id, status: 'COMPLETED', deletedAt: null },
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
  return feature ?? null;
}

/** Tells the team that a feature is open again. */
export async function tellReopened(tx: Transaction, act: Act, { id, title, category }: ReopenedFeature): Promise<void> {
  const isPrivate = !isPublic(category);
  await emitFeature(tx, act, id, { event: 'feature.status_changed', from: 'COMPLETED' });
  await notify(tx, act, { type: 'feature.reopened', title, featureId: id, audience: 'team', isPrivate });
  await publish(tx, act, { kind: 'feature', featureId: id, isPrivate });
}
