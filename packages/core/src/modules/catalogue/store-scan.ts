import type { Transaction } from '@reqbase/db';
import type { OrganizationContext } from '../../trpc.ts';
import type { FoundFinding } from './found-findings.ts';
import { endpointIdentity, startOf } from './identity.ts';
import type { NormalizedEndpoint } from './ingest-schema.ts';

/** A scan as its rows refer to it. */
export type StoredScan = { readonly id: string; readonly serviceId: string; readonly orgId: string; readonly at: Date };

/** Endpoints as they are now, found again by method and path; those that are not there any more are removed. Two statements. */
export async function storeEndpoints(
  tx: Transaction,
  { newId }: Pick<OrganizationContext, 'newId'>,
  { id, serviceId, at }: StoredScan,
  endpoints: readonly NormalizedEndpoint[],
): Promise<void> {
  const rows = endpoints.map(({ method, path, operationId, tags, summary, deprecated = false }) => ({
    id: newId(),
    identity: endpointIdentity({ method, path }),
    path_start: startOf(path),
    operation_id: operationId,
    state: deprecated ? 'deprecated' : 'active',
    method,
    path,
    tags,
    summary,
  }));
  await tx.$executeRaw`
    insert into endpoint (id, service_id, identity, method, path, path_start, operation_id, tags, summary, state,
      first_seen_scan_id, last_seen_scan_id, created_at, updated_at)
    select r.id, ${serviceId}::uuid, r.identity, r.method, r.path, r.path_start, r.operation_id, r.tags, r.summary,
      r.state::endpoint_state, ${id}::uuid, ${id}::uuid, ${at}::timestamptz, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (id uuid, identity text, method text, path text,
      path_start text, operation_id text, tags text[], summary text, state text)
    on conflict (service_id, identity) do update set
      path = excluded.path, path_start = excluded.path_start, operation_id = excluded.operation_id, tags = excluded.tags,
      summary = excluded.summary, state = excluded.state, last_seen_scan_id = excluded.last_seen_scan_id,
      updated_at = case
        when (endpoint.path, endpoint.operation_id, endpoint.tags, endpoint.summary, endpoint.state) is distinct from
          (excluded.path, excluded.operation_id, excluded.tags, excluded.summary, excluded.state) then excluded.updated_at
        else endpoint.updated_at end`;
  await tx.$executeRaw`
    update endpoint set state = 'removed', updated_at = ${at}::timestamptz
    where service_id = ${serviceId}::uuid and last_seen_scan_id <> ${id}::uuid and state <> 'removed'`;
}

/**
 * Findings as they are now. What was decided of one holds on, also when it was resolved meanwhile; what was resolved undecided, or
 * ignored until now, is open again; what the scan came without is resolved, unless it is ignored. What is as it was has the version that it had: who decides of it
 * meanwhile is not refused for a scan. Two statements.
 */
export async function storeFindings(
  tx: Transaction,
  { newId }: Pick<OrganizationContext, 'newId'>,
  { id, serviceId, orgId, at }: StoredScan,
  findings: readonly FoundFinding[],
): Promise<void> {
  const rows = findings.map((finding) => ({ id: newId(), ...finding }));
  await tx.$executeRaw`
    insert into finding (id, org_id, service_id, fingerprint, code, severity, message, method, path, first_seen_scan_id,
      last_seen_scan_id, created_at, updated_at)
    select r.id, ${orgId}::uuid, ${serviceId}::uuid, r.fingerprint, r.code, r.severity::finding_severity, r.message, r.method,
      r.path, ${id}::uuid, ${id}::uuid, ${at}::timestamptz, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (id uuid, fingerprint text, code text, severity text,
      message text, method text, path text)
    on conflict (service_id, fingerprint) do update set
      severity = excluded.severity, path = excluded.path, last_seen_scan_id = excluded.last_seen_scan_id,
      (state, resolved_at, version, updated_at) = (
        select becomes, null::timestamptz,
          case when is_same then finding.version else finding.version + 1 end,
          case when is_same then finding.updated_at else excluded.updated_at end
        from (select case
            when finding.decision is null or (finding.decision = 'ignored' and finding.ignored_until <= excluded.updated_at)
              then 'open'::finding_state
            else finding.decision end as becomes) as decided,
          lateral (select (finding.severity, finding.path, finding.state) is not distinct from
            (excluded.severity, excluded.path, becomes) as is_same) as compared)`;
  await tx.$executeRaw`
    update finding set state = 'resolved', resolved_at = ${at}::timestamptz, version = version + 1, updated_at = ${at}::timestamptz
    where service_id = ${serviceId}::uuid and last_seen_scan_id <> ${id}::uuid and state <> 'resolved'
      and (state <> 'ignored' or ignored_until <= ${at}::timestamptz)`;
}
