import { DomainError, type Issue } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { actorOf } from './actor.ts';
import { type Difference, differenceOf } from './difference.ts';
import { type FoundFinding, foundIn } from './found-findings.ts';
import { endpointIdentity, nameKey } from './identity.ts';
import type { IngestScan, NormalizedEndpoint } from './ingest-schema.ts';
import { SCAN_RUNS_BY_ID, type ScanRunRow, toScanRun } from './scan-runs.ts';
import type { ScanIngestionResult } from './schema.ts';
import { storeEndpoints, storeFindings } from './store-scan.ts';

type LockedService = { readonly id: string; readonly latestScanId: string | null; readonly isNew: boolean };
type PreviousScan = { readonly specHash: string; readonly endpoints: readonly NormalizedEndpoint[] };

/**
 * Takes in a scan: the service by its name, the run, the endpoints and the findings, and what is otherwise than in the scan
 * before, in one transaction of as many statements whatever the size of the scan. Sent again it is another run of the same
 * catalogue. Scans of one service wait for each other.
 *
 * @throws {DomainError} BAD_REQUEST for an endpoint that is there twice, naming both; ENVIRONMENT_NOT_FOUND and
 *   WORKFLOW_NOT_FOUND for those of another service
 */
export async function ingestScan(ctx: OrganizationContext, input: IngestScan): Promise<ScanIngestionResult> {
  refuseTwins(input.endpoints);
  const findings = foundIn(input.findings);
  return write(ctx, async (tx, audit) => {
    const service = await lockService(tx, ctx, input.service.name);
    // After the wait for whoever was first: runs are in the order in which they were taken in.
    const at = ctx.clock();
    await requirePlaces(tx, service.id, input);
    const previous = await readPrevious(tx, service.latestScanId);
    const difference = differenceOf(previous?.endpoints ?? [], input.endpoints);
    const scan = { id: ctx.newId(), serviceId: service.id, orgId: ctx.tenant.organization.id, at };
    const row = runRow(input, { previous, difference, findings });
    const latest = { previousScanId: service.latestScanId, createdAt: at, ...actorColumns(ctx) };
    await tx.scanRun.create({
      data: { id: scan.id, serviceId: scan.serviceId, number: await nextNumber(tx, service.id), ...latest, ...row },
      select: { id: true },
    });
    await storeEndpoints(tx, ctx, scan, input.endpoints);
    await storeFindings(tx, ctx, scan, findings);
    await tx.service.update({
      where: { id: service.id },
      data: { latestScanId: scan.id, endpointCount: input.endpoints.length },
      select: { id: true },
    });
    await audit({
      action: 'scan.ingested',
      resourceType: 'scan_run',
      resourceId: scan.id,
      diff: { serviceId: service.id, serviceCreated: service.isNew, endpoints: row.endpointCount, findings: row.findingCount },
    });
    const [run] = await tx.$queryRawUnsafe<ScanRunRow[]>(SCAN_RUNS_BY_ID, scan.orgId, [scan.id]);
    if (run === undefined) throw new Error('a scan run is gone that was just made');
    return { ...toScanRun(run), resultUrl: `${ctx.publicUrl}/scan-runs/${scan.id}`, serviceCreated: service.isNew };
  });
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

/** The service of this name, made if there is none; locked until the commit, so that scans of it come one after the other. */
async function lockService(tx: Transaction, ctx: OrganizationContext, name: string): Promise<LockedService> {
  const [service] = await tx.$queryRaw<LockedService[]>`
    insert into service (id, org_id, name, name_key, tags, created_at, updated_at)
    values (${ctx.newId()}::uuid, ${ctx.tenant.organization.id}::uuid, ${name}, ${nameKey(name)}, '{}', ${ctx.clock()}::timestamptz, ${ctx.clock()}::timestamptz)
    on conflict (org_id, name_key) do update set updated_at = excluded.updated_at, version = service.version + 1
    returning id, latest_scan_id as "latestScanId", xmax = 0 as "isNew"`;
  if (service === undefined) throw new Error('a service was neither made nor found');
  return service;
}

async function requirePlaces(tx: Transaction, serviceId: string, { environmentId, workflowId }: IngestScan): Promise<void> {
  if (environmentId !== undefined && (await tx.serviceEnvironment.count({ where: { id: environmentId, serviceId } })) === 0)
    throw new DomainError('ENVIRONMENT_NOT_FOUND');
  if (workflowId !== undefined && (await tx.serviceWorkflow.count({ where: { id: workflowId, serviceId } })) === 0)
    throw new DomainError('WORKFLOW_NOT_FOUND');
}

async function readPrevious(tx: Transaction, id: string | null): Promise<PreviousScan | null> {
  if (id === null) return null;
  const run = await tx.scanRun.findUnique({ where: { id }, select: { specHash: true, endpoints: true } });
  return run === null ? null : { specHash: run.specHash, endpoints: run.endpoints as NormalizedEndpoint[] };
}

/** Nobody else adds one: the service is locked. */
async function nextNumber(tx: Transaction, serviceId: string): Promise<number> {
  const { _max: last } = await tx.scanRun.aggregate({ where: { serviceId }, _max: { number: true } });
  return (last.number ?? 0) + 1;
}

type Found = { previous: PreviousScan | null; difference: Difference; findings: readonly FoundFinding[] };

function runRow({ spec, endpoints, source, environmentId, workflowId }: IngestScan, { previous, difference, findings }: Found) {
  const { added, removed, changed, operationIds } = difference;
  const isSame = added.length + removed.length + changed.length === 0;
  return {
    environmentId: environmentId ?? null,
    workflowId: workflowId ?? null,
    specHash: spec.hash,
    specFormat: spec.format,
    specVersion: spec.version ?? null,
    title: spec.title ?? null,
    ...(source !== undefined && { source: jsonOf(source) }),
    isUnchanged: previous?.specHash === spec.hash && isSame,
    endpointCount: endpoints.length,
    findingCount: findings.length,
    added: added.length,
    removed: removed.length,
    changed: changed.length,
    operationIds: operationIds.length,
    endpoints: endpoints.map(jsonOf),
    findings: Object.fromEntries(findings.map(({ fingerprint, severity }) => [fingerprint, severity])),
  };
}

/** Without what is not given. */
function jsonOf<Value extends object>(value: Value) {
  const given = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(given) as Record<string, string | boolean | string[] | null>;
}

function actorColumns(ctx: OrganizationContext) {
  const { id, name } = actorOf(ctx);
  const { key } = ctx.grant.facts;
  return { createdByKeyId: key?.id ?? null, createdById: id, createdByName: key?.name ?? name };
}
