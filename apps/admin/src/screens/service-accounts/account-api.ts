import { ROLES, type Role, type serviceAccountSchemas } from '@reqbase/core/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';

export type ServiceAccount = serviceAccountSchemas.ServiceAccount;

/** Reads the service accounts anew, also where they are chosen from. */
export function useReadAgain(): () => Promise<void> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries(trpc.serviceAccounts.pathFilter());
}

/** Nobody makes or changes what may do more than they. */
export function isAbove(role: Role, own: Role | null): boolean {
  return own === null || ROLES.indexOf(role) > ROLES.indexOf(own);
}
