import { Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { organizationsQuery } from '../organizations/organizations-query.ts';
import { projectsQuery } from '../projects/projects-query.ts';

type LeaveProjectProps = { readonly projectId: string; readonly onClose: () => void };

/** Asks before the person gives up their own part in a project. */
export function LeaveProject({ projectId, onClose }: LeaveProjectProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const leaving = useMutation(
    trpc.members.leave.mutationOptions({
      onError: onClose,
      onSuccess: async () => {
        notifyDone('You have left the project.');
        // What is left, first: the start leads to a project of the list.
        await Promise.all([
          queryClient.refetchQueries({ queryKey: organizationsQuery(trpc).queryKey }),
          queryClient.refetchQueries({ queryKey: projectsQuery(trpc).queryKey }),
        ]);
        await router.navigate({ to: '/' });
      },
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      title="Leave the project?"
      confirmLabel="Leave"
      isPending={leaving.isPending}
      onConfirm={() => leaving.mutate({ projectId, confirm: true })}
      onClose={onClose}
    >
      <Text size="sm">You and every key of yours lose access at once. Only an invitation leads back.</Text>
    </ConfirmDialog>
  );
}
