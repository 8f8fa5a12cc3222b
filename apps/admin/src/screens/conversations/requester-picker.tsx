import { type ComboboxProps, Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';

type RequesterPickerProps = {
  readonly projectId: string;
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
  readonly comboboxProps?: ComboboxProps;
};

/** Finds a requester by words of the name, the address or the company. */
export function RequesterPicker({ projectId, value, onChange, comboboxProps = {} }: RequesterPickerProps) {
  const trpc = useTRPC();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 250);
  const found = useQuery(
    trpc.requesters.list.queryOptions(
      { projectId, limit: 15, kind: 'all', ...(value === null && q.trim() !== '' && { q }) },
      { placeholderData: keepPreviousData },
    ),
  );
  const current = useQuery(trpc.requesters.get.queryOptions({ projectId, id: value ?? '' }, { enabled: value !== null }));
  const candidates = [...(value !== null && current.data !== undefined ? [current.data] : []), ...(found.data?.items ?? [])];
  const byId = new Map(candidates.map((requester) => [requester.id, requester]));
  return (
    <Select
      label="Requester"
      placeholder="Any"
      searchable
      clearable
      filter={({ options }) => options}
      data={[...byId.values()].map(({ id, name, email, externalId }) => ({
        value: id,
        label: [name, email ?? externalId].filter((part) => part !== null).join(' · ') || 'Visitor',
      }))}
      value={value}
      onChange={onChange}
      onSearchChange={setText}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'Nobody found'}
      rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
      error={found.isError ? 'The search failed.' : undefined}
      comboboxProps={comboboxProps}
    />
  );
}
