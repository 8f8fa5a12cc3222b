import { Prisma, type Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { isVisibleToRequesterSql } from '../backlog/visibility.ts';

type Pair = { readonly featureId: string; readonly requesterId: string };

/** Lets a requester hear of what becomes of a feature of the project. One who has unsubscribed stays so. */
export async function subscribe(tx: Transaction, { clock }: Pick<Act, 'clock'>, { featureId, requesterId }: Pair): Promise<void> {
  await tx.subscription.createMany({ data: [{ featureId, requesterId, createdAt: clock() }], skipDuplicates: true });
}

/** Whether a subscription `s` to the feature `f` is to be served: what is private is its own requester's alone. */
export const IS_SERVED = Prisma.raw(isVisibleToRequesterSql('s.requester_id'));

/** Ends what a vote began: who has asked for the feature goes on hearing of it. */
export async function unsubscribeVoter(tx: Transaction, { featureId, requesterId }: Pair): Promise<void> {
  await tx.subscription.deleteMany({
    where: { featureId, requesterId, feature: { OR: [{ requesterId: null }, { requesterId: { not: requesterId } }] } },
  });
}

/**
 * Moves the subscribers of a duplicate to its original, both locked, and returns those who were to hear of the duplicate
 * (of a private one its own requester): they are still to be told that it was closed. Who is known to the original
 * already stays there as they are.
 */
export async function moveSubscriptions(tx: Transaction, { from, to }: { from: string; to: string }): Promise<string[]> {
  const moved = await tx.$queryRaw<{ requesterId: string; isActive: boolean }[]>`
    with moved as (
      delete from subscription where feature_id = ${from}::uuid returning requester_id, created_at, unsubscribed_at
    ), arrived as (
      insert into subscription (feature_id, requester_id, created_at, unsubscribed_at)
      select ${to}::uuid, requester_id, created_at, unsubscribed_at from moved
      on conflict (feature_id, requester_id) do nothing
    )
    select s.requester_id as "requesterId", coalesce(s.unsubscribed_at is null and ${IS_SERVED}, false) as "isActive"
    from moved s join feature f on f.id = ${from}::uuid`;
  return moved.filter(({ isActive }) => isActive).map(({ requesterId }) => requesterId);
}
