import * as z from 'zod';
import { Cursor, Id, Instant, Limit, ProjectRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';

export const NotificationType = z
  .enum([
    'feature.created',
    'feature.status_changed',
    'feature.completed',
    'feature.reopened',
    'comment.created',
    'message.received',
    'message.replied',
    'announcement.sent',
    'agent.pr_opened',
    'agent.needs_context',
    'member.invited',
    'member.joined',
    'scan.completed',
    'scan.breaking_change',
    'webhook.disabled',
  ])
  .meta({ id: 'NotificationType' });
export type NotificationType = z.infer<typeof NotificationType>;

export const NotificationAudience = z.enum(['team', 'requesters']).meta({
  id: 'NotificationAudience',
  description: 'Whom it was for: the team alone, or requesters, each of whom has a copy of their own. The team sees both.',
});
export type NotificationAudience = z.infer<typeof NotificationAudience>;

export const NotificationChannel = z.enum(['in_app', 'email']);
export const ActorKind = z.enum(['TEAM', 'REQUESTER', 'SYSTEM', 'AGENT']);

export const Notification = z
  .object({
    id: Id,
    type: NotificationType,
    title: z.string(),
    body: z.string().nullable(),
    featureId: Id.nullable(),
    conversationId: Id.nullable(),
    commentId: Id.nullable(),
    actorKind: ActorKind,
    actorId: Id.nullable(),
    actorName: z.string().nullable(),
    audience: NotificationAudience,
    recipientCount: z.int().meta({ description: 'Requesters who have a copy' }),
    channels: z.array(NotificationChannel),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable().meta({ description: 'Then it leaves the feeds of the requesters who have not read it' }),
  })
  .meta({
    id: 'Notification',
    examples: [
      {
        id: '01a200a5-c2a1-7f10-9a55-0b7c2f4d9e01',
        type: 'feature.completed',
        title: 'Export invoices as CSV',
        body: 'It is there: Invoices → Export.',
        featureId: '01a200a4-972f-789c-9aa1-739d1bba6fb7',
        conversationId: null,
        commentId: null,
        actorKind: 'TEAM',
        actorId: '01a200a5-7658-7f9a-bd63-96d88375e00c',
        actorName: 'Ada',
        audience: 'requesters',
        recipientCount: 12,
        channels: ['in_app', 'email'],
        createdAt: '2026-11-20T09:12:00.000Z',
        expiresAt: null,
      },
    ],
  });
export type Notification = z.infer<typeof Notification>;

const Synced = {
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({
    description: 'For incremental sync: created at this instant or later, since an entry is written once',
  }),
};

export const ListNotifications = z.object({
  projectId: ProjectRef,
  type: z.array(NotificationType).max(15).optional().meta({ description: 'Of any of these types' }),
  audience: NotificationAudience.optional(),
  since: Instant.optional().meta({ description: 'Created then or later' }),
  ...Synced,
  limit: Limit,
  cursor: Cursor,
});
export type ListNotifications = z.infer<typeof ListNotifications>;
export const NotificationPage = pageOf(Notification).meta({ id: 'NotificationPage' });

export const CountUnread = z.object({ projectId: ProjectRef });
export const UnreadCount = z.object({ unreadCount: z.int() }).meta({
  id: 'UnreadNotificationCount',
  description: 'What others have caused since the feed was last seen, of the latest 1,000 entries',
});
export type UnreadCount = z.infer<typeof UnreadCount>;

export const MarkSeen = z.object({
  projectId: ProjectRef,
  until: Instant.meta({
    description:
      'The `createdAt` of the newest entry that was seen. Not the present: what is committed a moment later may be older.',
  }),
});
export type MarkSeen = z.infer<typeof MarkSeen>;
export const FeedMark = z.object({ seenAt: Timestamp }).meta({ id: 'FeedMark' });
export type FeedMark = z.infer<typeof FeedMark>;

export const SendAnnouncement = z.object({
  projectId: ProjectRef,
  title: z.string().trim().min(1).max(120).check(storable),
  body: z.string().trim().min(1).max(2_000).check(storable),
});
export type SendAnnouncement = z.infer<typeof SendAnnouncement>;

export const Announcement = z
  .object({
    id: Id,
    title: z.string(),
    body: z.string(),
    recipientCount: z.int().meta({ description: 'Who had used the widget by then' }),
    channels: z.array(NotificationChannel),
    createdAt: Timestamp,
    expiresAt: Timestamp,
  })
  .meta({
    id: 'Announcement',
    examples: [
      {
        id: '01a200a6-1c00-7a3e-8e01-5f0a9b6f7d21',
        title: 'Dark mode is here',
        body: 'Settings → Appearance. Thank you for asking!',
        recipientCount: 1_204,
        channels: ['in_app', 'email'],
        createdAt: '2026-11-20T09:12:00.000Z',
        expiresAt: '2026-11-21T09:12:00.000Z',
      },
    ],
  });
export type Announcement = z.infer<typeof Announcement>;
export const ListAnnouncements = z.object({ projectId: ProjectRef, ...Synced, limit: Limit, cursor: Cursor });
export type ListAnnouncements = z.infer<typeof ListAnnouncements>;
export const AnnouncementPage = pageOf(Announcement).meta({ id: 'AnnouncementPage' });

export const WatchProject = z.object({
  projectId: ProjectRef,
  lastEventId: z.string().max(100).check(storable).optional().meta({ description: 'The id of the last event that came' }),
});
export type WatchProject = z.infer<typeof WatchProject>;

export const LiveUpdate = z
  .object({
    kind: z.enum(['ready', 'reset', 'conversation', 'notification', 'feature', 'requester', 'member', 'project', 'widget']).meta({
      description:
        'What changed; without an id, any of the kind may have. `ready`: it begins, whatever was read before may be old. `reset`: more has happened than is kept, everything may be old.',
    }),
    conversationId: Id.nullable(),
    featureId: Id.nullable(),
    notificationId: Id.nullable(),
  })
  .meta({ id: 'LiveUpdate', description: 'Ids only: what changed is read as ever' });
export type LiveUpdate = z.infer<typeof LiveUpdate>;
