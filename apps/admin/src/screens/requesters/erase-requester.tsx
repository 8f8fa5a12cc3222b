import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { requesterSchemas } from '@reqbase/core/contract';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { requesterName } from './requester-name.ts';

type EraseRequesterProps = { readonly projectId: string; readonly requester: requesterSchemas.Requester };

export function EraseRequester({ projectId, requester }: EraseRequesterProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, dialog] = useDisclosure();
  const erasing = useMutation(
    trpc.requesters.remove.mutationOptions({
      onError: dialog.close,
      onSuccess: async () => {
        await navigate({ to: '/projects/$slug/requesters', params: { slug: projectId } });
        notifyDone(`${requesterName(requester)} is erased.`);
        queryClient.removeQueries(trpc.requesters.get.queryFilter({ projectId, id: requester.id }));
        void queryClient.invalidateQueries(trpc.requesters.list.pathFilter());
      },
    }),
  );
  return (
    <>
      <Button variant="light" color="red" leftSection={<IconTrash size={16} />} onClick={dialog.open}>
        Erase
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={`Erase ${requesterName(requester)}?`}
        confirmLabel="Erase for good"
        isPending={erasing.isPending}
        onConfirm={() => erasing.mutate({ projectId, id: requester.id })}
        onClose={dialog.close}
      >
        <Text size="sm">
          All that is known of them goes at once and cannot be brought back. What they asked for stays in the backlog, without
          their name; their votes no longer count.
        </Text>
      </ConfirmDialog>
    </>
  );
}
