import { DomainError, type Issue, isWithin, type Place, reachOf, scopesOf } from '@reqbase/auth';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { actorOf } from './actor.ts';
import { endpointIdentity } from './identity.ts';
import type { IngestScan, NormalizedEndpoint } from './ingest-schema.ts';
import { parameters } from './page-of-rows.ts';
import { type ScanRunRow, selectScanRuns, toScanRun } from './scan-runs.ts';
import type { ScanIngestionResult } from './schema.ts';
import { takeInScan } from './take-in-scan.ts';

/**
 * Ingests a scan, in one transaction. Sent again it is another run of the same catalogue.
 *
 * @throws {DomainError} BAD_REQUEST for an endpoint that is there twice, naming both; ENVIRONMENT_NOT_FOUND and
 *   WORKFLOW_NOT_FOUND for those of another service; INSUFFICIENT_SCOPE for a service that a scope does not reach, or a place that
 *   `scans:create` does not
 */
export async function ingestScan(ctx: OrganizationContext, input: IngestScan): Promise<ScanIngestionResult> {
  refuseTwins(input.endpoints);
  const orgId = ctx.tenant.organization.id;
  const { clock, newId, publicUrl } = ctx;
  return write(ctx, async (tx, audit) => {
    const taken = await takeInScan(
      tx,
      { orgId, by: senderOf(ctx), clock, newId, admit: (place) => requireReach(ctx, place) },
      input,
    );
    const { id, serviceId, isNewService: serviceCreated, endpointCount: endpoints, findingCount: findings } = taken;
    await audit({
      action: 'scan.ingested',
      resourceType: 'scan_run',
      resourceId: id,
      diff: { serviceId, serviceCreated, endpoints, findings },
    });
    const { values, bind } = parameters();
    const rowsOf = selectScanRuns(ctx.grant.reach, bind);
    const [run] = await tx.$queryRawUnsafe<ScanRunRow[]>(`${rowsOf} where r.id = ${bind(id)}::uuid`, ...values);
    if (run === undefined) throw new Error('a scan run is gone that was just made');
    return { ...toScanRun(run), resultUrl: `${publicUrl}/scan-runs/${id}`, serviceCreated };
  });
}

/**
 * A scan is taken at a place and changes the whole service: endpoints are removed, findings resolved. So the scope of scans
 * has to reach the place, the others the service. Whatever is told of a refusal: that there is such a service is not.
 */
function requireReach({ grant }: OrganizationContext, { serviceId, ...place }: Place & { readonly serviceId: string }): void {
  const { facts, scope: toScan } = grant;
  const missing = scopesOf(grant).filter(
    (scope) => !isWithin(reachOf(facts, [scope]), { serviceId, ...(scope === toScan && place) }),
  );
  if (missing.length === 0) return;
  const grantedScopes = facts.key?.scopes.map(({ permission }) => permission) ?? [];
  throw new DomainError('INSUFFICIENT_SCOPE', { detail: { requiredScope: missing.join(' '), grantedScopes } });
}

function refuseTwins(endpoints: readonly NormalizedEndpoint[]): void {
  const seen = new Map<string, number>();
  const issues: Issue[] = [];
  for (const [index, endpoint] of endpoints.entries()) {
    const identity = endpointIdentity(endpoint);
    const first = seen.get(identity);
    if (first === undefined) seen.set(identity, index);
    else issues.push({ path: `endpoints.${index}`, message: `Is the same endpoint as endpoints.${first}.` });
  }
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
}

/** Under the name of the key, where it was one. */
function senderOf(ctx: OrganizationContext) {
  const { id, name } = actorOf(ctx);
  const { key } = ctx.grant.facts;
  return { keyId: key?.id ?? null, userId: id, name: key?.name ?? name };
}
