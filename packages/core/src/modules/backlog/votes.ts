import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { moveSubscriptions, subscribe, unsubscribeVoter } from '../notifications/subscriptions.ts';
import { reweigh } from '../requesters/revenue.ts';
import { requesterFor } from '../requesters/service.ts';
import type { AddVote, FeatureRef, RemoveVote } from './schema.ts';
import { lockFeatures, whereFeature } from './service.ts';
import { publishFeature } from './tell.ts';
import { isPublic } from './visibility.ts';

/**
 * Votes on behalf of a requester; a second vote changes nothing.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND; CONFLICT for a private or a completed feature, which take no votes
 */
export async function addVote(ctx: ProjectContext, { id, requester }: AddVote): Promise<{ voteCount: number }> {
  return write(ctx, async (tx, audit) => {
    // Before the feature: whoever locks both locks the requester first.
    const requesterId = await requesterFor(tx, ctx, requester);
    await lockFeatures(tx, ctx, [id]);
    const feature = await requireFeature(tx, ctx, { id });
    if (!isPublic(feature.category) || feature.status === 'COMPLETED') throw new DomainError('CONFLICT');
    const { count } = await tx.vote.createMany({
      data: [{ featureId: id, requesterId, createdAt: ctx.clock() }],
      skipDuplicates: true,
    });
    if (count === 0) return { voteCount: feature.voteCount };
    await subscribe(tx, ctx, { featureId: id, requesterId });
    await audit({ action: 'feature.voted', resourceType: 'feature', resourceId: id, diff: { requesterId } });
    const counted = await changeVoteCount(tx, ctx, id, count);
    await publishFeature(tx, ctx, { id, category: feature.category });
    return counted;
  });
}

/** Takes a requester's vote back; without one it changes nothing. @throws {DomainError} FEATURE_NOT_FOUND */
export async function removeVote(ctx: ProjectContext, { id, requesterId }: RemoveVote): Promise<{ voteCount: number }> {
  return write(ctx, async (tx, audit) => {
    await lockFeatures(tx, ctx, [id]);
    const feature = await requireFeature(tx, ctx, { id });
    const { count } = await tx.vote.deleteMany({ where: { featureId: id, requesterId } });
    if (count === 0) return { voteCount: feature.voteCount };
    await unsubscribeVoter(tx, { featureId: id, requesterId });
    await audit({ action: 'feature.vote_removed', resourceType: 'feature', resourceId: id, diff: { requesterId } });
    const counted = await changeVoteCount(tx, ctx, id, -count);
    await publishFeature(tx, ctx, { id, category: feature.category });
    return counted;
  });
}

/**
 * Moves the votes, the subscribers and the duplicates of a duplicate to its original, both locked; who voted for both is
 * counted once. Returns the subscribers, who are still to be told; null where they stay: a private original is its
 * requester's alone.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, CONFLICT
 */
export async function moveVotes(
  tx: Transaction,
  ctx: ProjectContext,
  { from, to }: { from: string; to: string },
): Promise<string[] | null> {
  const original = await requireFeature(tx, ctx, { id: to });
  const { gone, come } = await moveRows(tx, { from, to });
  // No original that is a duplicate itself, and no votes where none can be cast.
  if (original.duplicateOfId !== null || (gone > 0 && !isPublic(original.category))) throw new DomainError('CONFLICT');
  await changeVoteCount(tx, ctx, to, come);
  await changeVoteCount(tx, ctx, from, -gone);
  // No chains: what was a duplicate of this one is one of the original.
  await tx.feature.updateMany({
    where: { duplicateOfId: from, projectId: ctx.tenant.project.id },
    data: { duplicateOfId: to, version: { increment: 1 }, updatedAt: ctx.clock() },
  });
  return isPublic(original.category) ? moveSubscriptions(tx, { from, to }) : null;
}

/** In one statement, however many they are: others wait for both features meanwhile. */
async function moveRows(tx: Transaction, { from, to }: { from: string; to: string }): Promise<{ gone: number; come: number }> {
  const [moved] = await tx.$queryRaw<{ gone: number; come: number }[]>`
    with moved as (
      delete from vote where feature_id = ${from}::uuid returning requester_id, created_at
    ), arrived as (
      insert into vote (feature_id, requester_id, created_at)
      select ${to}::uuid, requester_id, created_at from moved
      on conflict (feature_id, requester_id) do nothing
      returning 1
    )
    select (select count(*)::int4 from moved) as gone, (select count(*)::int4 from arrived) as come`;
  return moved ?? { gone: 0, come: 0 };
}

async function changeVoteCount(tx: Transaction, ctx: ProjectContext, id: string, by: number): Promise<{ voteCount: number }> {
  const projectId = ctx.tenant.project.id;
  const at = ctx.clock();
  const counted = await tx.feature.update({
    where: { id, projectId },
    data: { voteCount: { increment: by }, version: { increment: 1 }, updatedAt: at },
    select: { voteCount: true },
  });
  await reweigh(tx, { projectId, at }, [id]);
  return counted;
}

async function requireFeature(tx: Transaction, ctx: ProjectContext, { id }: Pick<FeatureRef, 'id'>) {
  const feature = await tx.feature.findFirst({
    where: whereFeature(ctx, id),
    select: { category: true, status: true, voteCount: true, duplicateOfId: true },
  });
  if (feature === null) throw new DomainError('FEATURE_NOT_FOUND');
  return feature;
}
