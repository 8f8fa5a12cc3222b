import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can } from '@reqbase/core/contract';
import { IconPlus, IconSearchOff } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useProject } from '../projects/use-project.ts';
import { type BacklogFilters, isFiltered } from './backlog-filters.ts';
import { FeatureCards } from './feature-cards.tsx';
import { FeatureTable } from './feature-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import { NewRequestDialog } from './new-request-dialog.tsx';

const route = getRouteApi('/app/projects/$slug/backlog/');

export function BacklogScreen() {
  const project = useProject();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const [isAdding, dialog] = useDisclosure();
  const setFilters = (search: BacklogFilters) => void navigate({ search, replace: true, resetScroll: false });
  const newRequest = can(project.role, 'createFeature') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
      New request
    </Button>
  ) : undefined;
  return (
    <>
      <PageHeader
        title="Backlog"
        tabTitle={`Backlog · ${project.name}`}
        description="What users ask for, report and say."
        actions={newRequest}
      />
      <FilterBar projectId={project.slug} filters={filters} onChange={setFilters} />
      <section aria-label="Requests">
        <Features projectId={project.slug} filters={filters} onChange={setFilters} action={newRequest} />
      </section>
      {isAdding && <NewRequestDialog projectId={project.slug} onClose={dialog.close} />}
    </>
  );
}

type FeaturesProps = {
  readonly projectId: string;
  readonly filters: BacklogFilters;
  readonly onChange: (filters: BacklogFilters) => void;
  readonly action: ReactNode;
};

function Features({ projectId, filters, onChange, action }: FeaturesProps) {
  const trpc = useTRPC();
  const features = useInfiniteQuery(
    trpc.backlog.list.infiniteQueryOptions({ projectId, ...filters }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  const isNarrow = useIsNarrow();
  if (features.isPending) return <TableSkeleton rows={8} height={52} />;
  if (features.isError) return <ErrorPanel error={features.error} onRetry={features.refetch} />;
  const rows = features.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0 && isFiltered(filters)) {
    return (
      <Blank icon={<IconSearchOff size={28} />} title="Nothing matches" description="No request passes all of these filters.">
        <Button variant="default" onClick={() => onChange({})}>
          Clear filters
        </Button>
      </Blank>
    );
  }
  if (rows.length === 0) {
    return (
      <Blank
        icon={<IconPlus size={28} />}
        title="Nothing has been asked for yet"
        description="Requests come from the widget, from the API, or from you."
      >
        {action}
      </Blank>
    );
  }
  return (
    <>
      {isNarrow ? (
        <FeatureCards rows={rows} filters={filters} />
      ) : (
        <FeatureTable rows={rows} filters={filters} onChange={onChange} />
      )}
      <LoadMore query={features} />
    </>
  );
}
