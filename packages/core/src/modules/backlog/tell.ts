import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import { excerpt } from '../conversations/excerpt.ts';
import { notify } from '../notifications/notify.ts';
import { emitComment, emitFeature } from './emit-feature.ts';
import { tellReopened } from './reopen.ts';
import { type Comment, type Feature, type FeatureStatus, statusText } from './schema.ts';
import { isPublic } from './visibility.ts';

// What the feed and the subscribers are told of the backlog. Each publishes: the last step of its transaction.

type Told = Pick<Feature, 'id' | 'title' | 'category'>;

const BODY_LENGTH = 500;
/** Where the subscribers of a duplicate are those of its original from now on. */
const MOVED_ON = 'You hear of what becomes of that instead.';

/** Tells the team of a new feature. */
export async function tellCreated(tx: Transaction, act: Act, feature: Told & Pick<Feature, 'description'>): Promise<void> {
  const { id, title, category, description } = feature;
  await emitFeature(tx, act, id, { event: 'feature.created' });
  await notify(tx, act, {
    type: 'feature.created',
    title,
    body: description === null ? null : excerpt(description, BODY_LENGTH),
    featureId: id,
    audience: 'team',
    isPrivate: !isPublic(category),
  });
  await publishFeature(tx, act, feature);
}

type StatusChange = {
  readonly from: FeatureStatus;
  /** The editor's own words for the subscribers. */
  readonly text: string | null;
  /** Instead of the subscribers, where those have moved on to the original of a duplicate. */
  readonly recipients?: readonly string[] | null;
};

/**
 * Tells the subscribers that work has begun or that it is over, as a feature enters IN_PROGRESS or COMPLETED; of any
 * other change the team alone. Source: wire-facts, Feature model.
 */
export async function tellStatusChanged(
  tx: Transaction,
  act: Act,
  feature: Told & Pick<Feature, 'status' | 'completionKind' | 'closeReason'>,
  { from, text, recipients }: StatusChange,
): Promise<void> {
  const { id, title, category, status, completionKind, closeReason } = feature;
  if (status === from) return publishFeature(tx, act, feature);
  if (status === 'NEEDS_ACTION' && from === 'COMPLETED') return tellReopened(tx, act, feature);
  const isTold = status !== 'NEEDS_ACTION';
  await emitFeature(tx, act, id, { event: 'feature.status_changed', from });
  await notify(tx, act, {
    type: status === 'COMPLETED' ? 'feature.completed' : 'feature.status_changed',
    title,
    body: isTold ? (text ?? [statusText(feature), ...(recipients == null ? [] : [MOVED_ON])].join(' ')) : null,
    featureId: id,
    audience: isTold ? 'requesters' : 'team',
    isPrivate: !isPublic(category),
    ...(isTold && { recipients: recipients ?? 'subscribers' }),
    data: { from, status, completionKind, closeReason },
  });
  await publishFeature(tx, act, feature);
}

/** Tells the subscribers what the team has answered; of a note, and of what a requester has written, the team alone. */
export async function tellCommented(
  tx: Transaction,
  act: Act,
  feature: Told,
  comment: Pick<Comment, 'id' | 'body' | 'isInternal'>,
): Promise<void> {
  const { id, title, category } = feature;
  const isAnswer = !comment.isInternal && act.author.kind !== 'REQUESTER';
  await emitComment(tx, act, comment.id);
  await notify(tx, act, {
    type: 'comment.created',
    title,
    body: excerpt(comment.body, BODY_LENGTH),
    featureId: id,
    commentId: comment.id,
    audience: isAnswer ? 'requesters' : 'team',
    isPrivate: !isPublic(category),
    ...(isAnswer && { recipients: 'subscribers' }),
  });
  await publishFeature(tx, act, feature);
}

/** Lets what was told of a comment say what it says now. The feature is in the condition for its index. */
export async function retellEdited(
  tx: Transaction,
  { featureId, commentId, body }: { readonly featureId: string; readonly commentId: string; readonly body: string },
): Promise<void> {
  await tx.notification.updateMany({ where: { featureId, commentId }, data: { body: excerpt(body, BODY_LENGTH) } });
}

/** That a feature changed, to who may see it. */
export async function publishFeature(
  tx: Transaction,
  act: Pick<Act, 'tenant' | 'clock'>,
  { id, category }: Pick<Feature, 'id' | 'category'>,
): Promise<void> {
  await publish(tx, act, { kind: 'feature', featureId: id, isPrivate: !isPublic(category) });
}

/** That comments of a feature changed, and with them what the feed says of them. */
export async function publishCommentsOf(tx: Transaction, act: Pick<Act, 'tenant' | 'clock'>, id: string): Promise<void> {
  const where = { id, projectId: act.tenant.project.id };
  const { category } = await tx.feature.findUniqueOrThrow({ where, select: { category: true } });
  await publish(tx, act, { kind: 'notification', featureId: id, isPrivate: !isPublic(category) });
  await publishFeature(tx, act, { id, category });
}
