import { Group, Paper, Table, Text } from '@mantine/core';
import type { ingestSchemas } from '@reqbase/core/contract';
import type { ReactNode } from 'react';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import classes from './catalogue.module.css';
import { Operation, Tags } from './catalogue-words.tsx';

type Row = Pick<ingestSchemas.NormalizedEndpoint, 'method' | 'path' | 'operationId' | 'tags' | 'summary'>;
type EndpointTableProps<Endpoint extends Row> = {
  readonly rows: readonly Endpoint[];
  readonly stateOf: (endpoint: Endpoint) => ReactNode;
};

/** Endpoints of a service or of a scan; on narrow screens, cards. */
export function EndpointTable<Endpoint extends Row>({ rows, stateOf }: EndpointTableProps<Endpoint>) {
  const isNarrow = useIsNarrow();
  if (isNarrow)
    return (
      <ul className={classes.list}>
        {rows.map((endpoint) => (
          <Paper key={keyOf(endpoint)} component="li" withBorder p="sm" fz="sm">
            <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
              <Operation {...endpoint} />
              {stateOf(endpoint)}
            </Group>
            <Said endpoint={endpoint} />
            <Tags tags={endpoint.tags} />
          </Paper>
        ))}
      </ul>
    );
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={680} type="native">
        <Table verticalSpacing={8} horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Endpoint</Table.Th>
              <Table.Th>Tags</Table.Th>
              <Table.Th>State</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((endpoint) => (
              <Table.Tr key={keyOf(endpoint)}>
                <Table.Td>
                  <Operation {...endpoint} />
                  <Said endpoint={endpoint} />
                </Table.Td>
                <Table.Td>
                  <Tags tags={endpoint.tags} />
                </Table.Td>
                <Table.Td>{stateOf(endpoint)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

const keyOf = ({ method, path }: Row) => `${method} ${path}`;

function Said({ endpoint: { summary, operationId } }: { readonly endpoint: Row }) {
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {summary}
      {summary !== null && operationId !== null && ' · '}
      {operationId === null ? summary === null ? 'No operation id' : '' : <span className="mono">{operationId}</span>}
    </Text>
  );
}
