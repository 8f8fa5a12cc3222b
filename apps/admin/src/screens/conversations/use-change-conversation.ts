import type { conversationSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { notifyUndoable } from '../../ui/notify.tsx';
import { useInvalidateConversation } from './use-invalidate-conversation.ts';

export type ConversationChange = Omit<conversationSchemas.UpdateConversation, 'projectId' | 'id' | 'ifVersion'>;
type Said = {
  /** What to tell once it is done. */
  readonly done?: string;
  /** What takes it back. */
  readonly undo?: ConversationChange;
};

/** Changes a conversation. What is told of it can be taken back for as long as that stands. */
export function useChangeConversation(projectId: string, id: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const invalidateConversation = useInvalidateConversation(projectId);
  const { mutate, isPending, variables } = useMutation(
    trpc.conversations.update.mutationOptions({
      onSuccess: (changed) => {
        queryClient.setQueryData(trpc.conversations.get.queryKey({ projectId, id }), changed);
        void invalidateConversation(id);
      },
    }),
  );
  const change = (fields: ConversationChange, { done, undo }: Said = {}): void => {
    mutate(
      { projectId, id, ...fields },
      {
        onSuccess: () => {
          if (done !== undefined) notifyUndoable(done, undo && (() => mutate({ projectId, id, ...undo })));
        },
      },
    );
  };
  return { change, isPending, changing: isPending ? variables : undefined };
}
