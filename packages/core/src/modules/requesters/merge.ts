import type { Transaction } from '@reqbase/db';

type Merge = {
  /** The anonymous requester; gone afterwards, its devices with it. */
  readonly from: string;
  readonly into: string;
};

/** Locks the conversations of requesters, in the order of their ids, and says how many. After the requesters, before their features. */
export async function lockConversationsOf(tx: Transaction, requesterIds: readonly string[]): Promise<number> {
  const locked = await tx.$queryRaw<object[]>`
    select id from conversation where requester_id = any(${requesterIds}::uuid[]) order by id for no key update`;
  return locked.length;
}

/**
 * Gives an identified requester all that an anonymous one left: votes (each feature counts them once), features,
 * conversations with their messages, comments, subscriptions (an unsubscription of theirs stays), receipts, and what the
 * feed says of them; who of the two wants no e-mail, gets none. The caller holds the locks on both, on the conversations and on every feature, and weighs the features anew.
 */
export async function mergeRequester(tx: Transaction, now: Date, merge: Merge): Promise<void> {
  await moveVotes(tx, now, merge);
  await moveFeatures(tx, now, merge);
  await moveConversations(tx, now, merge);
  await moveNotices(tx, merge);
  await tx.$executeRaw`
    update requester r set first_seen_at = least(r.first_seen_at, a.first_seen_at), name = coalesce(r.name, a.name),
      last_seen_at = greatest(r.last_seen_at, a.last_seen_at), email_opt_out = r.email_opt_out or a.email_opt_out, updated_at = ${now}
    from requester a where r.id = ${merge.into}::uuid and a.id = ${merge.from}::uuid`;
  // Last: it waits for whoever is telling the anonymous one of something, who may be waiting for none of the above.
  await tx.$executeRaw`delete from requester where id = ${merge.from}::uuid`;
}

async function moveVotes(tx: Transaction, now: Date, { from, into }: Merge): Promise<void> {
  await tx.$executeRaw`
    with twice as (
      delete from vote a using vote b
      where a.requester_id = ${from}::uuid and b.requester_id = ${into}::uuid and b.feature_id = a.feature_id
      returning a.feature_id
    )
    update feature f set vote_count = f.vote_count - 1, version = f.version + 1, updated_at = ${now}
    from twice where f.id = twice.feature_id`;
  await tx.$executeRaw`update vote set requester_id = ${into}::uuid where requester_id = ${from}::uuid`;
}

async function moveFeatures(tx: Transaction, now: Date, { from, into }: Merge): Promise<void> {
  await tx.$executeRaw`
    update feature set requester_id = ${into}::uuid, version = version + 1, updated_at = ${now} where requester_id = ${from}::uuid`;
  await tx.$executeRaw`
    update comment set author_id = ${into}::uuid where author_kind = 'REQUESTER' and author_id = ${from}::uuid`;
}

async function moveConversations(tx: Transaction, now: Date, { from, into }: Merge): Promise<void> {
  await tx.$executeRaw`
    update message m set author_id = ${into}::uuid, changed_at = ${now} from conversation c
    where c.requester_id = ${from}::uuid and m.conversation_id = c.id and m.author_kind = 'REQUESTER' and m.author_id = ${from}::uuid`;
  await tx.$executeRaw`
    update conversation set requester_id = ${into}::uuid, version = version + 1, updated_at = greatest(updated_at, ${now})
    where requester_id = ${from}::uuid`;
}

async function moveNotices(tx: Transaction, { from, into }: Merge): Promise<void> {
  // Before the copies, as whoever mails them. By the same id as all else of theirs, an erasure finds their name here.
  await tx.$executeRaw`
    update notification set actor_id = ${into}::uuid where actor_kind = 'REQUESTER' and actor_id = ${from}::uuid`;
  await tx.$executeRaw`
    delete from subscription a using subscription b
    where a.requester_id = ${from}::uuid and b.requester_id = ${into}::uuid and b.feature_id = a.feature_id`;
  await tx.$executeRaw`update subscription set requester_id = ${into}::uuid where requester_id = ${from}::uuid`;
  // Of two copies one is kept: read, if either was.
  await tx.$executeRaw`
    with twice as (
      delete from notification_receipt a using notification_receipt b
      where a.requester_id = ${from}::uuid and b.requester_id = ${into}::uuid and b.notification_id = a.notification_id
      returning a.notification_id, a.read_at, a.emailed_at
    )
    update notification_receipt r set read_at = coalesce(r.read_at, twice.read_at), emailed_at = coalesce(r.emailed_at, twice.emailed_at)
    from twice where r.requester_id = ${into}::uuid and r.notification_id = twice.notification_id`;
  await tx.$executeRaw`update notification_receipt set requester_id = ${into}::uuid where requester_id = ${from}::uuid`;
}
