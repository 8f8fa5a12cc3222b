import { Button, Group, MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { SearchInput } from '../../ui/search-input.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useSettledText } from '../../ui/use-settled-text.ts';
import { type FindingFilters, isNarrowed } from './catalogue-filters.ts';
import { SEVERITIES, SEVERITY_WORDS, STATE_WORDS } from './catalogue-words.tsx';

type FindingFilterBarProps = {
  readonly organizationId: string;
  readonly filters: FindingFilters;
  readonly onChange: (change: Record<string, unknown>) => void;
  readonly onClear: () => void;
  readonly withService?: boolean;
};

const SORTS = [
  { value: 'severity', label: 'Gravest first' },
  { value: 'createdAt', label: 'Newest first' },
];
const STATES = [...Object.entries(STATE_WORDS).map(([value, label]) => ({ value, label })), { value: 'all', label: 'All' }];

export function FindingFilterBar({ organizationId, filters, onChange, onClear, withService = false }: FindingFilterBarProps) {
  const isNarrow = useIsNarrow();
  const severity = filters.severity ?? [];
  return (
    <Group gap="sm" mb="md" role="search" aria-label="Filter findings">
      <SearchInput placeholder="Search message, rule or path" value={filters.q ?? ''} onChange={(q) => onChange({ q })} />
      <SegmentedControl
        aria-label="State"
        size={isNarrow ? 'xs' : 'sm'}
        w={{ base: '100%', sm: 'auto' }}
        data={STATES}
        value={filters.state ?? 'open'}
        onChange={(state) => onChange({ state })}
      />
      <MultiSelect
        aria-label="Severity"
        placeholder={severity.length === 0 ? 'Any severity' : ''}
        flex={1}
        miw={{ base: '100%', sm: 170 }}
        data={SEVERITIES.map((value) => ({ value, label: SEVERITY_WORDS[value] }))}
        value={severity}
        onChange={(value) => onChange({ severity: value })}
        clearable
      />
      {withService && (
        <ServiceSelect organizationId={organizationId} value={filters.service} onChange={(service) => onChange({ service })} />
      )}
      <RuleInput value={filters.code ?? ''} onChange={(code) => onChange({ code })} />
      <Select
        aria-label="Order"
        w={{ base: '100%', sm: 150 }}
        data={SORTS}
        value={filters.sort ?? 'severity'}
        onChange={(sort) => onChange({ sort })}
        allowDeselect={false}
      />
      {isNarrowed(filters) && (
        <Button variant="subtle" size="compact-sm" onClick={onClear}>
          Clear filters
        </Button>
      )}
    </Group>
  );
}

type RuleInputProps = { readonly value: string; readonly onChange: (code: string) => void };

/** The rule by its whole name: the API compares it as it is. */
function RuleInput({ value, onChange }: RuleInputProps) {
  const [text, type] = useSettledText(value, (typed) => onChange(typed.trim()));
  return (
    <TextInput
      aria-label="Rule"
      placeholder="Any rule"
      w={{ base: '100%', sm: 190 }}
      maxLength={120}
      value={text}
      onChange={({ currentTarget }) => type(currentTarget.value)}
    />
  );
}

type ServiceSelectProps = {
  readonly organizationId: string;
  readonly value: string | undefined;
  readonly onChange: (id: string | undefined) => void;
};

/** Found by its name among all; the one that is chosen is there whatever is searched. */
function ServiceSelect({ organizationId, value, onChange }: ServiceSelectProps) {
  const trpc = useTRPC();
  const [q, setQ] = useState('');
  const search = useDebouncedCallback(setQ, 300);
  const found = useQuery(trpc.services.list.queryOptions({ organizationId, ...(q !== '' && { q }), limit: 50 }));
  const isListed = found.data?.items.some(({ id }) => id === value) === true;
  const chosen = useQuery(
    trpc.services.get.queryOptions({ organizationId, id: value ?? '' }, { enabled: value !== undefined && !isListed }),
  );
  const services = [...(found.data?.items ?? []), ...(chosen.data === undefined || isListed ? [] : [chosen.data])];
  return (
    <Select
      aria-label="Service"
      placeholder="Any service"
      w={{ base: '100%', sm: 180 }}
      data={services.map(({ id, name }) => ({ value: id, label: name }))}
      value={value ?? null}
      onChange={(id) => onChange(id ?? undefined)}
      onSearchChange={(text) => search(services.some(({ name }) => name === text) ? '' : text)}
      searchable
      clearable
      nothingFoundMessage="No such service"
    />
  );
}
