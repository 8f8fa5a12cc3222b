import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { type Act, actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { instantFor, type LockedConversation, lockConversation } from './locked-conversation.ts';
import type { MarkRead, UnreadCount } from './schema.ts';

/**
 * Marks what the requester wrote as read, for the whole team; what came after `upToMessageId` stays unread.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND; BAD_REQUEST when `upToMessageId` is no message of the conversation
 */
export async function markRead(ctx: ProjectContext, { id, upToMessageId }: MarkRead): Promise<UnreadCount> {
  return write(ctx, async (tx, audit) => {
    const act = actOf(ctx);
    const conversation = await lockConversation(tx, act, id);
    const unreadCount = await readBy(tx, act, conversation, 'team', upToMessageId);
    if (unreadCount === conversation.unreadCount) return { unreadCount };
    await audit({ action: 'conversation.read', resourceType: 'conversation', resourceId: id });
    await publish(tx, act, { kind: 'conversation', conversationId: id, isPrivate: true });
    return { unreadCount };
  });
}

/**
 * Marks what the team wrote as read by the act's author, the requester.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND, also for a conversation of another requester; BAD_REQUEST when
 *   `upToMessageId` is no message of the conversation
 */
export async function markReadByRequester(
  tx: Transaction,
  act: Act,
  { conversationId, upToMessageId }: { readonly conversationId: string; readonly upToMessageId?: string | undefined },
): Promise<UnreadCount> {
  const conversation = await lockConversation(tx, act, conversationId);
  if (act.author.kind !== 'REQUESTER' || act.author.id !== conversation.requesterId)
    throw new DomainError('CONVERSATION_NOT_FOUND');
  const unreadCount = await readBy(tx, act, conversation, 'requester', upToMessageId);
  if (unreadCount !== conversation.requesterUnreadCount)
    await publish(tx, act, { kind: 'conversation', conversationId, isPrivate: true });
  return { unreadCount };
}

/**
 * The count goes down by the messages that are marked, so that it is always that of the unmarked ones. Those are sought
 * from the end, as many as there are: a long thread costs no more than what is new in it.
 */
async function readBy(
  tx: Transaction,
  act: Act,
  conversation: LockedConversation,
  reader: 'team' | 'requester',
  upToMessageId: string | undefined,
): Promise<number> {
  const isTeam = reader === 'team';
  const unread = isTeam ? conversation.unreadCount : conversation.requesterUnreadCount;
  const upTo = upToMessageId === undefined ? conversation.messageSeq : await seqOf(tx, conversation, upToMessageId);
  if (unread === 0) return 0;
  const at = instantFor(act, conversation);
  const marked = await tx.$executeRaw`
    with unread as (
      select id, seq from message
      where conversation_id = ${conversation.id}::uuid and read_at is null and not is_internal
        and (author_kind = 'REQUESTER') = ${isTeam}
      order by seq desc limit ${unread}
    )
    update message set read_at = ${at}, delivered_at = coalesce(delivered_at, ${at}), changed_at = ${at}
    from unread where message.id = unread.id and unread.seq <= ${upTo}`;
  if (marked === 0) return unread;
  const left = unread - marked;
  await tx.conversation.update({
    where: { id: conversation.id, projectId: act.tenant.project.id },
    data: { ...(isTeam ? { unreadCount: left } : { requesterUnreadCount: left }), updatedAt: at, version: { increment: 1 } },
    select: { id: true },
  });
  return left;
}

async function seqOf(tx: Transaction, { id: conversationId }: LockedConversation, id: string): Promise<number> {
  const message = await tx.message.findFirst({ where: { id, conversationId }, select: { seq: true } });
  if (message !== null) return message.seq;
  throw new DomainError('BAD_REQUEST', { issues: [{ path: 'upToMessageId', message: 'Is no message of this conversation.' }] });
}
