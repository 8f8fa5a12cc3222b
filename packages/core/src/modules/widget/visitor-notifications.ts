import { markRequesterRead, requesterFeed } from '../notifications/requester-feed.ts';
import { actOfVisitor, ownerOf, type Visit } from './visit.ts';
import type { ListMine, ReadNotifications, UnreadCount, VisitorNotificationPage } from './visitor-schema.ts';

/** The visitor's own notices, newest first, and how many are unread. @throws {DomainError} INVALID_CURSOR, UNAUTHORIZED, INVALID_IDENTITY */
export async function listVisitorNotifications(visit: Visit, input: ListMine): Promise<VisitorNotificationPage> {
  const reader = await ownerOf(visit);
  if (reader === null) return { items: [], hasMore: false, nextCursor: null, unreadCount: 0 };
  return requesterFeed(actOfVisitor(visit, reader), reader.id, {
    ...input,
    hasAnnouncements: visit.widget.config.announcementsEnabled,
  });
}

/** Marks notices as read, all unless some are named; those of others are not looked at. @throws {DomainError} UNAUTHORIZED, INVALID_IDENTITY */
export async function readNotifications(visit: Visit, { ids }: ReadNotifications): Promise<UnreadCount> {
  const reader = await ownerOf(visit);
  if (reader === null) return { unreadCount: 0 };
  return markRequesterRead(actOfVisitor(visit, reader), reader.id, ids, {
    hasAnnouncements: visit.widget.config.announcementsEnabled,
  });
}
