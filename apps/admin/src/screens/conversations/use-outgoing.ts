import { useWindowEvent } from '@mantine/hooks';
import { useIsMutating, useMutation, useMutationState } from '@tanstack/react-query';
import { readFailure } from '../../failure.ts';
import { useTRPCClient } from '../../trpc.ts';
import { notifyFailure } from '../../ui/notify.tsx';
import { drafts } from './draft-store.ts';
import { useInvalidateConversation } from './use-invalidate-conversation.ts';

/** For so long a reply can be taken back. Source: wire-facts, Reqio, feature model. */
const UNDO_MS = 5_000;
const OUTGOING = ['outgoing message'];

/** A message on its way. */
export type Outgoing = {
  readonly key: string;
  readonly body: string;
  readonly isInternal: boolean;
  /** Where it goes back to when it is taken back, or cannot be sent. */
  readonly draftKey: string;
  /** Until then it waits here. */
  readonly leavesAt: number;
  readonly undo: AbortController;
};

/**
 * Sends messages of a conversation, in their order, also when another page is shown meanwhile. A reply waits for a moment
 * in which it can be taken back; a note, which only the team sees, does not. What cannot be sent is a draft again.
 */
export function useSend(projectId: string, conversationId: string) {
  const client = useTRPCClient();
  const invalidateConversation = useInvalidateConversation(projectId);
  const { mutate } = useMutation({
    mutationKey: [...OUTGOING, conversationId],
    scope: { id: `outgoing ${conversationId}` },
    meta: { showsFailure: true },
    mutationFn: async ({ body, isInternal, leavesAt, undo }: Outgoing) => {
      await waitUntil(leavesAt, undo.signal);
      return client.conversations.reply.mutate({ projectId, id: conversationId, body, isInternal });
    },
    onError: (error, { body, isInternal, draftKey, undo }) => {
      drafts.putBack(draftKey, { body, isInternal });
      if (undo.signal.aborted) return;
      const failure = readFailure(error);
      notifyFailure(
        { ...failure, message: `Not sent, the text is back in the box. ${failure.message}` },
        { position: 'top-center' },
      );
    },
    // It is shown as on its way until the thread has it.
    onSuccess: () => invalidateConversation(conversationId),
  });
  return ({ body, isInternal, draftKey }: Pick<Outgoing, 'body' | 'isInternal' | 'draftKey'>): void => {
    const leavesAt = Date.now() + (isInternal ? 0 : UNDO_MS);
    mutate({ key: crypto.randomUUID(), body, isInternal, draftKey, leavesAt, undo: new AbortController() });
  };
}

/** What is on its way in a conversation, in its order. */
export function useOutgoing(conversationId: string): Outgoing[] {
  return useMutationState({
    filters: { mutationKey: [...OUTGOING, conversationId], status: 'pending' },
    select: ({ state }) => state.variables as Outgoing,
  });
}

/** Keeps the browser from leaving without a question while something is on its way. */
export function OutgoingGuard(): null {
  const count = useIsMutating({ mutationKey: OUTGOING });
  useWindowEvent('beforeunload', (event) => {
    if (count > 0) event.preventDefault();
  });
  return null;
}

function waitUntil(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, time - Date.now());
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('taken back', { cause: signal.reason }));
    });
  });
}
