import type { Act } from '../../act.ts';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { NotificationType } from './schema.ts';
import { IS_STILL_THERE } from './still-there.ts';

/** A notice as its recipient sees it: nothing of the team's own. */
export type RequesterNotice = {
  readonly id: string;
  readonly type: NotificationType;
  readonly title: string;
  readonly body: string | null;
  readonly featureId: string | null;
  readonly conversationId: string | null;
  readonly createdAt: string;
  readonly isRead: boolean;
};

type Reader = Pick<Act, 'access' | 'secrets' | 'clock' | 'tenant'>;
type Row = Omit<RequesterNotice, 'createdAt'> & { readonly createdAt: Date };

/** Unread is counted up to this. */
const COUNTED = 100;

/**
 * What of a requester's copies (`c`) there is to see at `$3`: of what has expired, only what was read; nothing of what was
 * deleted; no announcements where the widget shows none.
 */
function shown(hasAnnouncements: boolean): string {
  const all = `c.requester_id = $1 and n.project_id = $2 and (c.read_at is not null or n.expires_at is null or n.expires_at > $3)
    and ${IS_STILL_THERE}`;
  return hasAnnouncements ? all : `${all} and n.type <> 'announcement.sent'`;
}

function unread(hasAnnouncements: boolean): string {
  return `
    select count(*)::int4 from (
      select 1 from notification_receipt c join notification n on n.id = c.notification_id
      where ${shown(hasAnnouncements)} and c.read_at is null limit ${COUNTED}
    ) unread`;
}

/** Whether there are announcements among the notices: yes unless said otherwise. */
type FeedOptions = { readonly hasAnnouncements?: boolean };

/**
 * A requester's own notices, newest first, and how many of all are unread (counted up to 100); one statement.
 *
 * @throws {DomainError} INVALID_CURSOR for a cursor of another requester
 */
export async function requesterFeed(
  { access, secrets, clock, tenant }: Reader,
  requesterId: string,
  { limit, cursor, hasAnnouncements = true }: FeedOptions & { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Page<RequesterNotice> & { unreadCount: number }> {
  const binding = { list: 'requester-notices', project: tenant.project.id, requester: requesterId };
  const values: unknown[] = [requesterId, tenant.project.id, clock()];
  let where = shown(hasAnnouncements);
  if (cursor !== undefined) {
    const after = decodeCursor(secrets.cursor, binding, cursor);
    where += ` and (c.created_at, c.notification_id) < ($4::timestamptz, $5::uuid)`;
    values.push(after.value, after.id);
  }
  // The count comes along even when the page is empty.
  const rows = await access.db.sql.query<Row & { unreadCount: number }>(
    `select (${unread(hasAnnouncements)}) as "unreadCount", page.*
     from (values (1)) always
     left join lateral (
       select n.id, n.type, n.title, n.body, n.feature_id as "featureId", n.conversation_id as "conversationId",
         c.created_at as "createdAt", c.read_at is not null as "isRead"
       from notification_receipt c join notification n on n.id = c.notification_id
       where ${where} order by c.created_at desc, c.notification_id desc limit ${limit + 1}
     ) page on true
     order by page."createdAt" desc, page.id desc`,
    values,
  );
  const [first] = rows;
  const notices = rows.filter(({ id }) => id !== null);
  return {
    ...pageFrom(notices, limit, {
      toItem: ({ unreadCount: _total, ...row }) => ({ ...row, createdAt: row.createdAt.toISOString() }),
      toCursor: (last) => encodeCursor(secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
    }),
    unreadCount: first?.unreadCount ?? 0,
  };
}

/** Marks a requester's notices as read, all unless some are named, and says how many are unread now. What has expired stays gone. */
export async function markRequesterRead(
  { access, clock, tenant }: Pick<Reader, 'access' | 'clock' | 'tenant'>,
  requesterId: string,
  ids?: readonly string[],
  { hasAnnouncements = true }: FeedOptions = {},
): Promise<{ unreadCount: number }> {
  const among = shown(hasAnnouncements);
  const named = ids === undefined ? '' : 'and c.notification_id = any($4::uuid[])';
  const [row] = await access.db.sql.query<{ unreadCount: number }>(
    `with marked as (
       update notification_receipt r set read_at = $3
       where r.requester_id = $1 and r.read_at is null and r.notification_id in (
         select n.id from notification_receipt c join notification n on n.id = c.notification_id
         where ${among} and c.read_at is null ${named}
       )
       returning r.notification_id
     )
     select count(*)::int4 as "unreadCount" from (
       select 1 from notification_receipt c join notification n on n.id = c.notification_id
       where ${among} and c.read_at is null and c.notification_id not in (select notification_id from marked) limit ${COUNTED}
     ) unread`,
    [requesterId, tenant.project.id, clock(), ...(ids === undefined ? [] : [[...ids]])],
  );
  return { unreadCount: row?.unreadCount ?? 0 };
}
