import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { backlogSchemas } from '@reqbase/core/contract';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';

type DeleteFeatureProps = { readonly projectId: string; readonly feature: backlogSchemas.Feature };

export function DeleteFeature({ projectId, feature }: DeleteFeatureProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, dialog] = useDisclosure();
  const removing = useMutation(
    trpc.backlog.remove.mutationOptions({
      onError: dialog.close,
      onSuccess: async () => {
        await navigate({ to: '/projects/$slug/backlog', params: { slug: projectId } });
        notifyDone(`#${feature.number} is deleted.`);
        queryClient.removeQueries(trpc.backlog.get.queryFilter({ projectId, id: feature.id }));
        void queryClient.invalidateQueries(trpc.backlog.list.pathFilter());
        void queryClient.invalidateQueries(trpc.backlog.stats.pathFilter());
      },
    }),
  );
  return (
    <>
      <Button variant="light" color="red" leftSection={<IconTrash size={16} />} onClick={dialog.open}>
        Delete
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={`Delete #${feature.number}?`}
        confirmLabel="Delete request"
        isPending={removing.isPending}
        onConfirm={() => removing.mutate({ projectId, id: feature.id })}
        onClose={dialog.close}
      >
        <Text size="sm">“{feature.title}” goes, with its votes and comments. It is kept for 30 days and then erased.</Text>
      </ConfirmDialog>
    </>
  );
}
