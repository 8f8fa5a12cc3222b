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
 * already stays there as they are. That its own requester has unsubscribed is kept, for when it is open again.
 */
export async function moveSubscriptions(tx: Transaction, { from, to }: { from: string; to: string }): Promise<string[]> {
  const moved = await tx.$queryRaw<{ requesterId: string; isActive: boolean }[]>`
    with moved as (
      select requester_id, created_at, unsubscribed_at from subscription where feature_id = ${from}::uuid
    ), gone as (
      delete from subscription s using feature f
      where s.feature_id = ${from}::uuid and f.id = s.feature_id
        and (s.unsubscribed_at is null or s.requester_id is distinct from f.requester_id)
    ), arrived as (
      insert into subscription (feature_id, requester_id, created_at, unsubscribed_at)
      select ${to}::uuid, requester_id, created_at, unsubscribed_at from moved
      on conflict (feature_id, requester_id) do nothing
    )
    select s.requester_id as "requesterId", coalesce(s.unsubscribed_at is null and ${IS_SERVED}, false) as "isActive"
    from moved s join feature f on f.id = ${from}::uuid`;
  return moved.filter(({ isActive }) => isActive).map(({ requesterId }) => requesterId);
}

/**
 * Lets the requester of a duplicate, which is locked and about to be none any more, hear of it again. Who has unsubscribed
 * from it stays so; and so does who has from its original, to which they were moved.
 */
export async function resubscribeRequester(tx: Transaction, { clock }: Pick<Act, 'clock'>, featureId: string): Promise<void> {
  await tx.$executeRaw`
    insert into subscription (feature_id, requester_id, created_at, unsubscribed_at)
    select f.id, f.requester_id, ${clock()}::timestamptz, s.unsubscribed_at
    from feature f
    left join subscription s
      on s.feature_id = f.duplicate_of_id and s.requester_id = f.requester_id and s.unsubscribed_at >= f.status_changed_at
    where f.id = ${featureId}::uuid and f.requester_id is not null
    on conflict (feature_id, requester_id) do nothing`;
}
