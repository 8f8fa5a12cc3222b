import type { Prisma, Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import type { ConversationEventKind } from './schema.ts';

export type NewEvent = {
  readonly kind: ConversationEventKind;
  readonly data: { readonly [side in 'from' | 'to']: Prisma.InputJsonValue | null };
};

/** Records what happened to a conversation beside its messages, by the act's author. */
export async function recordEvents(
  tx: Transaction,
  { author, newId }: Pick<Act, 'author' | 'newId'>,
  conversationId: string,
  createdAt: Date,
  events: readonly NewEvent[],
): Promise<void> {
  await tx.conversationEvent.createMany({
    data: events.map(({ kind, data }) => ({
      id: newId(),
      conversationId,
      kind,
      actorId: author.id,
      actorName: author.name,
      data,
      createdAt,
    })),
  });
}
