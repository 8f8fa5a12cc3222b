import type { backlogSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC, useTRPCClient } from '../../trpc.ts';
import { createHold, HELD, type Hold, TakenBack, UNDO_MS, useIsHeld } from '../../ui/hold.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { STATUS_WORDS } from './feature-words.tsx';
import { presentVersion, type toStatusChange } from './status-choice.ts';

type Change = ReturnType<typeof toStatusChange> & { readonly notifyText?: string };
type Saving = { readonly change: Change; readonly seen: backlogSchemas.Feature; readonly hold: Hold | null };

/**
 * Changes the status of a request. What subscribers are told of is held for a moment in which it can be taken back; who
 * goes elsewhere meanwhile sends it at once, and hears of a failure wherever they are.
 */
export function useChangeStatus(projectId: string, feature: backlogSchemas.Feature) {
  const { id } = feature;
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const queryKey = trpc.backlog.get.queryKey({ projectId, id });
  const isHere = useRef(true);
  const { mutate, reset, variables, isPending, error } = useMutation({
    mutationKey: [HELD, 'status', id],
    meta: { showsFailure: true },
    mutationFn: async ({ change, seen, hold }: Saving) => {
      await hold?.passed;
      const ifVersion = presentVersion(seen, queryClient.getQueryData(queryKey));
      return client.backlog.changeStatus.mutate({ projectId, id, ...change, ifVersion });
    },
    onError: (failed, { seen }) => {
      if (isHere.current || failed instanceof TakenBack) return;
      const failure = readFailure(failed);
      notifyFailure({ ...failure, message: `The status of #${seen.number} was not saved. ${failure.message}` });
    },
    onSuccess: (changed) => {
      notifyDone(`#${changed.number} is now “${STATUS_WORDS[changed.status]}”.`);
      queryClient.setQueryData(queryKey, changed);
      void queryClient.invalidateQueries(trpc.backlog.list.pathFilter());
      void queryClient.invalidateQueries(trpc.backlog.stats.pathFilter());
    },
  });
  const hold = variables?.hold ?? null;
  const isHeld = useIsHeld(hold);
  const lastHold = useRef<Hold | null>(null);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
      lastHold.current?.leaveNow();
    };
  }, []);
  return {
    save: (change: Change, { isTold }: { readonly isTold: boolean }) => {
      lastHold.current = isTold ? createHold(UNDO_MS) : null;
      mutate({ change, seen: feature, hold: lastHold.current });
    },
    undo: () => {
      hold?.takeBack();
      reset();
    },
    reset,
    isPending,
    /** It can still be taken back. */
    isHeld: isPending && isHeld,
    error: error instanceof TakenBack ? null : error,
  };
}
