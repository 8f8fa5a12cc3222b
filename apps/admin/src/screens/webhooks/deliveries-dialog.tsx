import { Alert, Button, Group, Modal, Paper, Stack, Text } from '@mantine/core';
import { webhookSchemas } from '@reqbase/core/contract';
import { IconSend } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { plural } from '../../ui/number-format.ts';
import { StatusDot } from '../../ui/status-dot.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { DELIVERY_STATUS, outcomeOf } from './delivery-words.ts';
import { type Delivery, hostOf, useReadAgain, type Webhook } from './webhook-api.ts';

type DeliveriesDialogProps = { readonly projectId: string; readonly webhook: Webhook; readonly onClose: () => void };

/** Deliveries are made by the jobs, and nobody tells the browser of them. */
const READ_EVERY_MS = 3_000;

export function DeliveriesDialog({ projectId, webhook, onClose }: DeliveriesDialogProps) {
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const isNarrow = useIsNarrow();
  const testing = useMutation(
    trpc.webhooks.test.mutationOptions({ meta: { showsFailure: true }, onSuccess: () => void readAgain() }),
  );
  return (
    <Modal opened onClose={onClose} size={720} fullScreen={isNarrow} title={`Deliveries to ${hostOf(webhook)}`}>
      <Stack>
        <Group justify="space-between" align="flex-start" gap="sm">
          <Text size="sm" c="dimmed" flex="1 1 16rem">
            The last {webhookSchemas.KEPT_DELIVERIES}. What fails is tried again for 15 hours, less often each time.
          </Text>
          <Button
            leftSection={<IconSend size={16} />}
            loading={testing.isPending}
            onClick={() => testing.mutate({ projectId, webhookId: webhook.id })}
          >
            Send test
          </Button>
        </Group>
        {testing.isError && (
          <Alert color="red" role="alert" title={testing.error.message}>
            {readFailure(testing.error).requestId !== null && `Request ${readFailure(testing.error).requestId}`}
          </Alert>
        )}
        {testing.isSuccess && <TestResult delivery={testing.data} />}
        <Deliveries projectId={projectId} webhookId={webhook.id} />
      </Stack>
    </Modal>
  );
}

function TestResult({ delivery }: { readonly delivery: Delivery }) {
  const hasArrived = delivery.status === 'succeeded';
  return (
    <Alert
      color={hasArrived ? 'teal' : 'red'}
      role="status"
      title={hasArrived ? 'The test has arrived.' : 'The test has failed.'}
    >
      {outcomeOf(delivery)}
      {delivery.durationMs !== null && ` after ${delivery.durationMs} ms`}
    </Alert>
  );
}

function Deliveries({ projectId, webhookId }: { readonly projectId: string; readonly webhookId: string }) {
  const trpc = useTRPC();
  const deliveries = useQuery(
    trpc.webhooks.deliveries.queryOptions(
      { projectId, webhookId, limit: webhookSchemas.KEPT_DELIVERIES },
      { refetchInterval: READ_EVERY_MS },
    ),
  );
  if (deliveries.isPending) return <TableSkeleton rows={4} height={56} />;
  if (deliveries.isError) return <ErrorPanel error={deliveries.error} onRetry={deliveries.refetch} />;
  const { items } = deliveries.data;
  if (items.length === 0) return <Text size="sm">Nothing has been sent yet.</Text>;
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Deliveries">
      {items.map((delivery) => (
        <Row key={delivery.id} delivery={delivery} />
      ))}
    </Stack>
  );
}

function Row({ delivery }: { readonly delivery: Delivery }) {
  const { event, eventId, attempt, status, durationMs, nextAttemptAt, createdAt } = delivery;
  const { tone, label } = DELIVERY_STATUS[status];
  return (
    <Paper component="li" withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600} className="mono">
          {event}
        </Text>
        <Text size="sm" component="span">
          <StatusDot tone={tone}>{label}</StatusDot>
        </Text>
      </Group>
      <Group justify="space-between" gap="xs" mt={4}>
        <Text size="sm">
          {outcomeOf(delivery)}
          {durationMs !== null && ` · ${durationMs} ms`}
          {attempt > 0 && ` · ${plural(attempt, 'attempt')}`}
          {nextAttemptAt !== null && attempt > 0 && (
            <>
              {' · next '}
              <TimeAgo at={nextAttemptAt} />
            </>
          )}
        </Text>
        <Text size="xs" c="dimmed">
          <TimeAgo at={createdAt} />
        </Text>
      </Group>
      <Text size="xs" c="dimmed" className="mono" mt={2} style={{ overflowWrap: 'anywhere' }}>
        {eventId}
      </Text>
    </Paper>
  );
}
