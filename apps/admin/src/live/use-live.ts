import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTRPC, useTRPCClient } from '../trpc.ts';
import { createInvalidation, invalidate } from './invalidation.ts';
import { watchProject } from './watch-project.ts';

/** A page that nobody looks at lets go of its connection after this: browsers have six for all tabs of a site. */
const HIDDEN_MS = 30_000;
const PATIENCE_MS = 4_000;

/** Keeps what is shown of a project up to date. Says whether it has been out of date for longer than a moment. */
export function useLive(projectId: string): boolean {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    let hiding: ReturnType<typeof setTimeout> | undefined;
    let missing: ReturnType<typeof setTimeout> | undefined;
    const setIsConnected = (isConnected: boolean) => {
      if (isConnected) {
        clearTimeout(missing);
        missing = undefined;
        setIsLate(false);
      } else missing ??= setTimeout(() => setIsLate(true), PATIENCE_MS);
    };
    const watch = watchProject({
      subscribe: (lastEventId, observer) => client.live.watch.subscribe({ projectId, lastEventId }, observer),
      onUpdate: createInvalidation((changes) => invalidate(queryClient, trpc, projectId, changes)),
      onConnected: setIsConnected,
    });
    const follow = () => {
      clearTimeout(hiding);
      if (document.visibilityState === 'visible') watch.resume();
      else hiding = setTimeout(watch.pause, HIDDEN_MS);
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    addEventListener('online', watch.resume);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      removeEventListener('online', watch.resume);
      clearTimeout(hiding);
      clearTimeout(missing);
      watch.pause();
    };
  }, [projectId, trpc, client, queryClient]);
  return isLate;
}
