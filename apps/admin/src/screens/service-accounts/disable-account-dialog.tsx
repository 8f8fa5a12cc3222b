import { Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { plural } from '../../ui/number-format.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import { type ServiceAccount, useReadAgain } from './account-api.ts';

type DisableAccountDialogProps = { readonly account: ServiceAccount; readonly onClose: () => void };

export function DisableAccountDialog({ account: { id, name, activeKeyCount }, onClose }: DisableAccountDialogProps) {
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
  const keys = activeKeyCount === 0 ? 'It has no active keys.' : `Its ${plural(activeKeyCount, 'active key')}`;
  return (
    <ConfirmDialog
      isOpen
      title={`Disable “${name}”?`}
      confirmLabel="Disable"
      isPending={disabling.isPending}
      onConfirm={() => disabling.mutate({ organizationId, id })}
      onClose={onClose}
    >
      <Text size="sm">
        {keys}
        {activeKeyCount > 0 && ` ${activeKeyCount === 1 ? 'is' : 'are'} refused from the next call on.`} Enabled again, it works
        as before.
      </Text>
    </ConfirmDialog>
  );
}
