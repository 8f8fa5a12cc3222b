import * as z from 'zod';

export const NotificationType = z.enum([
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
]);
export type NotificationType = z.infer<typeof NotificationType>;
