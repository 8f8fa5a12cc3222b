import { Stack, Text } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { Mono } from '../../ui/drawer-fact.tsx';
import { type Constraint, constraintsOf } from './constraints.ts';

type ScopeFactsProps = {
  readonly apiKey: apiKeySchemas.ApiKey;
  /** Whether the person may read what the services of the organization are called. */
  readonly withNames: boolean;
};

/** Every scope of a key, with what it is bound to. */
export function ScopeFacts({ apiKey: { orgId, scopes }, withNames }: ScopeFactsProps) {
  return (
    <Stack component="ul" gap={4} p={0} m={0} style={{ listStyle: 'none' }}>
      {scopes.map((scope) => {
        const constraints = constraintsOf(scope);
        return (
          <li key={scope.id}>
            <Mono>{scope.permission}</Mono>
            {constraints.length > 0 && (
              <Text size="xs" c="dimmed">
                {'only '}
                {constraints.map((constraint, index) => (
                  <span key={constraint.kind}>
                    {index > 0 && ', '}
                    {constraint.kind}{' '}
                    {withNames ? (
                      <Name orgId={orgId} of={constraints} constraint={constraint} />
                    ) : (
                      <Mono>{constraint.value}</Mono>
                    )}
                  </span>
                ))}
              </Text>
            )}
          </li>
        );
      })}
    </Stack>
  );
}

type NameProps = { readonly orgId: string; readonly of: readonly Constraint[]; readonly constraint: Constraint };

/** What is bound to may be gone by now: then it is told by its id. */
function Name({ orgId: organizationId, of, constraint: { kind, value } }: NameProps) {
  const trpc = useTRPC();
  const serviceId = of.find((other) => other.kind === 'service')?.value;
  const service = useQuery(trpc.services.get.queryOptions({ organizationId, id: value }, { enabled: kind === 'service' }));
  const asked = { organizationId, id: serviceId ?? '' };
  const environments = useQuery(
    trpc.services.environments.queryOptions(asked, { enabled: kind === 'environment' && serviceId !== undefined }),
  );
  const workflows = useQuery(
    trpc.services.workflows.queryOptions(asked, { enabled: kind === 'workflow' && serviceId !== undefined }),
  );
  const places = [...(environments.data?.items ?? []), ...(workflows.data?.items ?? [])];
  const name = kind === 'service' ? service.data?.name : places.find(({ id }) => id === value)?.name;
  return name === undefined ? <Mono>{value}</Mono> : <b>{name}</b>;
}
