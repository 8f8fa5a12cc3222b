import { Modal } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { SecretPanel, useSecretGuard } from './secret-panel.tsx';
import { useReadAgain } from './webhook-api.ts';
import { formErrors, WEBHOOK_RULES, WebhookForm, type WebhookValues } from './webhook-form.tsx';

type CreateWebhookDialogProps = { readonly projectId: string; readonly onClose: () => void };

/** From the form to the secret, which is shown here once. */
export function CreateWebhookDialog({ projectId, onClose }: CreateWebhookDialogProps) {
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const isNarrow = useIsNarrow();
  const guard = useSecretGuard(onClose);
  const form = useForm<WebhookValues>({ initialValues: { url: '', events: [] }, validate: WEBHOOK_RULES });
  const creating = useMutation(
    trpc.webhooks.create.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => form.setErrors(formErrors(readFailure(error))),
      onSuccess: () => void readAgain(),
    }),
  );
  const secret = creating.data?.secret;
  if (secret != null) {
    return (
      <Modal
        opened
        onClose={guard.leave}
        closeOnClickOutside={false}
        size={820}
        fullScreen={isNarrow}
        title="The webhook is ready"
      >
        <SecretPanel
          secret={secret}
          note="Your receiver checks with it that a call comes from here. We keep it encrypted and do not show it again."
          onCopy={guard.onCopy}
        />
        <div style={{ marginTop: 'var(--mantine-spacing-md)' }}>{guard.footer}</div>
      </Modal>
    );
  }
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} size={820} fullScreen={isNarrow} title="New webhook">
      <WebhookForm
        form={form}
        failure={creating.isError ? readFailure(creating.error) : null}
        submitLabel="Create webhook"
        isPending={creating.isPending}
        onSubmit={(values) => creating.mutate({ projectId, ...values })}
        onCancel={onClose}
      />
    </FormModal>
  );
}
