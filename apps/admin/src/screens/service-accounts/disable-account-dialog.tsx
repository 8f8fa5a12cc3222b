import { Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { type ServiceAccount, useReadAgain } from './account-api.ts';
import { whatIsRefused } from './what-is-refused.ts';

type DisableAccountDialogProps = { readonly account: ServiceAccount; readonly onClose: () => void };

export function DisableAccountDialog({ account, onClose }: DisableAccountDialogProps) {
  const { id, name } = account;
  const { slug: organizationId } = useOrganization();
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const disabling = useMutation(
    trpc.serviceAccounts.disable.mutationOptions({
      onSuccess: async () => {
        await readAgain();
        notifyDone(`Service account “${name}” is disabled.`);
      },
      onSettled: onClose,
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      title={`Disable “${name}”?`}
      confirmLabel="Disable"
      isPending={disabling.isPending}
      onConfirm={() => disabling.mutate({ organizationId, id })}
      onClose={onClose}
    >
      <Text size="sm">{whatIsRefused(account)} Enabled again, it works as before.</Text>
    </ConfirmDialog>
  );
}
