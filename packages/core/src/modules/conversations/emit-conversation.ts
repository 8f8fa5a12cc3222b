import type { Transaction } from '@reqbase/db';
import { type Emitter, emit } from '../webhooks/emit.ts';
import { asConversation, CONVERSATION_FIELDS, MESSAGE_FIELDS, toMessage } from './rows.ts';

type Told = {
  readonly event: 'conversation.created' | 'conversation.updated' | 'conversation.resolved';
  readonly projectId: string;
  readonly conversationId: string;
};

/** Tells the project's webhooks of a conversation as it is now, once every row of the transaction is written. */
export async function emitConversation(
  tx: Transaction,
  emitter: Emitter,
  { event, projectId, conversationId }: Told,
): Promise<void> {
  await emit(tx, emitter, projectId, {
    event,
    async read() {
      const { requester, ...row } = await tx.conversation.findUniqueOrThrow({
        where: { id: conversationId, projectId },
        select: { ...CONVERSATION_FIELDS, requester: { select: { name: true } } },
      });
      // Their address is with the events of contacts, which ask for another scope.
      const { requesterEmail: _address, ...data } = asConversation({
        ...row,
        requesterName: requester?.name ?? null,
        requesterEmail: null,
      });
      return { data, requesterId: row.requesterId };
    },
  });
}

/** Tells them of a message. */
export async function emitMessage(
  tx: Transaction,
  emitter: Emitter,
  { projectId, messageId }: Pick<Told, 'projectId'> & { readonly messageId: string },
): Promise<void> {
  await emit(tx, emitter, projectId, {
    event: 'message.created',
    async read() {
      const { conversation, ...row } = await tx.message.findUniqueOrThrow({
        where: { id: messageId },
        select: { ...MESSAGE_FIELDS, conversation: { select: { requesterId: true } } },
      });
      return { data: toMessage(row), requesterId: conversation.requesterId };
    },
  });
}
