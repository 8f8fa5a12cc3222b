import type { Reach } from '@reqbase/auth';
import type { Bind } from './page-of-rows.ts';
import { withinReach } from './within-reach.ts';

/** The columns by which what belongs to a service, an environment and a workflow is told, of a run by its alias. */
export const belongsTo = (run: string) => ({
  serviceId: `${run}.service_id`,
  environmentId: `${run}.environment_id`,
  workflowId: `${run}.workflow_id`,
});

const STORED = {
  columns: `r.previous_scan_id as "previousScanId", r.is_unchanged as "unchanged", r.added, r.removed, r.changed,
    r.operation_ids as "operationIds"`,
  join: '',
};

/** As `differenceOf` compares an endpoint `a` with what it was, `b`. */
const isOther = (field: string) => `a ->> '${field}' is distinct from b ->> '${field}'`;
const sortedTags = (endpoint: string) => `(select jsonb_agg(t order by t) from jsonb_array_elements(${endpoint} -> 'tags') t)`;
const IS_CHANGED = `(${isOther('path')} or ${isOther('operationId')} or ${isOther('summary')}
  or coalesce(a ->> 'deprecated', 'false') <> coalesce(b ->> 'deprecated', 'false') or a ->> 'fingerprint' <> b ->> 'fingerprint'
  or (a -> 'tags' <> b -> 'tags' and ${sortedTags('a')} is distinct from ${sortedTags('b')}))`;
/**
 * What an endpoint is found again by, whatever its parameters are called. To make it costs more than all the rest of a comparison,
 * so it is made only of those that the other run does not have under the same path.
 */
const identityOf = (endpoint: string) =>
  String.raw`${endpoint} ->> 'method' as method, regexp_replace(${endpoint} ->> 'path', '\{[^{}]*\}', '{}', 'g') as path`;

/**
 * What a statement that reads runs as `r` tells of the run before: the last one that is in reach. What was stored is about the last one
 * of the service; where that is another, endpoints are compared anew, so that nothing is told of a run that is not in reach. Where none
 * is, it is as of a first run.
 */
export function previousRun(reach: Reach, bind: Bind): { readonly columns: string; readonly join: string } {
  if (reach.length === 0) return STORED;
  const isPrevious = ['p.service_id = r.service_id', 'p.number < r.number', ...withinReach(reach, belongsTo('p'), bind)];
  const isStored = 'before.id is not distinct from r.previous_scan_id';
  const counted = (stored: string, name = stored) => `case when ${isStored} then r.${stored} else d.${stored} end as "${name}"`;
  return {
    columns: `before.id as "previousScanId",
      case when ${isStored} then r.is_unchanged
        else coalesce(before.spec_hash = r.spec_hash, false) and d.added + d.removed + d.changed = 0 end as "unchanged",
      ${counted('added')}, ${counted('removed')}, ${counted('changed')}, ${counted('operation_ids', 'operationIds')}`,
    join: `
      left join lateral (
        select p.id, p.spec_hash, p.endpoints from scan_run p where ${isPrevious.join(' and ')} order by p.number desc limit 1
      ) before on true
      cross join lateral (
        with pair as materialized (
          select a, b from jsonb_array_elements(r.endpoints) a
            full join jsonb_array_elements(coalesce(before.endpoints, '[]')) b
              on a ->> 'method' = b ->> 'method' and a ->> 'path' = b ->> 'path'
          where not (${isStored}) and a is distinct from b
        ), alone as materialized (
          select a, b, ${identityOf('coalesce(a, b)')} from pair where a is null or b is null
        ), found as (
          select a, b from pair where a is not null and b is not null
          union all
          select added.a, removed.b from (select * from alone where b is null) added
            full join (select * from alone where a is null) removed using (method, path)
        )
        select (count(*) filter (where b is null))::int4 as added,
          (count(*) filter (where a is null))::int4 as removed,
          (count(*) filter (where a is not null and b is not null and ${IS_CHANGED}))::int4 as changed,
          (count(*) filter (where a is not null and b is not null and ${isOther('operationId')}))::int4 as operation_ids
        from found
      ) d`,
  };
}
