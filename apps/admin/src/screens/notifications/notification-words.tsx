import type { notificationSchemas } from '@reqbase/core/contract';
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowRight,
  IconBulb,
  IconCheck,
  IconGitPullRequest,
  IconMail,
  IconMessage,
  IconMessageCircle,
  IconMessageForward,
  IconQuestionMark,
  IconRadar,
  IconSpeakerphone,
  IconUserCheck,
  IconWebhookOff,
} from '@tabler/icons-react';

type Type = notificationSchemas.NotificationType;

/** What happened, in two or three words. */
export const TYPE_WORDS: Readonly<Record<Type, string>> = {
  'feature.created': 'New request',
  'feature.status_changed': 'Status changed',
  'feature.completed': 'Completed',
  'feature.reopened': 'Reopened',
  'comment.created': 'New comment',
  'message.received': 'Message from a requester',
  'message.replied': 'Reply to a requester',
  'announcement.sent': 'Announcement',
  'agent.pr_opened': 'Agent: pull request opened',
  'agent.needs_context': 'Agent: needs context',
  'member.invited': 'Invitation sent',
  'member.joined': 'New member',
  'scan.completed': 'Scan completed',
  'scan.breaking_change': 'Breaking change',
  'webhook.disabled': 'Webhook disabled',
};

const TYPE_ICONS = {
  'feature.created': IconBulb,
  'feature.status_changed': IconArrowRight,
  'feature.completed': IconCheck,
  'feature.reopened': IconArrowBackUp,
  'comment.created': IconMessageCircle,
  'message.received': IconMessage,
  'message.replied': IconMessageForward,
  'announcement.sent': IconSpeakerphone,
  'agent.pr_opened': IconGitPullRequest,
  'agent.needs_context': IconQuestionMark,
  'member.invited': IconMail,
  'member.joined': IconUserCheck,
  'scan.completed': IconRadar,
  'scan.breaking_change': IconAlertTriangle,
  'webhook.disabled': IconWebhookOff,
} as const satisfies Record<Type, unknown>;

export function TypeIcon({ type }: { readonly type: Type }) {
  const Icon = TYPE_ICONS[type];
  return <Icon size={18} stroke={1.6} aria-hidden="true" />;
}
