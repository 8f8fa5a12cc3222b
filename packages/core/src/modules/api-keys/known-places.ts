import { DomainError, type Issue, type Place, placeOf } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { StoredScope } from './schema.ts';

const FIELDS = ['serviceId', 'environmentId', 'workflowId'] as const;
/**
 * The scopes with the service of the environment or the workflow that they name without it: what is bound to a part of a
 * service lies within that service.
 */
export async function withServices(tx: Transaction, orgId: string, scopes: readonly StoredScope[]): Promise<StoredScope[]> {
  const partOf = (scope: StoredScope): string | undefined => {
    const { serviceId, environmentId, workflowId }: Place = placeOf(scope);
    return serviceId === undefined ? (environmentId ?? workflowId) : undefined;
  };
  const ids = scopes.flatMap((scope) => partOf(scope) ?? []);
  if (ids.length === 0) return [...scopes];
  const rows = await tx.$queryRaw<{ id: string; serviceId: string }[]>`
    select p.id, p.service_id as "serviceId"
    from (select id, service_id from service_environment union all select id, service_id from service_workflow) p
    join service s on s.id = p.service_id where s.org_id = ${orgId}::uuid and p.id = any(${ids}::uuid[])`;
  const serviceOf = new Map(rows.map(({ id, serviceId }) => [id, serviceId]));
  return scopes.map((scope) => {
    const serviceId = serviceOf.get(partOf(scope) ?? '');
    return serviceId === undefined ? scope : { ...scope, serviceId };
  });
}

type Named = { readonly index: number; readonly field: (typeof FIELDS)[number]; readonly id: string };

/** A scope is bound to what there is. @throws {DomainError} BAD_REQUEST with each service, environment and workflow that the organization does not have */
export async function refuseUnknownPlaces(tx: Transaction, orgId: string, scopes: readonly StoredScope[]): Promise<void> {
  const named = scopes.flatMap((scope, index): Named[] => {
    const place: Place = placeOf(scope);
    return FIELDS.flatMap((field) => (place[field] === undefined ? [] : [{ index, field, id: place[field] }]));
  });
  if (named.length === 0) return;
  const ids = [...new Set(named.map(({ id }) => id))];
  const rows = await tx.$queryRaw<{ field: string; id: string }[]>`
    select 'serviceId' as field, s.id from service s where s.org_id = ${orgId}::uuid and s.id = any(${ids}::uuid[])
    union all select 'environmentId', e.id from service_environment e join service s on s.id = e.service_id
      where s.org_id = ${orgId}::uuid and e.id = any(${ids}::uuid[])
    union all select 'workflowId', w.id from service_workflow w join service s on s.id = w.service_id
      where s.org_id = ${orgId}::uuid and w.id = any(${ids}::uuid[])`;
  const known = new Set(rows.map(({ field, id }) => `${field} ${id}`));
  const issues = named
    .filter(({ field, id }) => !known.has(`${field} ${id}`))
    .map(({ index, field }): Issue => {
      const name = scopes[index]?.[field] == null ? 'resourceId' : field;
      return { path: `scopes.${index}.${name}`, message: `The organization has no such ${field.slice(0, -2)}.` };
    });
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
}
