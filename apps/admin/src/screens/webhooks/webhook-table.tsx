import { ActionIcon, Badge, Group, Menu, Paper, Stack, Table, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { webhookSchemas } from '@reqbase/core/contract';
import {
  IconDots,
  IconListDetails,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react';
import { plural } from '../../ui/number-format.ts';
import { StatusDot } from '../../ui/status-dot.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { hostOf, type Webhook } from './webhook-api.ts';

export type WebhookAction = 'edit' | 'deliveries' | 'rotate' | 'delete';

type RowActions = {
  readonly onOpen: (action: WebhookAction, webhook: Webhook) => void;
  readonly onSwitch: (webhook: Webhook) => void;
};
type WebhookTableProps = RowActions & { readonly rows: readonly Webhook[] };

export function WebhookTable({ rows, ...actions }: WebhookTableProps) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={760} type="native">
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Receiver</Table.Th>
              <Table.Th>Events</Table.Th>
              <Table.Th>Last sent</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th w={48}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((webhook) => (
              <Table.Tr key={webhook.id}>
                <Table.Td>
                  <Receiver webhook={webhook} {...actions} />
                </Table.Td>
                <Table.Td>
                  <Events webhook={webhook} />
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <TimeAgo at={webhook.lastTriggeredAt} />
                </Table.Td>
                <Table.Td>
                  <Status webhook={webhook} />
                </Table.Td>
                <Table.Td>
                  <WebhookMenu webhook={webhook} {...actions} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

export function WebhookCards({ rows, ...actions }: WebhookTableProps) {
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
      {rows.map((webhook) => (
        <Paper key={webhook.id} component="li" withBorder p="md">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Receiver webhook={webhook} {...actions} />
            <WebhookMenu webhook={webhook} {...actions} />
          </Group>
          <Group gap="xs" my="sm">
            <Events webhook={webhook} />
          </Group>
          <Status webhook={webhook} />
          <Text size="sm" c="dimmed" mt={4}>
            Last sent: <TimeAgo at={webhook.lastTriggeredAt} />
          </Text>
        </Paper>
      ))}
    </Stack>
  );
}

type RowProps = { readonly webhook: Webhook };

/** Leads to what most people come for: how it goes. */
function Receiver({ webhook, onOpen }: RowProps & RowActions) {
  return (
    <UnstyledButton onClick={() => onOpen('deliveries', webhook)} style={{ minWidth: 0 }} title="Deliveries and test">
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
        {hostOf(webhook)}
      </Text>
      <Text size="xs" c="dimmed" className="mono" lineClamp={2} maw={360} style={{ overflowWrap: 'anywhere' }}>
        {webhook.url}
      </Text>
    </UnstyledButton>
  );
}

const SHOWN_EVENTS = 3;

function Events({ webhook: { events } }: RowProps) {
  const hidden = events.length - SHOWN_EVENTS;
  return (
    <Group gap={6} title={events.join(', ')}>
      {events.slice(0, SHOWN_EVENTS).map((event) => (
        <Badge key={event} variant="default" size="md" radius="sm" tt="none" fw={500} className="mono">
          {event}
        </Badge>
      ))}
      {hidden > 0 && <Text size="xs">+{hidden}</Text>}
    </Group>
  );
}

function Status({ webhook: { status, failureCount, rotatingUntil } }: RowProps) {
  const isGivenUp = status === 'disabled' && failureCount >= webhookSchemas.MAX_FAILURES;
  return (
    <div>
      <StatusDot tone={status === 'active' ? (failureCount === 0 ? 'good' : 'waiting') : isGivenUp ? 'bad' : 'neutral'}>
        {status === 'active' ? 'Active' : 'Disabled'}
      </StatusDot>
      {failureCount > 0 && (
        <Text size="xs" c="dimmed">
          {plural(failureCount, 'failure')} in a row
        </Text>
      )}
      {rotatingUntil !== null && (
        <Text size="xs" c="dimmed">
          Two secrets: the former ends <TimeAgo at={rotatingUntil} />
        </Text>
      )}
    </div>
  );
}

function WebhookMenu({ webhook, onOpen, onSwitch }: RowProps & RowActions) {
  const isActive = webhook.status === 'active';
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${webhook.url}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconListDetails size={16} />} onClick={() => onOpen('deliveries', webhook)}>
          Deliveries and test
        </Menu.Item>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onOpen('edit', webhook)}>
          Edit
        </Menu.Item>
        <Menu.Item
          leftSection={isActive ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
          onClick={() => onSwitch(webhook)}
        >
          {isActive ? 'Disable' : 'Enable'}
        </Menu.Item>
        <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => onOpen('rotate', webhook)}>
          Rotate secret
        </Menu.Item>
        <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onOpen('delete', webhook)}>
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
