import { Button, Group, Paper, Skeleton, Text, TextInput, Title } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { CopyText } from '../../ui/copy-text.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import classes from './catalogue.module.css';

type Kind = 'environment' | 'workflow';
type PlacesProps = { readonly serviceId: string; readonly kind: Kind };

const WORDS = {
  environment: { title: 'Environments', none: 'Where it runs, e.g. staging: scans and keys can refer to one.' },
  workflow: { title: 'Workflows', none: 'What scans it, e.g. the nightly build: scans and keys can refer to one.' },
} as const;

/** What scans and scopes of keys refer to, with the ids that they do it by. */
export function Places({ serviceId: id, kind }: PlacesProps) {
  const trpc = useTRPC();
  const { slug: organizationId, role } = useOrganization();
  const list = kind === 'environment' ? trpc.services.environments : trpc.services.workflows;
  const places = useQuery(list.queryOptions({ organizationId, id }));
  const { title, none } = WORDS[kind];
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby={kind}>
      <Title order={2} id={kind} mb="sm">
        {title}
      </Title>
      {places.isPending && <Skeleton height={44} aria-busy="true" />}
      {places.isError && <ErrorPanel error={places.error} onRetry={places.refetch} />}
      {places.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      )}
      <ul className={classes.list}>
        {places.data?.items.map((place) => (
          <li key={place.id}>
            <Group justify="space-between" wrap="nowrap" fz="sm">
              <span style={{ overflowWrap: 'anywhere', minWidth: 0 }}>{place.name}</span>
              <CopyText label={`Id of ${place.name}`} value={place.id} shown={`${place.id.slice(0, 8)}…`} />
            </Group>
          </li>
        ))}
      </ul>
      {can(role, 'ingestScans') && <NewPlace serviceId={id} kind={kind} />}
    </Paper>
  );
}

function NewPlace({ serviceId: id, kind }: PlacesProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: organizationId } = useOrganization();
  const [name, setName] = useState('');
  const [create, list] =
    kind === 'environment'
      ? ([trpc.services.createEnvironment, trpc.services.environments] as const)
      : ([trpc.services.createWorkflow, trpc.services.workflows] as const);
  const adding = useMutation(
    create.mutationOptions({
      meta: { showsFailure: true },
      onSuccess: async () => {
        setName('');
        await queryClient.invalidateQueries(list.queryFilter({ organizationId, id }));
      },
    }),
  );
  const failure = adding.isError ? readFailure(adding.error) : null;
  const fault =
    failure?.code === 'CONFLICT'
      ? 'There is one of this name, or there are too many.'
      : failure && (issuesByField(failure)['name'] ?? failure.message);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') adding.mutate({ organizationId, id, name: name.trim() });
      }}
    >
      <Group gap="xs" mt="sm" align="flex-start" wrap="nowrap">
        <TextInput
          aria-label={`New ${kind}`}
          placeholder={`New ${kind}`}
          size="xs"
          flex={1}
          maxLength={80}
          value={name}
          onChange={({ currentTarget }) => {
            adding.reset();
            setName(currentTarget.value);
          }}
          error={fault}
        />
        <Button type="submit" size="xs" variant="default" loading={adding.isPending} aria-label={`Add ${kind}`}>
          Add
        </Button>
      </Group>
    </form>
  );
}
