import { type ComboboxProps, Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';

type FeaturePickerProps = {
  readonly label: string;
  readonly projectId: string;
  /** One that is not offered. */
  readonly exceptId?: string;
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
  readonly comboboxProps?: ComboboxProps;
  readonly readOnly?: boolean;
};

/** Finds a request of the backlog by words of its title. */
export function FeaturePicker(props: FeaturePickerProps) {
  const { label, projectId, exceptId, value, onChange, comboboxProps = {}, readOnly = false } = props;
  const trpc = useTRPC();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 250);
  const options = { placeholderData: keepPreviousData };
  // What the list shows is what the field says once something is chosen: no search for that.
  const found = useQuery(
    trpc.backlog.list.queryOptions(
      { projectId, limit: 15, sort: 'votes', ...(value === null && q.trim() !== '' && { q }) },
      options,
    ),
  );
  const current = useQuery(trpc.backlog.get.queryOptions({ projectId, id: value ?? '' }, { enabled: value !== null }));
  const candidates = [...(value !== null && current.data !== undefined ? [current.data] : []), ...(found.data?.items ?? [])];
  const byId = new Map(candidates.map((feature) => [feature.id, feature]));
  if (exceptId !== undefined) byId.delete(exceptId);
  return (
    <Select
      label={label}
      placeholder="Search by title"
      searchable
      clearable
      filter={({ options: all }) => all}
      data={[...byId.values()].map(({ id, number, title }) => ({ value: id, label: `#${number} ${title}` }))}
      value={value}
      onChange={onChange}
      onSearchChange={setText}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'Nothing found'}
      rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
      error={found.isError ? 'The search failed.' : undefined}
      comboboxProps={comboboxProps}
      readOnly={readOnly}
    />
  );
}
