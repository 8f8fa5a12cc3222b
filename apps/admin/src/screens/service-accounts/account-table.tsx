import { ActionIcon, Badge, Group, Menu, Paper, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import type { Role } from '@reqbase/core/contract';
import { IconDots, IconKey, IconPencil, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { plural } from '../../ui/number-format.ts';
import { StatusDot } from '../../ui/status-dot.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { ROLE_WORDS } from '../members/role-words.ts';
import { isAbove, type ServiceAccount } from './account-api.ts';

type RowActions = {
  /** The person's own role in the organization. */
  readonly own: Role | null;
  /** Null on a plan without keys. */
  readonly onNewKey: ((account: ServiceAccount) => void) | null;
  readonly onEdit: (account: ServiceAccount) => void;
  readonly onDisable: (account: ServiceAccount) => void;
  readonly onEnable: (account: ServiceAccount) => void;
};
type AccountTableProps = RowActions & { readonly rows: readonly ServiceAccount[] };

export function AccountTable({ rows, ...actions }: AccountTableProps) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={720} type="native">
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Role</Table.Th>
              <Table.Th>Keys</Table.Th>
              <Table.Th>Made</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th w={48}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((account) => (
              <Table.Tr key={account.id} {...(account.disabledAt !== null && { c: 'dimmed' })}>
                <Table.Td>
                  <Text size="sm" fw={600} lineClamp={1} maw={320}>
                    {account.name}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <RoleBadge role={account.role} />
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>{keysText(account)}</Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <TimeAgo at={account.createdAt} />
                  {account.createdBy !== null && (
                    <Text size="xs" c="dimmed">
                      by {account.createdBy}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <Status account={account} />
                </Table.Td>
                <Table.Td>
                  <AccountMenu account={account} {...actions} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

export function AccountCards({ rows, ...actions }: AccountTableProps) {
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
      {rows.map((account) => (
        <Paper key={account.id} component="li" withBorder p="md">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
              {account.name}
            </Text>
            <AccountMenu account={account} {...actions} />
          </Group>
          <Group gap="md" my="xs" fz="sm">
            <RoleBadge role={account.role} />
            <Status account={account} />
          </Group>
          <Text size="sm" c="dimmed">
            {keysText(account)} · made <TimeAgo at={account.createdAt} />
            {account.createdBy !== null && ` by ${account.createdBy}`}
          </Text>
        </Paper>
      ))}
    </Stack>
  );
}

function keysText({ keyCount, activeKeyCount }: ServiceAccount): string {
  if (keyCount === 0) return 'No keys';
  const ended = keyCount - activeKeyCount;
  if (activeKeyCount === 0) return `${ended} ended`;
  return ended === 0 ? plural(activeKeyCount, 'key') : `${plural(activeKeyCount, 'key')}, ${ended} ended`;
}

function RoleBadge({ role }: { readonly role: Role }) {
  return (
    <Badge variant="default" size="md" tt="none" fw={500}>
      {ROLE_WORDS[role]}
    </Badge>
  );
}

function Status({ account: { disabledAt } }: { readonly account: ServiceAccount }) {
  if (disabledAt === null) return <StatusDot tone="good">Active</StatusDot>;
  return (
    <StatusDot tone="bad">
      <span>
        Disabled <TimeAgo at={disabledAt} />
      </span>
    </StatusDot>
  );
}

function AccountMenu({ account, own, onNewKey, onEdit, onDisable, onEnable }: RowActions & { readonly account: ServiceAccount }) {
  const isOut = isAbove(account.role, own);
  const why = isOut ? <Text size="xs">Its role is above yours</Text> : null;
  const isDisabled = account.disabledAt !== null;
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${account.name}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {onNewKey !== null && (
          <Menu.Item leftSection={<IconKey size={16} />} disabled={isOut || isDisabled} onClick={() => onNewKey(account)}>
            New key
            {why}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconPencil size={16} />} disabled={isOut} onClick={() => onEdit(account)}>
          Edit
          {why}
        </Menu.Item>
        {isDisabled ? (
          <Menu.Item leftSection={<IconPlayerPlay size={16} />} disabled={isOut} onClick={() => onEnable(account)}>
            Enable
            {why}
          </Menu.Item>
        ) : (
          <Menu.Item color="red" leftSection={<IconPlayerPause size={16} />} onClick={() => onDisable(account)}>
            Disable
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
