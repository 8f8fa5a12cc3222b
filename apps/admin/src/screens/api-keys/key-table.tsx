import {
  ActionIcon,
  Anchor,
  Badge,
  Group,
  Menu,
  Paper,
  Popover,
  Stack,
  Table,
  Text,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import {
  IconDots,
  IconFocus2,
  IconPencil,
  IconRefresh,
  IconRobot,
  IconShieldCheck,
  IconTrash,
  IconUser,
} from '@tabler/icons-react';
import { StatusDot } from '../../ui/status-dot.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { constraintsOf } from './constraints.ts';
import { stateOf } from './key-state.ts';

type ApiKey = apiKeySchemas.ApiKey;
type RowActions = {
  readonly onShow: (key: ApiKey) => void;
  readonly onCheck: ((key: ApiKey) => void) | null;
  readonly onEdit: (key: ApiKey) => void;
  readonly onRotate: (key: ApiKey) => void;
  /** Null: it can be. */
  readonly whyNotRotate: (key: ApiKey) => string | null;
  readonly onRevoke: (key: ApiKey) => void;
};
type KeyTableProps = RowActions & { readonly rows: readonly ApiKey[] };

export function KeyTable({ rows, ...actions }: KeyTableProps) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={860} type="native">
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Scopes</Table.Th>
              <Table.Th>Owner</Table.Th>
              <Table.Th>Last used</Table.Th>
              <Table.Th>Expires</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th w={48}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((key) => (
              <Table.Tr key={key.id} {...(key.status !== 'active' && { c: 'dimmed' })}>
                <Table.Td>
                  <Name apiKey={key} onShow={actions.onShow} />
                </Table.Td>
                <Table.Td>
                  <Scopes apiKey={key} />
                </Table.Td>
                <Table.Td>
                  <Owner apiKey={key} />
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <TimeAgo at={key.lastUsedAt} />
                  {key.lastUsedIp !== null && (
                    <Text size="xs" c="dimmed" className="mono">
                      {key.lastUsedIp}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <TimeAgo at={key.expiresAt} />
                </Table.Td>
                <Table.Td>
                  <Status apiKey={key} />
                </Table.Td>
                <Table.Td>
                  <KeyMenu apiKey={key} {...actions} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

export function KeyCards({ rows, ...actions }: KeyTableProps) {
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
      {rows.map((key) => (
        <Paper key={key.id} component="li" withBorder p="md">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Name apiKey={key} onShow={actions.onShow} />
            <KeyMenu apiKey={key} {...actions} />
          </Group>
          <Group gap="xs" my="sm">
            <Scopes apiKey={key} />
          </Group>
          <Group gap="md" fz="sm">
            <Status apiKey={key} />
            <Owner apiKey={key} />
          </Group>
          <Text size="sm" c="dimmed" mt={4}>
            Last used: <TimeAgo at={key.lastUsedAt} />
            {key.lastUsedIp !== null && ` from ${key.lastUsedIp}`} · Expires: <TimeAgo at={key.expiresAt} />
          </Text>
        </Paper>
      ))}
    </Stack>
  );
}

function Name({ apiKey, onShow }: { readonly apiKey: ApiKey; readonly onShow: RowActions['onShow'] }) {
  return (
    <div>
      <Anchor component="button" type="button" size="sm" fw={600} c="inherit" ta="left" onClick={() => onShow(apiKey)}>
        <Text component="span" inherit lineClamp={1} maw={220}>
          {apiKey.name}
        </Text>
      </Anchor>
      <Text size="xs" c="dimmed" className="mono">
        {apiKey.prefix}…
      </Text>
      <Links apiKey={apiKey} />
      {apiKey.source === 'device_flow' && (
        <Text size="xs" c="dimmed">
          Asked for by a device
        </Text>
      )}
    </div>
  );
}

/** What it has to do with other keys, and from where it may be used. */
function Links({ apiKey: { replaces, replacedBy, allowedIps } }: { readonly apiKey: ApiKey }) {
  const [first, ...others] = allowedIps;
  return (
    <>
      {replacedBy !== null && (
        <Text size="xs" c="dimmed">
          Replaced by <span className="mono">{replacedBy.prefix}…</span>
        </Text>
      )}
      {replaces !== null && (
        <Text size="xs" c="dimmed">
          Replaces <span className="mono">{replaces.prefix}…</span>
        </Text>
      )}
      {first !== undefined && (
        <Text size="xs" c="dimmed" title={allowedIps.join(', ')}>
          Only from <span className="mono">{first}</span>
          {others.length > 0 && ` and ${others.length} more`}
        </Text>
      )}
    </>
  );
}

const SHOWN_SCOPES = 2;

function Scopes({ apiKey }: { readonly apiKey: ApiKey }) {
  const hidden = apiKey.scopes.slice(SHOWN_SCOPES);
  return (
    <Group gap={6}>
      {apiKey.scopes.slice(0, SHOWN_SCOPES).map((scope) => (
        <Scope key={scope.id} scope={scope} />
      ))}
      {hidden.length > 0 && (
        <Popover withArrow shadow="md">
          <Popover.Target>
            <UnstyledButton fz="xs" td="underline" aria-label={`${hidden.length} more scopes of ${apiKey.name}`}>
              +{hidden.length}
            </UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown>
            <Stack gap={4}>
              {hidden.map((scope) => (
                <Scope key={scope.id} scope={scope} />
              ))}
            </Stack>
          </Popover.Dropdown>
        </Popover>
      )}
    </Group>
  );
}

function Scope({ scope }: { readonly scope: ApiKey['scopes'][number] }) {
  const constraints = constraintsOf(scope);
  const bound = constraints.length === 0 ? null : `Only for one ${constraints.map(({ kind }) => kind).join(', ')}`;
  return (
    <Badge
      variant="default"
      size="md"
      radius="sm"
      tt="none"
      fw={500}
      className="mono"
      rightSection={bound !== null && <IconFocus2 size={13} role="img" aria-label={bound} />}
      {...(bound !== null && { title: bound })}
    >
      {scope.permission}
    </Badge>
  );
}

function Owner({ apiKey }: { readonly apiKey: ApiKey }) {
  const isPerson = apiKey.ownerPrincipalType === 'user';
  const Icon = isPerson ? IconUser : IconRobot;
  return (
    <Group gap={6} wrap="nowrap" title={isPerson ? 'A person' : 'A service account'}>
      <Icon size={15} aria-label={isPerson ? 'Person' : 'Service account'} />
      <span style={{ whiteSpace: 'nowrap' }}>{apiKey.ownerDisplayName}</span>
    </Group>
  );
}

function Status({ apiKey }: { readonly apiKey: ApiKey }) {
  const { tone, label } = stateOf(apiKey, new Date());
  return <StatusDot tone={tone}>{label}</StatusDot>;
}

function KeyMenu({ apiKey, onCheck, onEdit, onRotate, whyNotRotate, onRevoke }: RowActions & { readonly apiKey: ApiKey }) {
  const why = whyNotRotate(apiKey);
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${apiKey.name}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {onCheck !== null && (
          <Menu.Item leftSection={<IconShieldCheck size={16} />} onClick={() => onCheck(apiKey)}>
            Check access
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconPencil size={16} />} disabled={apiKey.status !== 'active'} onClick={() => onEdit(apiKey)}>
          Edit
        </Menu.Item>
        <Menu.Item leftSection={<IconRefresh size={16} />} disabled={why !== null} onClick={() => onRotate(apiKey)}>
          Rotate
          {why !== null && <Text size="xs">{why}</Text>}
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} />}
          disabled={apiKey.status === 'revoked'}
          onClick={() => onRevoke(apiKey)}
        >
          Revoke
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
