import type { Transaction } from '@reqbase/db';
import { type Emitter, emit } from '../webhooks/emit.ts';
import { COMMENT_FIELDS, toComment } from './comment-row.ts';
import { SUMMARY_FIELDS, toSummary } from './feature-row.ts';
import type { FeatureStatus } from './schema.ts';

type Told = Emitter & { readonly tenant: { readonly project: { readonly id: string } } };

/** Tells the project's webhooks of a feature as a list shows it: without developer notes, and without what a browser captured. */
export async function emitFeature(
  tx: Transaction,
  act: Told,
  id: string,
  change: { readonly event: 'feature.created' } | { readonly event: 'feature.status_changed'; readonly from: FeatureStatus },
): Promise<void> {
  const projectId = act.tenant.project.id;
  await emit(tx, act, projectId, {
    event: change.event,
    async read() {
      const feature = toSummary(await tx.feature.findUniqueOrThrow({ where: { id, projectId }, select: SUMMARY_FIELDS }));
      const data = 'from' in change ? { ...feature, previousStatus: change.from } : feature;
      return { data, requesterId: feature.requesterId };
    },
  });
}

/** Tells them of a comment, a note of the team included. */
export async function emitComment(tx: Transaction, act: Told, id: string): Promise<void> {
  await emit(tx, act, act.tenant.project.id, {
    event: 'comment.created',
    async read() {
      const data = toComment(await tx.comment.findUniqueOrThrow({ where: { id }, select: COMMENT_FIELDS }));
      return { data, requesterId: data.authorKind === 'REQUESTER' ? data.authorId : null };
    },
  });
}
