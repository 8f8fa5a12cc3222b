import type { Place, Reach } from '@reqbase/auth';
import type { Bind } from './page-of-rows.ts';

const FIELDS = { serviceId: 'service_id', environmentId: 'environment_id', workflowId: 'workflow_id' } as const;

/**
 * The conditions under which rows are in a call's reach, `columns` saying in which columns they have what they belong to: a
 * place opens what has all that it names. Not in reach is not there.
 */
export function withinReach(reach: Reach, columns: Place, bind: Bind): string[] {
  const held = Object.entries(FIELDS).map(([field, name]) => {
    const column = columns[field as keyof Place];
    return column === undefined ? `place.${name} is null` : `(place.${name} is null or place.${name} = ${column})`;
  });
  return reach.map((places) => `exists (select from ${placesIn(places, bind)} where ${held.join(' and ')})`);
}

/** The same of services, as Prisma takes it. */
export function servicesWithin(reach: Reach) {
  return reach.map((places) => ({
    id: {
      in: places.flatMap(({ serviceId, environmentId, workflowId }) =>
        serviceId === undefined || environmentId !== undefined || workflowId !== undefined ? [] : [serviceId],
      ),
    },
  }));
}

/** The conditions under which something of a service is in reach, be it a place of it only. `service` is the column of its id. */
export function touchedByReach(reach: Reach, service: string, bind: Bind): string[] {
  const isOf = (table: string, name: string) =>
    `(place.${name} is null or exists (select from ${table} t where t.id = place.${name} and t.service_id = ${service}))`;
  return reach.map(
    (places) =>
      `exists (select from ${placesIn(places, bind)} where (place.service_id is null or place.service_id = ${service})
        and ${isOf('service_environment', 'environment_id')} and ${isOf('service_workflow', 'workflow_id')})`,
  );
}

function placesIn(places: readonly Place[], bind: Bind): string {
  const ids = (field: keyof Place) => `${bind(places.map((place) => place[field] ?? null))}::uuid[]`;
  const names = Object.values(FIELDS).join(', ');
  return `unnest(${ids('serviceId')}, ${ids('environmentId')}, ${ids('workflowId')}) as place (${names})`;
}
