import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import { isPublic } from '../backlog/visibility.ts';

type Changed = {
  /** What they asked for, where it is another by it. */
  readonly features?: readonly string[];
  /** Whether conversations have another requester, or are gone. */
  readonly hasConversations?: boolean;
  /** Whether the feed says something else of them. */
  readonly isInFeed?: boolean;
};

/**
 * That requesters changed, or came or went, and what changed with them. A kind that concerns several rows is told of once:
 * of features, openly when any of them is public. Publishes, so that it is to be called last.
 */
export async function publishRequester(
  tx: Transaction,
  {
    tenant: { project },
    clock,
  }: { readonly tenant: { readonly project: { readonly id: string } }; readonly clock: Act['clock'] },
  { features = [], hasConversations = false, isInFeed = false }: Changed = {},
): Promise<void> {
  const publisher = { tenant: { project }, clock };
  // Read before: from the first event on, other writers of the project wait.
  const where = { id: { in: [...features] }, projectId: project.id };
  const categories = features.length === 0 ? [] : await tx.feature.groupBy({ by: ['category'], where });
  await publish(tx, publisher, { kind: 'requester', isPrivate: false });
  if (isInFeed) await publish(tx, publisher, { kind: 'notification', isPrivate: false });
  if (hasConversations) await publish(tx, publisher, { kind: 'conversation', isPrivate: true });
  if (categories.length === 0) return;
  const isPrivate = !categories.some(({ category }) => isPublic(category));
  const [only, ...more] = features;
  await publish(tx, publisher, { kind: 'feature', featureId: more.length === 0 ? (only ?? null) : null, isPrivate });
}
