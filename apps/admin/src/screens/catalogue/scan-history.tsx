import { Group, Paper, Table, Text } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { formatCount } from '../../ui/number-format.ts';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import classes from './catalogue.module.css';
import { SeverityCounts, scanName, sumOf } from './catalogue-words.tsx';
import { changesText } from './changes-text.ts';

type ScanRun = catalogueSchemas.ScanRun;
const route = getRouteApi('/app/organizations/$slug/services/$serviceId/scan-runs');

/** All scans of a service, the newest first. */
export function ScanHistory() {
  const trpc = useTRPC();
  const { slug } = useOrganization();
  const { serviceId: id } = route.useParams();
  const isNarrow = useIsNarrow();
  const runs = useInfiniteQuery(
    trpc.services.scanRuns.infiniteQueryOptions(
      { organizationId: slug, id },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  if (runs.isPending) return <TableSkeleton rows={6} height={48} />;
  if (runs.data === undefined) return <ErrorPanel error={runs.error} onRetry={runs.refetch} />;
  const rows = runs.data.pages.flatMap(({ items }) => items);
  const List = isNarrow ? RunCards : RunTable;
  return (
    <section aria-label="Scans">
      <List slug={slug} rows={rows} />
      <LoadMore query={runs} label="More scans" />
    </section>
  );
}

type RowsProps = { readonly slug: string; readonly rows: readonly ScanRun[] };

function RunTable({ slug, rows }: RowsProps) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={760} type="native">
        <Table verticalSpacing={10} horizontalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Scan</Table.Th>
              <Table.Th>When</Table.Th>
              <Table.Th>Changes</Table.Th>
              <Table.Th>Findings</Table.Th>
              <Table.Th className={classes.number ?? ''}>Endpoints</Table.Th>
              <Table.Th>By</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((run) => (
              <Table.Tr key={run.id}>
                <Table.Td>
                  <RunLink slug={slug} run={run} />
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <TimeAgo at={run.createdAt} />
                </Table.Td>
                <Table.Td>{changesText(run)}</Table.Td>
                <Table.Td>
                  <Found run={run} />
                </Table.Td>
                <Table.Td className={classes.number ?? ''}>{formatCount(run.endpointCount)}</Table.Td>
                <Table.Td>{run.createdBy.name}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

/** The table for narrow screens. */
function RunCards({ slug, rows }: RowsProps) {
  return (
    <ul className={classes.list}>
      {rows.map((run) => (
        <Paper key={run.id} component="li" withBorder p="sm" fz="sm">
          <Group justify="space-between" gap="xs">
            <RunLink slug={slug} run={run} />
            <Text component="span" size="sm" c="dimmed">
              <TimeAgo at={run.createdAt} />
            </Text>
          </Group>
          <Text size="sm" my={4}>
            {changesText(run)}
          </Text>
          <Found run={run} />
        </Paper>
      ))}
    </ul>
  );
}

function RunLink({ slug, run }: { readonly slug: string; readonly run: ScanRun }) {
  return (
    <TextLink to="/organizations/$slug/scan-runs/$scanRunId" params={{ slug, scanRunId: run.id }} size="sm" fw={500}>
      {scanName(run.number)}
    </TextLink>
  );
}

function Found({ run }: { readonly run: ScanRun }) {
  if (sumOf(run.findingsBySeverity) === 0) return <>None</>;
  return <SeverityCounts counts={run.findingsBySeverity} />;
}
