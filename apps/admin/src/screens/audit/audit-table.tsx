import { Group, Paper, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import type { auditSchemas } from '@reqbase/core/contract';
import { IconKey, IconPlugConnected, IconRobot, IconUser } from '@tabler/icons-react';
import { StatusDot } from '../../ui/status-dot.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import classes from './audit.module.css';
import { actionText, actorText } from './audit-words.ts';

type AuditEntry = auditSchemas.AuditEntry;
type RowsProps = { readonly rows: readonly AuditEntry[]; readonly onOpen: (entry: AuditEntry) => void };
type EntryProps = { readonly entry: AuditEntry };

export function AuditTable({ rows, onOpen }: RowsProps) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={820} type="native">
        <Table verticalSpacing={10} horizontalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>Who</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>Outcome</Table.Th>
              <Table.Th>From</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((entry) => (
              <Table.Tr key={entry.id}>
                <Table.Td className={classes.time ?? ''}>
                  <TimeAgo at={entry.at} />
                </Table.Td>
                <Table.Td maw={240}>
                  <Actor entry={entry} />
                </Table.Td>
                <Table.Td maw={320}>
                  <What entry={entry} onOpen={onOpen} />
                </Table.Td>
                <Table.Td>
                  <Outcome entry={entry} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm" className="mono">
                    {entry.ip ?? '–'}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

/** The table for narrow screens. */
export function AuditCards({ rows, onOpen }: RowsProps) {
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
      {rows.map((entry) => (
        <Paper key={entry.id} component="li" withBorder p="sm">
          <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
            <What entry={entry} onOpen={onOpen} />
            <Outcome entry={entry} />
          </Group>
          <Group justify="space-between" wrap="nowrap" gap="md" mt={8} align="flex-end">
            <Actor entry={entry} />
            <Text size="sm" c="dimmed" className={classes.time ?? ''}>
              <TimeAgo at={entry.at} />
            </Text>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

/** Opens the details: the one thing of a row that the keyboard stops at. */
function What({ entry, onOpen }: EntryProps & Pick<RowsProps, 'onOpen'>) {
  const { resourceType, resourceId } = entry;
  return (
    <div className={classes.what}>
      <UnstyledButton className={classes.open ?? ''} onClick={() => onOpen(entry)}>
        {actionText(entry)}
      </UnstyledButton>
      <Text size="xs" c="dimmed" truncate>
        {resourceType === null ? (entry.code ?? entry.action) : `${resourceType} ${resourceId ?? ''}`}
      </Text>
    </div>
  );
}

const ACTORS = {
  user: { Icon: IconUser, label: 'A person' },
  api_key: { Icon: IconKey, label: 'By a key' },
  oauth_client: { Icon: IconPlugConnected, label: 'By an app' },
  system: { Icon: IconRobot, label: 'The system' },
} as const satisfies Record<AuditEntry['actor']['type'], object>;

function Actor({ entry }: EntryProps) {
  const { actor, apiKey, oauthClientId } = entry;
  const { Icon, label } = ACTORS[actor.type];
  return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <Icon size={15} aria-label={label} />
      <div className={classes.what}>
        <Text size="sm" truncate>
          {actorText(entry)}
        </Text>
        {oauthClientId !== null && (
          <Text size="xs" c="dimmed" className="mono" style={{ overflowWrap: 'anywhere' }}>
            {oauthClientId}
          </Text>
        )}
        {apiKey !== null && (
          <Text size="xs" c="dimmed" truncate>
            {apiKey.name} · <span className="mono">{apiKey.prefix}…</span>
          </Text>
        )}
      </div>
    </Group>
  );
}

export function Outcome({ entry: { outcome } }: EntryProps) {
  return (
    <Text component="span" size="sm">
      <StatusDot tone={outcome === 'allowed' ? 'good' : 'bad'}>{outcome === 'allowed' ? 'Allowed' : 'Denied'}</StatusDot>
    </Text>
  );
}
