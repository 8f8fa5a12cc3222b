import { Input, Loader, Select, SimpleGrid } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { type Bound, EVERY_SERVICE, type PlaceKind } from './bound.ts';

type BoundFieldProps = {
  readonly organizationId: string;
  readonly value: Bound;
  readonly onChange: (bound: Bound) => void;
  readonly error: ReactNode;
};

/** To what of the catalogue the key's scopes of it are bound. */
export function BoundField({ organizationId, value, onChange, error }: BoundFieldProps) {
  return (
    <Input.Wrapper
      label="Catalogue"
      labelElement="div"
      role="group"
      aria-label="Catalogue"
      description={whatIsOpen(value)}
      error={error}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt={5}>
        <ServiceSelect
          organizationId={organizationId}
          value={value.serviceId}
          onChange={(serviceId) => onChange({ ...EVERY_SERVICE, serviceId })}
        />
        {value.serviceId !== null && (
          <PlaceSelect
            organizationId={organizationId}
            serviceId={value.serviceId}
            value={value.place}
            onChange={(place) => onChange({ ...value, place })}
          />
        )}
      </SimpleGrid>
    </Input.Wrapper>
  );
}

function whatIsOpen({ serviceId, place }: Bound): string {
  if (serviceId === null) return 'The scopes of scans, services, endpoints and findings open every service.';
  if (place === null) return 'The scopes of scans, services, endpoints and findings open this service alone.';
  return `The scopes of scans open those of this ${place.kind} alone; the others open the whole service, all of which a scan changes.`;
}

type ServiceSelectProps = {
  readonly organizationId: string;
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
};

function ServiceSelect({ organizationId, value, onChange }: ServiceSelectProps) {
  const trpc = useTRPC();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 250);
  // What the list shows is what the field says once something is chosen: no search for that.
  const found = useQuery(
    trpc.services.list.queryOptions(
      { organizationId, limit: 15, ...(value === null && q.trim() !== '' && { q }) },
      { placeholderData: keepPreviousData },
    ),
  );
  const current = useQuery(trpc.services.get.queryOptions({ organizationId, id: value ?? '' }, { enabled: value !== null }));
  const candidates = [...(value !== null && current.data !== undefined ? [current.data] : []), ...(found.data?.items ?? [])];
  const byId = new Map(candidates.map((service) => [service.id, service]));
  return (
    <Select
      aria-label="Service"
      placeholder="Every service"
      searchable
      clearable
      filter={({ options }) => options}
      data={[...byId.values()].map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      onSearchChange={setText}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'No service found'}
      rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
      error={found.isError ? 'The search failed.' : undefined}
    />
  );
}

type PlaceSelectProps = {
  readonly organizationId: string;
  readonly serviceId: string;
  readonly value: Bound['place'];
  readonly onChange: (place: Bound['place']) => void;
};

function PlaceSelect({ organizationId, serviceId: id, value, onChange }: PlaceSelectProps) {
  const trpc = useTRPC();
  const environments = useQuery(trpc.services.environments.queryOptions({ organizationId, id }));
  const workflows = useQuery(trpc.services.workflows.queryOptions({ organizationId, id }));
  const groups = [
    { kind: 'environment', group: 'Environments', items: environments.data?.items ?? [] },
    { kind: 'workflow', group: 'Workflows', items: workflows.data?.items ?? [] },
  ] as const;
  return (
    <Select
      aria-label="Environment or workflow"
      placeholder="The whole service"
      clearable
      data={groups
        .filter(({ items }) => items.length > 0)
        .map(({ kind, group, items }) => ({
          group,
          items: items.map((place) => ({ value: `${kind} ${place.id}`, label: place.name })),
        }))}
      value={value === null ? null : `${value.kind} ${value.id}`}
      onChange={(chosen) => {
        const [kind, placeId] = chosen?.split(' ') ?? [];
        onChange(placeId === undefined ? null : { kind: kind as PlaceKind, id: placeId });
      }}
      nothingFoundMessage="It has no environments and no workflows"
      error={environments.isError || workflows.isError ? 'Its environments and workflows cannot be loaded.' : undefined}
    />
  );
}
