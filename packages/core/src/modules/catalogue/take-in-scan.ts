import { DomainError, type Place } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { type Difference, differenceOf } from './difference.ts';
import { type FoundFinding, foundIn } from './found-findings.ts';
import { nameKey } from './identity.ts';
import type { IngestScan, NormalizedEndpoint } from './ingest-schema.ts';
import { storeEndpoints, storeFindings } from './store-scan.ts';

/** For whom a scan is taken in, and by whom it was sent. */
export type ScanTaker = {
  readonly orgId: string;
  readonly by: { readonly keyId: string | null; readonly userId: string | null; readonly name: string };
  readonly clock: () => Date;
  readonly newId: () => string;
  /** Told before anything is stored for which service and place the scan is, a new one among them; throws where that may not be. */
  readonly admit: (place: Place & { readonly serviceId: string }) => void;
};

export type TakenScan = {
  readonly id: string;
  readonly serviceId: string;
  readonly isNewService: boolean;
  readonly endpointCount: number;
  readonly findingCount: number;
};

type Scan = Omit<IngestScan, 'organizationId'>;
type LockedService = { readonly id: string; readonly latestScanId: string | null; readonly isNew: boolean };
type PreviousScan = { readonly specHash: string; readonly endpoints: readonly NormalizedEndpoint[] };

/**
 * Takes a scan in that has no endpoint twice: the service by its name, the run, what is otherwise than in the run before, the
 * endpoints and the findings, by as many statements whatever the size of the scan. Scans of one service wait for each other.
 *
 * @throws {DomainError} ENVIRONMENT_NOT_FOUND and WORKFLOW_NOT_FOUND for those of another service
 */
export async function takeInScan(tx: Transaction, taker: ScanTaker, input: Scan): Promise<TakenScan> {
  const service = await lockService(tx, taker, input.service.name);
  const { environmentId, workflowId } = input;
  taker.admit({
    serviceId: service.id,
    ...(environmentId !== undefined && { environmentId }),
    ...(workflowId !== undefined && { workflowId }),
  });
  // After the wait for whoever was first: runs are in the order in which they were taken in.
  const at = taker.clock();
  await requirePlaces(tx, service.id, input);
  const previous = await readPrevious(tx, service.latestScanId);
  const difference = differenceOf(previous?.endpoints ?? [], input.endpoints);
  const findings = foundIn(input.findings);
  const scan = { id: taker.newId(), serviceId: service.id, orgId: taker.orgId, at };
  const { by } = taker;
  await tx.scanRun.create({
    data: {
      ...runRow(input, { previous, difference, findings }),
      id: scan.id,
      serviceId: service.id,
      number: await nextNumber(tx, service.id),
      previousScanId: service.latestScanId,
      createdByKeyId: by.keyId,
      createdById: by.userId,
      createdByName: by.name,
      createdAt: at,
    },
    select: { id: true },
  });
  await storeEndpoints(tx, taker, scan, input.endpoints);
  await storeFindings(tx, taker, scan, findings);
  const counts = { endpointCount: input.endpoints.length, findingCount: findings.length };
  await tx.service.update({
    where: { id: service.id },
    data: { latestScanId: scan.id, endpointCount: counts.endpointCount },
    select: { id: true },
  });
  return { id: scan.id, serviceId: service.id, isNewService: service.isNew, ...counts };
}

/** The service of this name, made if there is none; locked until the commit, so that scans of it come one after the other. */
async function lockService(tx: Transaction, { orgId, clock, newId }: ScanTaker, name: string): Promise<LockedService> {
  const [service] = await tx.$queryRaw<LockedService[]>`
    insert into service (id, org_id, name, name_key, tags, created_at, updated_at)
    values (${newId()}::uuid, ${orgId}::uuid, ${name}, ${nameKey(name)}, '{}', ${clock()}::timestamptz, ${clock()}::timestamptz)
    on conflict (org_id, name_key) do update set updated_at = excluded.updated_at, version = service.version + 1
    returning id, latest_scan_id as "latestScanId", xmax = 0 as "isNew"`;
  if (service === undefined) throw new Error('a service was neither made nor found');
  return service;
}

async function requirePlaces(tx: Transaction, serviceId: string, { environmentId, workflowId }: Scan): Promise<void> {
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

function runRow({ spec, endpoints, source, environmentId, workflowId }: Scan, { previous, difference, findings }: Found) {
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
