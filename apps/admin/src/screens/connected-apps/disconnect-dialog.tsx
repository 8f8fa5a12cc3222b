import { Text } from '@mantine/core';
import type { connectedAppSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { nameOf } from './app-name.ts';

type DisconnectDialogProps = {
  readonly slug: string;
  /** Whether it acts in the name of who disconnects it, which they may whatever their role. */
  readonly isOwn: boolean;
  readonly app: connectedAppSchemas.ConnectedApp | null;
  readonly onClose: () => void;
};

export function DisconnectDialog({ slug, isOwn, app, onClose }: DisconnectDialogProps) {
  const { list, listOwn, revoke, revokeOwn } = useTRPC().connectedApps;
  const queryClient = useQueryClient();
  const name = app === null ? '' : nameOf(app);
  const revoking = useMutation(
    (isOwn ? revokeOwn : revoke).mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: (isOwn ? listOwn : list).pathKey() });
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
