import { actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { instantFor, lockConversation } from './locked-conversation.ts';
import type { ConversationRef, UnreadCount } from './schema.ts';

/**
 * Makes the last message of the requester unread again, for the whole team: whoever looked leaves it to be seen to. What is
 * unread anyway stays as it is, and so does a conversation in which the requester has said nothing.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND
 */
export async function markUnread(ctx: ProjectContext, { id }: ConversationRef): Promise<UnreadCount> {
  return write(ctx, async (tx, audit) => {
    const act = actOf(ctx);
    const conversation = await lockConversation(tx, act, id);
    const { unreadCount } = conversation;
    if (unreadCount > 0) return { unreadCount };
    const last = await tx.message.findFirst({
      where: { conversationId: id, authorKind: 'REQUESTER', isInternal: false },
      orderBy: { seq: 'desc' },
      select: { id: true },
    });
    if (last === null) return { unreadCount };
    const at = instantFor(act, conversation);
    await tx.message.update({
      where: { id: last.id, conversationId: id },
      data: { readAt: null, changedAt: at },
      select: { id: true },
    });
    await tx.conversation.update({
      where: { id, projectId: ctx.tenant.project.id },
      data: { unreadCount: 1, updatedAt: at, version: { increment: 1 } },
      select: { id: true },
    });
    await audit({ action: 'conversation.unread', resourceType: 'conversation', resourceId: id });
    await publish(tx, act, { kind: 'conversation', conversationId: id, isPrivate: true });
    return { unreadCount: 1 };
  });
}
