import { Button, Chip, Group, MultiSelect, Select } from '@mantine/core';
import { backlogSchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { formatCount } from '../../ui/number-format.ts';
import { SearchInput } from '../../ui/search-input.tsx';
import { type BacklogFilters, DEFAULT_ORDER, DEFAULT_SORT, isFiltered, readFilters, withFilters } from './backlog-filters.ts';
import { CATEGORY_WORDS, STATUS_WORDS } from './feature-words.tsx';
import { TagsField } from './tags-field.tsx';

type FilterBarProps = {
  readonly projectId: string;
  readonly filters: BacklogFilters;
  readonly onChange: (filters: BacklogFilters) => void;
};

const SORTS = [
  { value: 'createdAt desc', label: 'Newest first' },
  { value: 'createdAt asc', label: 'Oldest first' },
  { value: 'updatedAt desc', label: 'Last changed first' },
  { value: 'votes desc', label: 'Most votes first' },
  { value: 'revenue desc', label: 'Most revenue first' },
  { value: 'comments desc', label: 'Most comments first' },
];

export function FilterBar({ projectId, filters, onChange }: FilterBarProps) {
  const set = (change: BacklogFilters) => onChange(withFilters(filters, change));
  const { sort = DEFAULT_SORT, order = DEFAULT_ORDER } = filters;
  return (
    <Group gap="sm" mb="md" role="search" aria-label="Filter requests">
      <SearchInput placeholder="Search title and description" value={filters.q ?? ''} onChange={(q) => set({ q })} />
      <MultiSelect
        aria-label="Category"
        placeholder={filters.category === undefined ? 'Any category' : ''}
        w={{ base: 'calc(50% - 6px)', sm: 190 }}
        data={backlogSchemas.FeatureCategory.options.map((value) => ({ value, label: CATEGORY_WORDS[value] }))}
        value={filters.category ?? []}
        onChange={(category) => set({ category })}
        clearable
      />
      <TagsField
        projectId={projectId}
        aria-label="Tags"
        placeholder={filters.tag === undefined ? 'Any tag' : ''}
        w={{ base: 'calc(50% - 6px)', sm: 180 }}
        value={filters.tag ?? []}
        onChange={(tag) => set({ tag })}
        clearable
      />
      <Select
        aria-label="Order"
        w={{ base: '100%', sm: 190 }}
        data={[
          ...SORTS,
          ...(SORTS.some(({ value }) => value === `${sort} ${order}`)
            ? []
            : [{ value: `${sort} ${order}`, label: 'As the column says' }]),
        ]}
        value={`${sort} ${order}`}
        onChange={(value) => {
          const [chosen, direction] = (value ?? '').split(' ');
          onChange(withFilters(filters, readFilters({ sort: chosen, order: direction })));
        }}
        allowDeselect={false}
      />
      <Lanes projectId={projectId} value={filters.status ?? []} onChange={(status) => set({ status })} />
      {isFiltered(filters) && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onChange(withFilters({}, { sort: filters.sort, order: filters.order }))}
        >
          Clear filters
        </Button>
      )}
    </Group>
  );
}

type LanesProps = {
  readonly projectId: string;
  readonly value: backlogSchemas.FeatureStatus[];
  readonly onChange: (status: backlogSchemas.FeatureStatus[]) => void;
};

/** The statuses, each with its share of the whole backlog. */
function Lanes({ projectId, value, onChange }: LanesProps) {
  const trpc = useTRPC();
  const stats = useQuery(trpc.backlog.stats.queryOptions({ projectId }));
  const countOf = (lane: backlogSchemas.FeatureStatus) => stats.data?.laneBreakdown.find(({ status }) => status === lane)?.count;
  return (
    <Chip.Group multiple value={value} onChange={(status) => onChange(status as backlogSchemas.FeatureStatus[])}>
      <Group gap={6} role="group" aria-label="Status" w="100%">
        {backlogSchemas.FeatureStatus.options.map((status) => {
          const count = countOf(status);
          return (
            <Chip key={status} value={status} size="sm" variant="light">
              {STATUS_WORDS[status]}
              {count !== undefined && ` · ${formatCount(count)}`}
            </Chip>
          );
        })}
      </Group>
    </Chip.Group>
  );
}
