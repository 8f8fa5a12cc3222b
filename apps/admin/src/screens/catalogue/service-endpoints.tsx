import { Button, Group, MultiSelect } from '@mantine/core';
import { catalogueSchemas, ingestSchemas } from '@reqbase/core/contract';
import { IconSearchOff } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { type EndpointFilters, isNarrowed, readEndpointFilters } from './catalogue-filters.ts';
import { ENDPOINT_STATE_WORDS, EndpointStateDot } from './catalogue-words.tsx';
import { EndpointTable } from './endpoint-table.tsx';

const route = getRouteApi('/app/organizations/$slug/services/$serviceId/endpoints');
const STATES = catalogueSchemas.EndpointState.options.map((value) => ({ value, label: ENDPOINT_STATE_WORDS[value] }));

/** All endpoints that a service has had, as they are now. */
export function ServiceEndpoints() {
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: readEndpointFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  const clear = () => void navigate({ search: {}, replace: true, resetScroll: false });
  const [method, state] = [filters.method ?? [], filters.state ?? []];
  return (
    <>
      <Group gap="sm" mb="md" role="search" aria-label="Filter endpoints">
        <SearchInput placeholder="Search path, operation id or summary" value={filters.q ?? ''} onChange={(q) => set({ q })} />
        <MultiSelect
          aria-label="Method"
          placeholder={method.length === 0 ? 'Any method' : ''}
          w={{ base: '100%', sm: 190 }}
          data={ingestSchemas.HttpMethod.options}
          value={method}
          onChange={(value) => set({ method: value })}
          clearable
        />
        <MultiSelect
          aria-label="State"
          placeholder={state.length === 0 ? 'Any state' : ''}
          w={{ base: '100%', sm: 190 }}
          data={STATES}
          value={state}
          onChange={(value) => set({ state: value })}
          clearable
        />
        {isNarrowed(filters) && (
          <Button variant="subtle" size="compact-sm" onClick={clear}>
            Clear filters
          </Button>
        )}
      </Group>
      <section aria-label="Endpoints">
        <Endpoints filters={filters} onClear={clear} />
      </section>
    </>
  );
}

function Endpoints({ filters, onClear }: { readonly filters: EndpointFilters; readonly onClear: () => void }) {
  const trpc = useTRPC();
  const { slug: organizationId } = useOrganization();
  const { serviceId: id } = route.useParams();
  const endpoints = useInfiniteQuery(
    trpc.services.endpoints.infiniteQueryOptions(
      { organizationId, id, ...filters, limit: 50 },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: keepPreviousData },
    ),
  );
  if (endpoints.isPending) return <TableSkeleton rows={8} height={44} />;
  if (endpoints.data === undefined) return <ErrorPanel error={endpoints.error} onRetry={endpoints.refetch} />;
  const rows = endpoints.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0)
    return (
      <Blank
        icon={<IconSearchOff size={28} />}
        title={isNarrowed(filters) ? 'Nothing matches' : 'No endpoints'}
        description={isNarrowed(filters) ? 'No endpoint passes all of these filters.' : 'No scan has had any.'}
      >
        {isNarrowed(filters) && (
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        )}
      </Blank>
    );
  return (
    <div aria-busy={endpoints.isPlaceholderData || undefined}>
      <EndpointTable rows={rows} stateOf={({ state }) => <EndpointStateDot state={state} />} />
      <LoadMore query={endpoints} label="More endpoints" />
    </div>
  );
}
