import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useReadAgain, type Webhook } from './webhook-api.ts';
import { formErrors, WEBHOOK_RULES, WebhookForm, type WebhookValues } from './webhook-form.tsx';

type EditWebhookDialogProps = { readonly projectId: string; readonly webhook: Webhook; readonly onClose: () => void };

export function EditWebhookDialog({ projectId, webhook, onClose }: EditWebhookDialogProps) {
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const isNarrow = useIsNarrow();
  const form = useForm<WebhookValues>({
    initialValues: { url: webhook.url, events: webhook.events },
    validate: WEBHOOK_RULES,
  });
  const saving = useMutation(
    trpc.webhooks.update.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => form.setErrors(formErrors(readFailure(error))),
      onSuccess: async () => {
        await readAgain();
        notifyDone('The webhook is saved.');
        onClose();
      },
    }),
  );
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} size={820} fullScreen={isNarrow} title="Edit webhook">
      <WebhookForm
        form={form}
        failure={saving.isError ? readFailure(saving.error) : null}
        submitLabel="Save"
        isPending={saving.isPending}
        // Not over what somebody else has saved in between.
        onSubmit={(values) => saving.mutate({ projectId, webhookId: webhook.id, ifVersion: webhook.version, ...values })}
        onCancel={onClose}
      />
    </FormModal>
  );
}
