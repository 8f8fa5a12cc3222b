import { Text } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { type KeyHome, useKeyApi } from './key-api.ts';

type RevokeKeyDialogProps = {
  readonly home: KeyHome;
  readonly apiKey: apiKeySchemas.ApiKey | null;
  readonly onClose: () => void;
};

export function RevokeKeyDialog({ home, apiKey, onClose }: RevokeKeyDialogProps) {
  const keys = useKeyApi(home);
  const queryClient = useQueryClient();
  const revoking = useMutation({
    mutationFn: keys.revoke,
    onSuccess: async ({ name }) => {
      await queryClient.invalidateQueries({ queryKey: keys.list.queryKey });
      notifyDone(`Key “${name}” is revoked.`);
    },
    onSettled: onClose,
  });
  return (
    <ConfirmDialog
      isOpen={apiKey !== null}
      title={`Revoke “${apiKey?.name ?? ''}”?`}
      confirmLabel="Revoke key"
      isPending={revoking.isPending}
      onConfirm={() => apiKey !== null && revoking.mutate(apiKey.id)}
      onClose={onClose}
    >
      <Text size="sm">
        Whatever uses <span className="mono">{apiKey?.prefix}…</span> is refused from its next call on. So is whatever uses a key
        that was made with it. This cannot be undone.
      </Text>
    </ConfirmDialog>
  );
}
