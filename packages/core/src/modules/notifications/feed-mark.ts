import { DomainError } from '@reqbase/auth';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { isNoticeShownSql } from '../backlog/visibility.ts';
import type { FeedMark, MarkSeen, UnreadCount } from './schema.ts';
import { IS_STILL_THERE } from './still-there.ts';

/** However long nobody has looked: the count costs the same. */
const LATEST = 1_000;

/** What the caller has not seen of the latest 1,000 entries: what others caused, as far as it is the caller's to see. */
export async function countUnread(ctx: ProjectContext): Promise<UnreadCount> {
  const [row] = await ctx.access.db.sql.query<UnreadCount>(
    `select count(*)::int4 as "unreadCount" from (
       select n.actor_id from notification n
       where n.project_id = $1 and ${IS_STILL_THERE} and ${isNoticeShownSql(ctx.grant)}
         and n.created_at > coalesce((select seen_at from feed_mark where project_id = $1 and user_id = $2::uuid), '-infinity')
       order by n.created_at desc, n.id desc limit ${LATEST}
     ) latest
     where actor_id is distinct from $2::uuid`,
    [ctx.tenant.project.id, ctx.grant.facts.user?.id ?? ctx.grant.facts.key?.serviceAccountId ?? null],
  );
  return { unreadCount: row?.unreadCount ?? 0 };
}

/**
 * Marks the feed as seen by the caller, up to the newest entry that they have seen: an entry of before now may still be
 * uncommitted, and would never be unread. The mark never goes back, and never beyond now.
 *
 * @throws {DomainError} FORBIDDEN for a service account, which looks at nothing
 */
export async function markSeen(ctx: ProjectContext, { until }: MarkSeen): Promise<FeedMark> {
  const { user } = ctx.grant.facts;
  if (user === null) throw new DomainError('FORBIDDEN');
  const now = ctx.clock();
  const seenAt = new Date(Math.min(new Date(until).getTime(), now.getTime()));
  const key = { projectId: ctx.tenant.project.id, userId: user.id };
  return write(ctx, async (tx, audit) => {
    const moved = await tx.$executeRaw`
      insert into feed_mark as m (project_id, user_id, seen_at)
      values (${key.projectId}::uuid, ${key.userId}::uuid, ${seenAt}::timestamptz)
      on conflict (project_id, user_id) do update set seen_at = excluded.seen_at where m.seen_at < excluded.seen_at`;
    if (moved > 0) {
      await audit({ action: 'notifications.seen', diff: { seenAt: seenAt.toISOString() } });
      // Their other tabs show how much is unread.
      await publish(tx, ctx, { kind: 'notification', isPrivate: false });
    }
    const mark = await tx.feedMark.findUniqueOrThrow({ where: { projectId_userId: key }, select: { seenAt: true } });
    return { seenAt: mark.seenAt.toISOString() };
  });
}
