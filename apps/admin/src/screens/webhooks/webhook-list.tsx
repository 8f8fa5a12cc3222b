import { IconWebhook } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { DeleteWebhookDialog } from './delete-webhook-dialog.tsx';
import { DeliveriesDialog } from './deliveries-dialog.tsx';
import { EditWebhookDialog } from './edit-webhook-dialog.tsx';
import { RotateSecretDialog } from './rotate-secret-dialog.tsx';
import { hostOf, useReadAgain, type Webhook } from './webhook-api.ts';
import { type WebhookAction, WebhookCards, WebhookTable } from './webhook-table.tsx';

type WebhookListProps = { readonly projectId: string; readonly action: ReactNode };

const DIALOGS = {
  edit: EditWebhookDialog,
  deliveries: DeliveriesDialog,
  rotate: RotateSecretDialog,
  delete: DeleteWebhookDialog,
} as const satisfies Record<WebhookAction, unknown>;

/** All of them: a project has twenty at most. */
const LIMIT = 100;

export function WebhookList({ projectId, action }: WebhookListProps) {
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const webhooks = useQuery(trpc.webhooks.list.queryOptions({ projectId, limit: LIMIT }));
  const [opened, setOpened] = useState<{ readonly action: WebhookAction; readonly webhook: Webhook } | null>(null);
  const isNarrow = useIsNarrow();
  const switching = useMutation(
    trpc.webhooks.update.mutationOptions({
      onSuccess: async ({ status, url }) => {
        await readAgain();
        notifyDone(`The webhook to ${hostOf({ url })} is ${status === 'active' ? 'active' : 'disabled'}.`);
      },
    }),
  );
  const actions = {
    onOpen: (chosen: WebhookAction, webhook: Webhook) => setOpened({ action: chosen, webhook }),
    onSwitch: ({ id: webhookId, status }: Webhook) =>
      switching.mutate({ projectId, webhookId, status: status === 'active' ? 'disabled' : 'active' }),
  };
  if (webhooks.isPending) return <TableSkeleton rows={3} height={64} />;
  if (webhooks.isError) return <ErrorPanel error={webhooks.error} onRetry={webhooks.refetch} />;
  const rows = webhooks.data.items;
  const Dialog = opened === null ? null : DIALOGS[opened.action];
  return (
    <section aria-label="Webhooks">
      {rows.length === 0 ? (
        <Blank
          icon={<IconWebhook size={28} />}
          title="No webhooks yet"
          description="A webhook tells another system at once of what happens here: a new conversation, a request that is done."
        >
          {action}
        </Blank>
      ) : isNarrow ? (
        <WebhookCards rows={rows} {...actions} />
      ) : (
        <WebhookTable rows={rows} {...actions} />
      )}
      {Dialog !== null && opened !== null && (
        <Dialog projectId={projectId} webhook={opened.webhook} onClose={() => setOpened(null)} />
      )}
    </section>
  );
}
