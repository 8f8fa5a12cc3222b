import { Box, Button, Group, MultiSelect } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { IconApi, IconSearchOff } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import { isNarrowed, readServiceFilters, type ServiceFilters } from './catalogue-filters.ts';
import { LIFECYCLE_WORDS, LIFECYCLES } from './catalogue-words.tsx';
import { NoCatalogue } from './no-catalogue.tsx';
import { ScanCommand } from './scan-command.tsx';
import { ServiceCards, ServiceTable } from './service-rows.tsx';

const route = getRouteApi('/app/organizations/$slug/services/');

export function ServicesScreen() {
  const { name, role } = useOrganization();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: readServiceFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  const clear = () => void navigate({ search: {}, replace: true, resetScroll: false });
  const lifecycle = filters.lifecycle ?? [];
  return (
    <>
      <PageHeader
        title="Services"
        tabTitle={`Services · ${name}`}
        description="The APIs of the organization, as their last scans have them."
      />
      {can(role, 'viewCatalog') ? (
        <>
          <Group gap="sm" mb="md" role="search" aria-label="Filter services">
            <SearchInput placeholder="Search by name" value={filters.q ?? ''} onChange={(q) => set({ q })} />
            <MultiSelect
              aria-label="Lifecycle"
              placeholder={lifecycle.length === 0 ? 'Any lifecycle' : ''}
              w={{ base: '100%', sm: 260 }}
              data={LIFECYCLES.map((value) => ({ value, label: LIFECYCLE_WORDS[value] }))}
              value={lifecycle}
              onChange={(value) => set({ lifecycle: value })}
              clearable
            />
            {isNarrowed(filters) && (
              <Button variant="subtle" size="compact-sm" onClick={clear}>
                Clear filters
              </Button>
            )}
          </Group>
          <section aria-label="Services">
            <Services filters={filters} onClear={clear} />
          </section>
        </>
      ) : (
        <NoCatalogue />
      )}
    </>
  );
}

type ServicesProps = { readonly filters: ServiceFilters; readonly onClear: () => void };

function Services({ filters, onClear }: ServicesProps) {
  const trpc = useTRPC();
  const { slug } = useOrganization();
  const isNarrow = useIsNarrow();
  const services = useInfiniteQuery(
    trpc.services.list.infiniteQueryOptions(
      { organizationId: slug, ...filters },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: keepPreviousData },
    ),
  );
  if (services.isPending) return <TableSkeleton rows={5} height={56} />;
  if (services.data === undefined) return <ErrorPanel error={services.error} onRetry={services.refetch} />;
  const rows = services.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return <NoServices isNarrowed={isNarrowed(filters)} onClear={onClear} />;
  const List = isNarrow ? ServiceCards : ServiceTable;
  return (
    <div aria-busy={services.isPlaceholderData || undefined}>
      <List slug={slug} rows={rows} />
      <LoadMore query={services} />
    </div>
  );
}

function NoServices({ isNarrowed: hasFilters, onClear }: { readonly isNarrowed: boolean; readonly onClear: () => void }) {
  if (hasFilters)
    return (
      <Blank icon={<IconSearchOff size={28} />} title="Nothing matches" description="No service passes all of these filters.">
        <Button variant="default" onClick={onClear}>
          Clear filters
        </Button>
      </Blank>
    );
  return (
    <>
      <Blank
        icon={<IconApi size={28} />}
        title="No service has been scanned yet"
        description="A service appears with its first scan. Run this where its OpenAPI description is, or in its build."
      />
      <Box mt="md">
        <ScanCommand />
      </Box>
    </>
  );
}
