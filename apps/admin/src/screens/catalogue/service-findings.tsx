import { getRouteApi } from '@tanstack/react-router';
import { useOrganization } from '../organizations/use-organization.ts';
import { findingQueryOf, isNarrowed, readFindingFilters } from './catalogue-filters.ts';
import { FindingFilterBar } from './finding-filter-bar.tsx';
import { FindingList } from './finding-list.tsx';
import { NoFindings } from './findings-screen.tsx';

const route = getRouteApi('/app/organizations/$slug/services/$serviceId/findings');

export function ServiceFindings() {
  const { slug } = useOrganization();
  const { serviceId } = route.useParams();
  const { service: _always, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: readFindingFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  const clear = () => void navigate({ search: readFindingFilters({ sort: filters.sort }), replace: true, resetScroll: false });
  return (
    <>
      <FindingFilterBar organizationId={slug} filters={filters} onChange={set} onClear={clear} />
      <section aria-label="Findings">
        <FindingList query={{ ...findingQueryOf(filters), serviceId }}>
          <NoFindings isNarrowed={isNarrowed(filters)} onClear={clear} />
        </FindingList>
      </section>
    </>
  );
}
