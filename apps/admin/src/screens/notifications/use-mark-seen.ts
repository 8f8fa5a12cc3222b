import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTRPC } from '../../trpc.ts';

/** Tells the server up to which entry the feed has been shown; null while it has not. */
export function useMarkSeen(projectId: string, until: string | null): void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { mutate } = useMutation(
    trpc.notifications.markSeen.mutationOptions({
      // Of no interest to whoever reads: the number stays as it was.
      meta: { showsFailure: true },
      onSuccess: () => void queryClient.invalidateQueries(trpc.notifications.unreadCount.queryFilter({ projectId })),
    }),
  );
  useEffect(() => {
    if (until !== null) mutate({ projectId, until });
  }, [mutate, projectId, until]);
}
