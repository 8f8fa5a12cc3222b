import { Paper, Table, Text, Title } from '@mantine/core';
import type { usageSchemas } from '@reqbase/core/contract';
import { formatCount, formatShare } from '../../ui/number-format.ts';
import classes from './key-usage-table.module.css';

export function KeyUsageTable({ keys }: { readonly keys: usageSchemas.UsageHistory['keys'] }) {
  const total = keys.reduce((sum, { calls }) => sum + calls, 0);
  return (
    <Paper withBorder component="section" aria-labelledby="by-key">
      <Title order={2} id="by-key" p="md" pb="sm">
        By key
      </Title>
      <Table.ScrollContainer minWidth={240} type="native">
        <Table horizontalSpacing="md" verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Key</Table.Th>
              <Table.Th className={classes.number ?? ''}>Calls</Table.Th>
              <Table.Th className={classes.number ?? ''}>Share</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {keys.map(({ id, name, prefix, calls }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <Text size="sm" fw={500}>
                    {name}
                  </Text>
                  {prefix !== null && (
                    <Text size="xs" c="dimmed" className="mono">
                      {prefix}…
                    </Text>
                  )}
                </Table.Td>
                <Table.Td className={classes.number ?? ''}>{formatCount(calls)}</Table.Td>
                <Table.Td className={classes.number ?? ''}>{formatShare(total === 0 ? 0 : calls / total)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}
