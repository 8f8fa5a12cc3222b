import type { deviceSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Failure, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';

type Request = deviceSchemas.DeviceRequest;
export type Approval = { readonly organizationId: string; readonly scopes: string[]; readonly expiresAt: string | null };

export type Decision = {
  readonly approve: (approval: Approval) => void;
  readonly deny: () => void;
  readonly isApproving: boolean;
  readonly isDenying: boolean;
  /** Of the last attempt; null while there is none to show. */
  readonly failure: Failure | null;
};

/** Approves or denies. What the server answers is what the page shows then; when the request was over already, it is asked for anew. */
export function useDecision({ userCode }: Request): Decision {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const requests = { queryKey: trpc.device.lookUp.pathKey() };
  const settling = {
    meta: { showsFailure: true },
    onSuccess: (decided: Request) => {
      queryClient.setQueriesData(requests, decided);
    },
    onError: (error: unknown) => {
      if (isOver(readFailure(error))) void queryClient.invalidateQueries(requests);
    },
  };
  const approving = useMutation(trpc.device.authorize.mutationOptions(settling));
  const denying = useMutation(trpc.device.deny.mutationOptions(settling));
  const error = approving.error ?? denying.error;
  const failure = error === null ? null : readFailure(error);
  return {
    approve: (approval) => approving.mutate({ userCode, ...approval }),
    deny: () => denying.mutate({ userCode }),
    isApproving: approving.isPending,
    isDenying: denying.isPending,
    failure: failure === null || isOver(failure) ? null : failure,
  };
}

/** Decided elsewhere, or too late. */
function isOver({ code }: Failure): boolean {
  return code === 'CONFLICT' || code === 'DEVICE_CODE_EXPIRED' || code === 'USER_CODE_NOT_FOUND';
}
