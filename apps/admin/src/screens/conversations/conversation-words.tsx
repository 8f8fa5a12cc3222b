import type { conversationSchemas } from '@reqbase/core/contract';
import { IconAlertTriangle, IconArrowDown, IconArrowUp, IconMinus } from '@tabler/icons-react';
import { StatusDot, type Tone } from '../../ui/status-dot.tsx';

type Status = conversationSchemas.ConversationStatus;
type Priority = conversationSchemas.ConversationPriority;

const STATUS_WORDS: Readonly<Record<Status, string>> = {
  open: 'Open',
  pending: 'Pending',
  snoozed: 'Snoozed',
  resolved: 'Resolved',
  closed: 'Closed',
};
const STATUS_TONES: Readonly<Record<Status, Tone>> = {
  open: 'waiting',
  pending: 'active',
  snoozed: 'neutral',
  resolved: 'good',
  closed: 'good',
};

export const PRIORITY_WORDS: Readonly<Record<Priority, string>> = {
  low: 'Low',
  normal: 'Normal',
  high: 'High',
  urgent: 'Urgent',
};
const PRIORITY_ICONS = { low: IconArrowDown, normal: IconMinus, high: IconArrowUp, urgent: IconAlertTriangle } as const;
const PRIORITY_COLORS: Readonly<Record<Priority, string | undefined>> = {
  low: undefined,
  normal: undefined,
  high: 'var(--mantine-color-orange-light-color)',
  urgent: 'var(--mantine-color-error)',
};

export const CHANNEL_WORDS: Readonly<Record<conversationSchemas.Channel, string>> = {
  widget: 'Widget',
  email: 'E-mail',
  api: 'API',
  chat: 'Chat',
  slack: 'Slack',
  discord: 'Discord',
  telegram: 'Telegram',
};

export function ConversationStatus({ status }: { readonly status: Status }) {
  return <StatusDot tone={STATUS_TONES[status]}>{STATUS_WORDS[status]}</StatusDot>;
}

export function PriorityIcon({ priority, size = 15 }: { readonly priority: Priority; readonly size?: number }) {
  const Icon = PRIORITY_ICONS[priority];
  return <Icon size={size} stroke={1.8} color={PRIORITY_COLORS[priority] ?? 'currentColor'} aria-hidden="true" />;
}

/** What a requester is called: the name, or else the address, or neither is known. */
export function requesterLabel({
  requesterName,
  requesterEmail,
}: Pick<conversationSchemas.Conversation, 'requesterName' | 'requesterEmail'>) {
  return requesterName ?? requesterEmail ?? 'Visitor';
}

/** What a conversation is called: its subject, or else how it begins. */
export function conversationTitle({
  subject,
  lastMessagePreview,
}: Pick<conversationSchemas.Conversation, 'subject' | 'lastMessagePreview'>): string {
  return subject ?? lastMessagePreview ?? 'Without a subject';
}
