import type { apiKeySchemas } from '@reqbase/core/contract';

type ApiKeyScope = apiKeySchemas.ApiKey['scopes'][number];
type Value = string | number | boolean | readonly string[];
export type Constraint = { readonly kind: string; readonly value: string };

/** What a scope is bound to, the service before its places; several hold together. Source: contract Reqflo, ApiKeyScope. */
export function constraintsOf(scope: ApiKeyScope): Constraint[] {
  const { resourceType, resourceId, serviceId, environmentId, workflowId, resourceConstraints } = scope;
  const given: [kind: string, value: Value | null | undefined][] = [
    ['service', serviceId],
    ['environment', environmentId],
    ['workflow', workflowId],
    [resourceType ?? 'resource', resourceId ?? (resourceType == null ? null : 'any')],
    ...Object.entries(resourceConstraints ?? {}).map(([name, value]): [string, Value | null] => [name.replace(/Id$/, ''), value]),
  ];
  return given.flatMap(([kind, value]) =>
    value === null || value === undefined ? [] : [{ kind, value: typeof value === 'object' ? value.join(', ') : String(value) }],
  );
}
