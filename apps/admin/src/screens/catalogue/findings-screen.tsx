import { Button } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { IconChecks, IconSearchOff } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { Blank } from '../../ui/blank.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { findingQueryOf, isNarrowed, readFindingFilters } from './catalogue-filters.ts';
import { FindingFilterBar } from './finding-filter-bar.tsx';
import { FindingList } from './finding-list.tsx';
import { NoCatalogue } from './no-catalogue.tsx';

const route = getRouteApi('/app/organizations/$slug/findings');

export function FindingsScreen() {
  const { slug, name, role } = useOrganization();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: readFindingFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  const clear = () => void navigate({ search: readFindingFilters({ sort: filters.sort }), replace: true, resetScroll: false });
  return (
    <>
      <PageHeader
        title="Findings"
        tabTitle={`Findings · ${name}`}
        description="What the rules say of all services, and what was decided of it."
      />
      {can(role, 'viewCatalog') ? (
        <>
          <FindingFilterBar organizationId={slug} filters={filters} onChange={set} onClear={clear} withService />
          <section aria-label="Findings">
            <FindingList query={findingQueryOf(filters)} withService>
              <NoFindings isNarrowed={isNarrowed(filters)} onClear={clear} />
            </FindingList>
          </section>
        </>
      ) : (
        <NoCatalogue />
      )}
    </>
  );
}

/** Nothing is open, or nothing passes the filters. */
export function NoFindings({ isNarrowed: hasFilters, onClear }: { readonly isNarrowed: boolean; readonly onClear: () => void }) {
  if (!hasFilters)
    return (
      <Blank
        icon={<IconChecks size={28} />}
        title="Nothing is open"
        description="What a scan finds appears here until it is mended, accepted or ignored."
      />
    );
  return (
    <Blank icon={<IconSearchOff size={28} />} title="Nothing matches" description="No finding passes all of these filters.">
      <Button variant="default" onClick={onClear}>
        Clear filters
      </Button>
    </Blank>
  );
}
