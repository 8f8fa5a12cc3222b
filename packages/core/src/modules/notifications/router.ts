import { project } from '../../project.ts';
import { streamOf } from '../../stream.ts';
import { router } from '../../trpc.ts';
import { listAnnouncements, sendAnnouncement } from './announcements.ts';
import { countUnread, markSeen } from './feed-mark.ts';
import { listNotifications } from './list-notifications.ts';
import * as schema from './schema.ts';
import { watchProject } from './watch.ts';

export const notifications = router({
  list: project
    .scope('notifications:read')
    .meta({
      summary: 'List the notifications of the project',
      errors: ['INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/notifications' } },
    })
    .input(schema.ListNotifications)
    .output(schema.NotificationPage)
    .query(({ ctx, input }) => listNotifications(ctx, input)),
  unreadCount: project
    .scope('notifications:read')
    .meta({ summary: 'Count what the caller has not seen of the feed' })
    .input(schema.CountUnread)
    .output(schema.UnreadCount)
    .query(({ ctx }) => countUnread(ctx)),
  markSeen: project
    .scope('notifications:read')
    .meta({ summary: 'Mark the feed as seen by the caller' })
    .input(schema.MarkSeen)
    .output(schema.FeedMark)
    .mutation(({ ctx, input }) => markSeen(ctx, input)),
});

export const announcements = router({
  list: project
    .scope('broadcasts:write')
    .meta({
      summary: 'List the announcements that were sent',
      errors: ['INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/announcements' } },
    })
    .input(schema.ListAnnouncements)
    .output(schema.AnnouncementPage)
    .query(({ ctx, input }) => listAnnouncements(ctx, input)),
  send: project
    .scope('broadcasts:write')
    .meta({
      summary: 'Send an announcement to everyone who uses the widget',
      description: 'Three a UTC day. It leaves the feeds of those who have not read it after 24 hours.',
      errors: ['ANNOUNCEMENT_LIMIT'],
      rest: { project: { method: 'POST', path: '/announcements', status: 201, location: '/announcements' } },
      mcp: {
        name: 'send_announcement',
        title: 'Send an announcement',
        hints: { openWorld: true, destructive: true },
        confirm: {
          tells:
            'This sends the announcement to everyone who uses the widget. It cannot be taken back, and takes one of the three of the day.',
        },
      },
    })
    .input(schema.SendAnnouncement)
    .output(schema.Announcement)
    .mutation(({ ctx, input }) => sendAnnouncement(ctx, input)),
});

export const live = router({
  watch: project
    .scope('notifications:read')
    .meta({ summary: 'Watch what changes in the project, as it happens' })
    .input(schema.WatchProject)
    .output(streamOf(schema.LiveUpdate))
    .subscription(({ ctx, input, signal }) => watchProject(ctx, input, signal)),
});
