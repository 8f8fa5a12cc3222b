import { Button, Center, Group, MultiSelect, Skeleton, Text, Title } from '@mantine/core';
import { type catalogueSchemas, ingestSchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, plural } from '../../ui/number-format.ts';
import { SearchInput } from '../../ui/search-input.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { EndpointStateDot } from './catalogue-words.tsx';
import { EndpointTable } from './endpoint-table.tsx';

type RunEndpointsProps = { readonly run: catalogueSchemas.ScanRun };

/** The endpoints as they were sent. They come whole, and do not change: searching needs no further call. */
export function RunEndpoints({ run }: RunEndpointsProps) {
  const trpc = useTRPC();
  const { slug: organizationId } = useOrganization();
  const endpoints = useQuery(trpc.scans.endpoints.queryOptions({ organizationId, id: run.id }, { staleTime: 'static' }));
  return (
    <section aria-labelledby="endpoints">
      <Title order={2} id="endpoints" mb="sm">
        Endpoints ({formatCount(run.endpointCount)})
      </Title>
      {endpoints.isPending && <Skeleton height={240} aria-busy="true" />}
      {endpoints.isError && <ErrorPanel error={endpoints.error} onRetry={endpoints.refetch} />}
      {endpoints.data !== undefined && <Searchable endpoints={endpoints.data.items} />}
    </section>
  );
}

type Endpoint = ingestSchemas.NormalizedEndpoint;
const STEP = 50;

function Searchable({ endpoints }: { readonly endpoints: readonly Endpoint[] }) {
  const [{ q, methods, shown }, set] = useState({ q: '', methods: [] as string[], shown: STEP });
  if (endpoints.length === 0)
    return (
      <Text size="sm" c="dimmed">
        This scan had none.
      </Text>
    );
  const found = endpoints.filter(
    (endpoint) => (methods.length === 0 || methods.includes(endpoint.method)) && textOf(endpoint).includes(q.toLowerCase()),
  );
  return (
    <>
      <Group gap="sm" mb="sm" role="search" aria-label="Filter endpoints">
        <SearchInput
          placeholder="Search path, operation id or summary"
          value={q}
          onChange={(text) => set((before) => ({ ...before, q: text.trim(), shown: STEP }))}
        />
        <MultiSelect
          aria-label="Method"
          placeholder={methods.length === 0 ? 'Any method' : ''}
          w={{ base: '100%', sm: 220 }}
          data={ingestSchemas.HttpMethod.options}
          value={methods}
          onChange={(chosen) => set((before) => ({ ...before, methods: chosen, shown: STEP }))}
          clearable
        />
      </Group>
      {found.length < endpoints.length && (
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {plural(found.length, 'endpoint')} of {formatCount(endpoints.length)}
        </Text>
      )}
      {found.length > 0 && (
        <EndpointTable
          rows={found.slice(0, shown)}
          stateOf={({ deprecated }) => <EndpointStateDot state={deprecated === true ? 'deprecated' : 'active'} />}
        />
      )}
      {found.length > shown && (
        <Center mt="md">
          <Button variant="default" onClick={() => set((before) => ({ ...before, shown: before.shown + STEP }))}>
            More endpoints
          </Button>
        </Center>
      )}
    </>
  );
}

function textOf({ path, operationId, summary }: Endpoint): string {
  return `${path} ${operationId ?? ''} ${summary ?? ''}`.toLowerCase();
}
