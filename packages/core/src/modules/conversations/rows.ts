import { type Grant, mayAlso } from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import type { Conversation, ConversationEvent, Message } from './schema.ts';

/** What is read of a conversation, besides its requester's name and address. */
export const CONVERSATION_FIELDS = {
  id: true,
  projectId: true,
  featureId: true,
  requesterId: true,
  subject: true,
  status: true,
  priority: true,
  channel: true,
  assigneeId: true,
  tags: true,
  aiResolved: true,
  isSpam: true,
  unreadCount: true,
  lastMessagePreview: true,
  lastMessageAt: true,
  waitingSince: true,
  snoozedUntil: true,
  resolvedAt: true,
  previousConversationId: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const satisfies Prisma.ConversationSelect;
export type ConversationRow = Prisma.ConversationGetPayload<{ select: typeof CONVERSATION_FIELDS }> & {
  readonly requesterName: string | null;
  readonly requesterEmail: string | null;
};

/** The conversation as this caller may see it: addresses are for who may read requesters. */
export function toConversation(row: ConversationRow, grant: Grant): Conversation {
  return asConversation(mayAlso(grant, 'requesters:read') ? row : { ...row, requesterEmail: null });
}

/** The whole conversation. */
export function asConversation(row: ConversationRow): Conversation {
  return {
    ...row,
    lastMessageAt: row.lastMessageAt.toISOString(),
    waitingSince: row.waitingSince?.toISOString() ?? null,
    snoozedUntil: row.snoozedUntil?.toISOString() ?? null,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export const MESSAGE_FIELDS = {
  id: true,
  conversationId: true,
  authorKind: true,
  authorId: true,
  authorName: true,
  body: true,
  contentType: true,
  isInternal: true,
  via: true,
  deliveredAt: true,
  readAt: true,
  createdAt: true,
} as const satisfies Prisma.MessageSelect;
export type MessageRow = Prisma.MessageGetPayload<{ select: typeof MESSAGE_FIELDS }>;

export function toMessage(row: MessageRow): Message {
  return {
    ...row,
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
    readAt: row.readAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export type EventRow = Omit<ConversationEvent, 'createdAt'> & { readonly createdAt: Date };

export function toEvent(row: EventRow): ConversationEvent {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
