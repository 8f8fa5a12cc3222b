import { useMutation, useMutationState } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPCClient } from '../../trpc.ts';
import { createHold, HELD, type Hold, TakenBack, UNDO_MS } from '../../ui/hold.ts';
import { notifyFailure } from '../../ui/notify.tsx';
import { drafts, type Kind, useDraftKey } from './draft-store.ts';
import { useInvalidateConversation } from './use-invalidate-conversation.ts';

/** How often one whose answer does not come is sent again, under its id. */
const RETRIES = 3;

/** A message on its way. */
export type Outgoing = {
  readonly messageId: string;
  readonly body: string;
  readonly kind: Kind;
  /** Where it goes back to when it is taken back, or cannot be sent. */
  readonly draftKey: string;
  readonly hold: Hold;
};

/**
 * Sends what is typed of a kind in a conversation, in its order, also when another page is shown meanwhile. A reply waits
 * for a moment in which it can be taken back; a note, which only the team sees, does not. What cannot be sent is a draft again.
 *
 * For one conversation and kind as long as the component lives: a mutation under way is given the functions of the last render.
 */
export function useSend(projectId: string, conversationId: string, kind: Kind): () => void {
  const client = useTRPCClient();
  const draftKey = useDraftKey(conversationId, kind);
  const invalidateConversation = useInvalidateConversation(projectId);
  const { mutate } = useMutation({
    mutationKey: [HELD, 'message', conversationId],
    scope: { id: `outgoing ${draftKey}` },
    // Without a connection too it is held first, and can be taken back.
    networkMode: 'offlineFirst',
    retry: (failures, error) => failures < RETRIES && readFailure(error).isTransient,
    meta: { showsFailure: true },
    mutationFn: async (message: Outgoing) => {
      const { messageId: clientMessageId, body, hold } = message;
      await hold.passed;
      // One before it has failed and taken it along.
      if (!isOutgoing(message)) throw new TakenBack();
      const isInternal = kind === 'note';
      return client.conversations.reply.mutate({ projectId, id: conversationId, body, isInternal, clientMessageId });
    },
    onError: (error, { messageId }) => {
      if (error instanceof TakenBack) return;
      const failure = readFailure(error);
      const isTaken = failure.code === 'IDEMPOTENCY_CONFLICT';
      drafts.fail(draftKey, messageId, { isTaken });
      // Whether it has arrived nevertheless, the thread tells.
      void invalidateConversation(conversationId);
      const message = isTaken
        ? 'Not sent: an earlier version of this text had arrived already. Sent again, what is in the box is a further message.'
        : `Not sent, the text is a draft again. ${failure.message}`;
      notifyFailure({ ...failure, message }, { position: 'top-center', isSafeToRepeat: true });
    },
    onSuccess: async (_message, { messageId }) => {
      // It is shown as on its way until the thread has it.
      await invalidateConversation(conversationId);
      drafts.arrive(draftKey, messageId);
    },
  });
  return () => {
    const sent = drafts.send(draftKey);
    if (sent !== null) mutate({ ...sent, kind, draftKey, hold: createHold(kind === 'note' ? 0 : UNDO_MS) });
  };
}

/** What is on its way in a conversation, in its order. */
export function useOutgoing(conversationId: string): Outgoing[] {
  const pending = useMutationState({
    filters: { mutationKey: [HELD, 'message', conversationId], status: 'pending' },
    select: ({ state }) => state.variables as Outgoing,
  });
  // What is a draft again may have to wait for its turn to end.
  const outgoing = pending.filter(isOutgoing);
  useSyncExternalStore(drafts.subscribe, () => pending.filter(isOutgoing).length);
  return outgoing;
}

function isOutgoing({ draftKey, messageId, hold }: Outgoing): boolean {
  return !hold.isTakenBack() && drafts.isOnItsWay(draftKey, messageId);
}

export function takeBack({ draftKey, messageId, hold }: Outgoing): void {
  if (!hold.isHeld()) return;
  hold.takeBack();
  drafts.takeBack(draftKey, messageId);
}
