import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import type { ConversationPriority, ConversationStatus } from './schema.ts';

/** A conversation that nobody else changes until the transaction ends. */
export type LockedConversation = {
  readonly id: string;
  readonly featureId: string | null;
  readonly requesterId: string | null;
  readonly subject: string | null;
  readonly status: ConversationStatus;
  readonly priority: ConversationPriority;
  readonly channel: 'widget' | 'email' | 'api' | 'chat' | 'slack' | 'discord' | 'telegram';
  readonly assigneeId: string | null;
  readonly tags: string[];
  readonly isSpam: boolean;
  readonly messageSeq: number;
  readonly unreadCount: number;
  readonly requesterUnreadCount: number;
  readonly lastMessageAt: Date;
  readonly waitingSince: Date | null;
  readonly snoozedUntil: Date | null;
  readonly resolvedAt: Date | null;
  readonly version: number;
  readonly updatedAt: Date;
};

/**
 * Locks a conversation, so that its writers take turns. Whoever also changes its feature does so afterwards, and
 * publishes last: one order for all, so that no two wait for each other. Rows that merely refer to the conversation
 * (notices) do not wait for the lock.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND, also for one of another project
 */
export async function lockConversation(
  tx: Transaction,
  { tenant }: Pick<Act, 'tenant'>,
  id: string,
): Promise<LockedConversation> {
  const [row] = await tx.$queryRaw<LockedConversation[]>`
    select id, feature_id as "featureId", requester_id as "requesterId", subject, status::text, priority::text, channel::text,
      assignee_id as "assigneeId", tags, is_spam as "isSpam", message_seq as "messageSeq", unread_count as "unreadCount",
      requester_unread_count as "requesterUnreadCount", last_message_at as "lastMessageAt", waiting_since as "waitingSince",
      snoozed_until as "snoozedUntil", resolved_at as "resolvedAt", version, updated_at as "updatedAt"
    from conversation
    where id = ${id}::uuid and project_id = ${tenant.project.id}::uuid and deleted_at is null
    for no key update`;
  if (row === undefined) throw new DomainError('CONVERSATION_NOT_FOUND');
  return row;
}

/** Now, but never before what is already there: an instant of a conversation does not go backwards when the clock does. */
export function instantFor({ clock }: Pick<Act, 'clock'>, { lastMessageAt, updatedAt }: LockedConversation): Date {
  return new Date(Math.max(clock().getTime(), lastMessageAt.getTime(), updatedAt.getTime()));
}
