import { Group, Paper, Table, Text } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { TextLink } from '../../ui/links.tsx';
import { formatCount, plural } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import classes from './catalogue.module.css';
import { Lifecycle, SeverityCounts, StaleHint, Tags } from './catalogue-words.tsx';

type Service = catalogueSchemas.Service;
type RowsProps = { readonly slug: string; readonly rows: readonly Service[] };
type RowProps = { readonly slug: string; readonly service: Service };

export function ServiceTable({ slug, rows }: RowsProps) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={820} type="native">
        <Table verticalSpacing={10} horizontalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Service</Table.Th>
              <Table.Th>Lifecycle</Table.Th>
              <Table.Th>Open findings</Table.Th>
              <Table.Th className={classes.number ?? ''}>Endpoints</Table.Th>
              <Table.Th>Last scan</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((service) => (
              <Table.Tr key={service.id}>
                <Table.Td maw={320}>
                  <Name slug={slug} service={service} />
                  <Tags tags={service.tags} />
                </Table.Td>
                <Table.Td>
                  <Lifecycle lifecycle={service.lifecycle} />
                </Table.Td>
                <Table.Td>
                  <SeverityCounts counts={service.openFindings} />
                </Table.Td>
                <Table.Td className={classes.number ?? ''}>{formatCount(service.endpointCount)}</Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <LastScan slug={slug} service={service} />
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
export function ServiceCards({ slug, rows }: RowsProps) {
  return (
    <ul className={classes.list}>
      {rows.map((service) => (
        <Paper key={service.id} component="li" withBorder p="sm">
          <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
            <Name slug={slug} service={service} />
            <Text component="span" size="sm">
              <Lifecycle lifecycle={service.lifecycle} />
            </Text>
          </Group>
          <Text component="div" size="sm" my={6}>
            <SeverityCounts counts={service.openFindings} />
          </Text>
          <Tags tags={service.tags} />
          <Group justify="space-between" gap="2px 12px" fz="sm" c="dimmed" mt={6}>
            <span>{plural(service.endpointCount, 'endpoint')}</span>
            <LastScan slug={slug} service={service} />
          </Group>
        </Paper>
      ))}
    </ul>
  );
}

function Name({ slug, service }: RowProps) {
  return (
    <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
      <TextLink
        to="/organizations/$slug/services/$serviceId"
        params={{ slug, serviceId: service.id }}
        fw={500}
        fz="sm"
        c="var(--mantine-color-text)"
      >
        {service.name}
      </TextLink>
      {service.ownerTeam !== null && (
        <Text size="xs" c="dimmed">
          {service.ownerTeam}
        </Text>
      )}
    </div>
  );
}

function LastScan({ slug, service: { latestScanId, latestScanAt } }: RowProps) {
  if (latestScanId === null) return <>Never</>;
  return (
    <div>
      <TextLink to="/organizations/$slug/scan-runs/$scanRunId" params={{ slug, scanRunId: latestScanId }} size="sm">
        <TimeAgo at={latestScanAt} />
      </TextLink>
      <div>
        <StaleHint at={latestScanAt} />
      </div>
    </div>
  );
}
