import { useQueryClient } from '@tanstack/react-query';
import { NO_CHANGES } from '../../live/concerned.ts';
import { invalidate } from '../../live/invalidation.ts';
import { useTRPC } from '../../trpc.ts';

/** Reads again what shows a conversation: as the live update does, which may come later, or not at all without a connection. */
export function useInvalidateConversation(projectId: string): (id: string) => Promise<void> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return (id) => invalidate(queryClient, trpc, projectId, { ...NO_CHANGES, conversationIds: new Set([id]) });
}
