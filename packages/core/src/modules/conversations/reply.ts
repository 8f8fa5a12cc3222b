import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { type Act, actOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { appendMessage } from './append.ts';
import { lockConversation } from './locked-conversation.ts';
import { MESSAGE_FIELDS, toMessage } from './rows.ts';
import type { Message, Reply } from './schema.ts';

/**
 * Writes to the requester, or a note for the team. Sent again with its `clientMessageId`, it is there once.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND; CONFLICT for a closed conversation, which is final: open a new one;
 *   IDEMPOTENCY_CONFLICT when another message has come with the `clientMessageId`
 */
export async function reply(ctx: ProjectContext, input: Reply): Promise<Message> {
  return write(ctx, async (tx, audit) => {
    const act = actOf(ctx);
    const conversation = await lockConversation(tx, act, input.id);
    // Under the lock: of two that come at once the second finds the first.
    const sent = await findSent(tx, act, input);
    if (sent !== null) return sent;
    if (conversation.status === 'closed') throw new DomainError('CONFLICT');
    const messageId = await appendMessage(tx, act, conversation, input);
    await audit({
      action: 'message.created',
      resourceType: 'message',
      resourceId: messageId,
      diff: { conversationId: input.id, isInternal: input.isInternal },
    });
    return toMessage(await tx.message.findUniqueOrThrow({ where: { id: messageId }, select: MESSAGE_FIELDS }));
  });
}

/** What has come with the input's `clientMessageId` before. */
async function findSent(tx: Transaction, { author }: Act, input: Reply): Promise<Message | null> {
  const { id: conversationId, clientMessageId, body, contentType, isInternal } = input;
  if (clientMessageId === undefined) return null;
  const sent = await tx.message.findFirst({ where: { conversationId, clientMessageId }, select: MESSAGE_FIELDS });
  if (sent === null) return null;
  const isSame =
    sent.authorId === author.id && sent.body === body && sent.contentType === contentType && sent.isInternal === isInternal;
  if (!isSame) throw new DomainError('IDEMPOTENCY_CONFLICT');
  return toMessage(sent);
}
