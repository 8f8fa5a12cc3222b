import { DomainError } from '@reqbase/auth';
import { Prisma, type Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import type { FeatureStatus } from '../backlog/schema.ts';
import { isPublicSql } from '../backlog/visibility.ts';
import { subscribe, unsubscribeVoter } from '../notifications/subscriptions.ts';
import { reweigh } from '../requesters/revenue.ts';
import { asVisitor, type Visit } from './visit.ts';
import type { RequestRef, Voted } from './visitor-schema.ts';

/**
 * Votes for a public request, and is told from then on what becomes of it; a second vote changes nothing.
 *
 * @throws {DomainError} FEATURE_NOT_FOUND, also for a private one; CONFLICT for a completed one, which takes no votes
 */
export async function vote(visit: Visit, { id }: RequestRef): Promise<Voted> {
  return asVisitor(visit, async (tx, act, { id: requesterId }) => {
    const { status } = await lockPublic(tx, act, id);
    if (status === 'COMPLETED') throw new DomainError('CONFLICT');
    const votes = [{ featureId: id, requesterId, createdAt: act.clock() }];
    const { count } = await tx.vote.createMany({ data: votes, skipDuplicates: true });
    if (count > 0) await subscribe(tx, act, { featureId: id, requesterId });
    return { voteCount: await recounted(tx, act, id, count), hasVoted: true };
  });
}

/** Takes a vote back, and what it began; without one it changes nothing. @throws {DomainError} FEATURE_NOT_FOUND, also for a private one */
export async function takeVoteBack(visit: Visit, { id }: RequestRef): Promise<Voted> {
  return asVisitor(visit, async (tx, act, { id: requesterId }) => {
    await lockPublic(tx, act, id);
    const { count } = await tx.vote.deleteMany({ where: { featureId: id, requesterId } });
    if (count > 0) await unsubscribeVoter(tx, { featureId: id, requesterId });
    return { voteCount: await recounted(tx, act, id, -count), hasVoted: false };
  });
}

/** A public request of the project, held until the transaction ends: votes take turns. */
async function lockPublic(tx: Transaction, { tenant }: Act, id: string): Promise<{ status: FeatureStatus }> {
  const [row] = await tx.$queryRaw<{ status: FeatureStatus }[]>`
    select status::text from feature f
    where id = ${id}::uuid and project_id = ${tenant.project.id}::uuid and deleted_at is null and ${Prisma.raw(isPublicSql())}
    for update`;
  if (row === undefined) throw new DomainError('FEATURE_NOT_FOUND');
  return row;
}

async function recounted(tx: Transaction, act: Act, id: string, by: number): Promise<number> {
  const projectId = act.tenant.project.id;
  const at = act.clock();
  const select = { voteCount: true } as const;
  if (by === 0) return (await tx.feature.findFirstOrThrow({ where: { id, projectId }, select })).voteCount;
  const data = { voteCount: { increment: by }, version: { increment: 1 }, updatedAt: at };
  const { voteCount } = await tx.feature.update({ where: { id, projectId }, data, select });
  await reweigh(tx, { projectId, at }, [id]);
  await publish(tx, act, { kind: 'feature', featureId: id, isPrivate: false });
  return voteCount;
}
