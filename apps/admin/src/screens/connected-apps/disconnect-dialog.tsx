import { Text } from '@mantine/core';
import type { connectedAppSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { nameOf } from './app-name.ts';

type DisconnectDialogProps = {
  readonly slug: string;
  readonly app: connectedAppSchemas.ConnectedApp | null;
  readonly onClose: () => void;
};

export function DisconnectDialog({ slug, app, onClose }: DisconnectDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const name = app === null ? '' : nameOf(app);
  const revoking = useMutation(
    trpc.connectedApps.revoke.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.connectedApps.list.pathKey() });
        notifyDone(`“${name}” is disconnected.`);
      },
      onSettled: onClose,
    }),
  );
  return (
    <ConfirmDialog
      isOpen={app !== null}
      title={`Disconnect “${name}”?`}
      confirmLabel="Disconnect"
      isPending={revoking.isPending}
      onConfirm={() => app !== null && revoking.mutate({ projectId: slug, id: app.id })}
      onClose={onClose}
    >
      <Text size="sm">It is refused from its next call on. To let it in again, connect it anew from the app.</Text>
    </ConfirmDialog>
  );
}
