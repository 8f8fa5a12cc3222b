import { Badge, Button, Group, Paper, SegmentedControl, Select, Stack, Table, Text } from '@mantine/core';
import type { requesterSchemas } from '@reqbase/core/contract';
import { IconSearchOff, IconUsers } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { formatCents, formatCount } from '../../ui/number-format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useProject } from '../projects/use-project.ts';
import { type RequesterFilters, readRequesterFilters } from './requester-filters.ts';
import { requesterName } from './requester-name.ts';

const route = getRouteApi('/app/projects/$slug/requesters/');

const SORTS = [
  { value: 'lastSeenAt', label: 'Last seen first' },
  { value: 'createdAt', label: 'Newest first' },
  { value: 'revenue', label: 'Most revenue first' },
  { value: 'updatedAt', label: 'Last changed first' },
];
const KINDS = [
  { value: 'identified', label: 'Identified' },
  { value: 'anonymous', label: 'Anonymous' },
  { value: 'all', label: 'All' },
];

export function RequestersScreen() {
  const project = useProject();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: readRequesterFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  return (
    <>
      <PageHeader title="Requesters" tabTitle={`Requesters · ${project.name}`} description="Who asked, voted or wrote." />
      <Group gap="sm" mb="md" role="search" aria-label="Filter requesters">
        <SearchInput
          placeholder="Search name, e-mail address, company or id"
          value={filters.q ?? ''}
          onChange={(q) => set({ q })}
        />
        <SegmentedControl
          aria-label="Kind"
          data={KINDS}
          value={filters.kind ?? 'identified'}
          onChange={(kind) => set({ kind })}
        />
        <Select
          aria-label="Order"
          w={{ base: '100%', sm: 190 }}
          data={SORTS}
          value={filters.sort ?? 'lastSeenAt'}
          onChange={(sort) => set({ sort })}
          allowDeselect={false}
        />
      </Group>
      <section aria-label="Requesters">
        <Requesters projectId={project.slug} filters={filters} onClear={() => set({ q: undefined, kind: 'all' })} />
      </section>
    </>
  );
}

type RequestersProps = { readonly projectId: string; readonly filters: RequesterFilters; readonly onClear: () => void };

function Requesters({ projectId, filters, onClear }: RequestersProps) {
  const trpc = useTRPC();
  const isNarrow = useIsNarrow();
  const requesters = useInfiniteQuery(
    trpc.requesters.list.infiniteQueryOptions({ projectId, ...filters }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  if (requesters.isPending) return <TableSkeleton rows={8} height={48} />;
  if (requesters.isError) return <ErrorPanel error={requesters.error} onRetry={requesters.refetch} />;
  const rows = requesters.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return <NoRequesters filters={filters} onClear={onClear} />;
  const shown = { rows, filters, slug: projectId };
  return (
    <>
      {isNarrow ? <RequesterCards {...shown} /> : <RequesterTable {...shown} />}
      <LoadMore query={requesters} />
    </>
  );
}

function NoRequesters({ filters: { q, kind }, onClear }: Pick<RequestersProps, 'filters' | 'onClear'>) {
  if (q !== undefined) {
    return (
      <Blank icon={<IconSearchOff size={28} />} title="Nobody matches" description="Nobody passes all of these filters.">
        <Button variant="default" onClick={onClear}>
          Show everybody
        </Button>
      </Blank>
    );
  }
  if (kind === 'anonymous')
    return <Blank icon={<IconUsers size={28} />} title="Nobody anonymous" description="Visitors without a name appear here." />;
  return (
    <Blank
      icon={<IconUsers size={28} />}
      title={kind === 'all' ? 'Nobody has asked yet' : 'Nobody has identified themselves yet'}
      description="People appear here once your product tells the widget who they are, or a request names them by the API."
    >
      {kind === undefined && (
        <Button variant="default" onClick={onClear}>
          Show anonymous visitors too
        </Button>
      )}
    </Blank>
  );
}

type RowsProps = {
  readonly rows: readonly requesterSchemas.Requester[];
  readonly filters: RequesterFilters;
  readonly slug: string;
};

function RequesterTable({ rows, filters, slug }: RowsProps) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={860} type="native">
        <Table verticalSpacing={10} horizontalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Requester</Table.Th>
              <Table.Th>Company</Table.Th>
              <Table.Th>Plan</Table.Th>
              <Table.Th ta="right">Revenue</Table.Th>
              <Table.Th ta="right">Requests</Table.Th>
              <Table.Th ta="right">Votes</Table.Th>
              <Table.Th>Last seen</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((requester) => (
              <Table.Tr key={requester.id}>
                <Table.Td maw={280}>
                  <RequesterTitle requester={requester} filters={filters} slug={slug} />
                </Table.Td>
                <Table.Td>{requester.company}</Table.Td>
                <Table.Td>
                  <PlanBadge requester={requester} />
                </Table.Td>
                <Table.Td ta="right">{formatCents(requester.monthlyRevenue)}</Table.Td>
                <Table.Td ta="right">{formatCount(requester.featureCount)}</Table.Td>
                <Table.Td ta="right">{formatCount(requester.voteCount)}</Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <TimeAgo at={requester.lastSeenAt} />
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
function RequesterCards({ rows, filters, slug }: RowsProps) {
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
      {rows.map((requester) => (
        <Paper key={requester.id} component="li" withBorder p="sm">
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <RequesterTitle requester={requester} filters={filters} slug={slug} />
            <PlanBadge requester={requester} />
          </Group>
          <Group gap="md" mt={6} c="dimmed" fz="sm">
            {requester.company !== null && <span>{requester.company}</span>}
            <span>{formatCents(requester.monthlyRevenue)} a month</span>
            <Text size="sm" ml="auto" component="span">
              <TimeAgo at={requester.lastSeenAt} />
            </Text>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

type RequesterTitleProps = Pick<RowsProps, 'filters' | 'slug'> & { readonly requester: requesterSchemas.Requester };

function RequesterTitle({ requester, filters, slug }: RequesterTitleProps) {
  return (
    <div style={{ minWidth: 0 }}>
      <TextLink
        to="/projects/$slug/requesters/$requesterId"
        params={{ slug, requesterId: requester.id }}
        search={filters}
        fw={500}
        fz="sm"
        c="var(--mantine-color-text)"
      >
        {requesterName(requester)}
      </TextLink>
      {requester.email !== null && requester.email !== requesterName(requester) && (
        <Text size="xs" c="dimmed" truncate>
          {requester.email}
        </Text>
      )}
    </div>
  );
}

function PlanBadge({ requester: { traits } }: { readonly requester: requesterSchemas.Requester }) {
  if (typeof traits.plan !== 'string') return null;
  return (
    <Badge variant="default" size="sm" tt="none" fw={500}>
      {traits.plan}
    </Badge>
  );
}
