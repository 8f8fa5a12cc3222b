import { Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { hostOf, useReadAgain, type Webhook } from './webhook-api.ts';

type DeleteWebhookDialogProps = { readonly projectId: string; readonly webhook: Webhook; readonly onClose: () => void };

export function DeleteWebhookDialog({ projectId, webhook, onClose }: DeleteWebhookDialogProps) {
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const deleting = useMutation(
    trpc.webhooks.remove.mutationOptions({
      onSuccess: async () => {
        await readAgain();
        notifyDone('The webhook is deleted.');
      },
      onSettled: onClose,
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      title={`Delete the webhook to ${hostOf(webhook)}?`}
      confirmLabel="Delete webhook"
      isPending={deleting.isPending}
      onConfirm={() => deleting.mutate({ projectId, webhookId: webhook.id })}
      onClose={onClose}
    >
      <Text size="sm">
        Nothing more is sent to it, not even what is on its way, and its deliveries are gone. To pause it, disable it instead.
      </Text>
    </ConfirmDialog>
  );
}
