import { DomainError } from '@reqbase/auth';
import { actOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { appendMessage } from './append.ts';
import { lockConversation } from './locked-conversation.ts';
import { MESSAGE_FIELDS, toMessage } from './rows.ts';
import type { Message, Reply } from './schema.ts';

/**
 * Writes to the requester, or a note for the team.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND; CONFLICT for a closed conversation, which is final: open a new one
 */
export async function reply(ctx: ProjectContext, { id, body, contentType, isInternal }: Reply): Promise<Message> {
  return write(ctx, async (tx, audit) => {
    const act = actOf(ctx);
    const conversation = await lockConversation(tx, act, id);
    if (conversation.status === 'closed') throw new DomainError('CONFLICT');
    const messageId = await appendMessage(tx, act, conversation, { body, contentType, isInternal });
    await audit({
      action: 'message.created',
      resourceType: 'message',
      resourceId: messageId,
      diff: { conversationId: id, isInternal },
    });
    return toMessage(await tx.message.findUniqueOrThrow({ where: { id: messageId }, select: MESSAGE_FIELDS }));
  });
}
