import { DomainError, type Reach } from '@reqbase/auth';
import type { Page } from '../../schema-kit.ts';
import type { OrganizationContext } from '../../trpc.ts';
import { type Bind, pageOfRows, parameters } from './page-of-rows.ts';
import { belongsTo, previousRun } from './previous-run.ts';
import type { ById, ListScanRuns, ScanRun, ScanRunEndpoints, SeverityCounts } from './schema.ts';
import { requirePartOfService } from './services.ts';
import { bySeverity } from './severity-counts.ts';
import { withinReach } from './within-reach.ts';

type Row = Omit<ScanRun, 'changes' | 'findingsBySeverity' | 'createdBy' | 'createdAt'> &
  ScanRun['changes'] & {
    readonly findingsBySeverity: Partial<SeverityCounts> | null;
    readonly createdByKeyId: string | null;
    readonly createdById: string | null;
    readonly createdByName: string;
    readonly createdAt: Date;
  };

const COLUMNS = `
  r.id, r.service_id as "serviceId", s.name as "serviceName", r.number, r.environment_id as "environmentId",
  r.workflow_id as "workflowId", r.spec_hash as "specHash", r.spec_format as "specFormat", r.spec_version as "specVersion",
  r.title, r.source, r.endpoint_count as "endpointCount", r.finding_count as "findingCount",
  r.created_by_key_id as "createdByKeyId", r.created_by_id as "createdById",
  r.created_by_name as "createdByName", r.created_at as "createdAt", (
    select jsonb_object_agg(f.severity, f.n) from (
      select value as severity, count(*)::int4 as n from jsonb_each_text(r.findings) group by value
    ) f
  ) as "findingsBySeverity"`;

const BELONGS_TO = belongsTo('r');

/** The statement that reads scan runs, up to its conditions. Of a run before that is not in reach it does not tell. */
export function selectScanRuns(reach: Reach, bind: Bind, runs = 'scan_run'): string {
  const { columns, join } = previousRun(reach, bind);
  return `select ${COLUMNS}, ${columns} from ${runs} r join service s on s.id = r.service_id${join}`;
}

/** Those of the ids that there are in reach. */
export function readScanRuns(ctx: OrganizationContext, ids: readonly string[]): Promise<ScanRunRow[]> {
  return readByIds(ctx, (bind) => selectScanRuns(ctx.grant.reach, bind), ids);
}

function readByIds<Selected extends object>(
  ctx: OrganizationContext,
  select: (bind: Bind) => string,
  ids: readonly string[],
): Promise<Selected[]> {
  const { values, bind } = parameters();
  const rowsOf = select(bind);
  const conditions = [
    `s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`,
    `r.id = any(${bind(ids)}::uuid[])`,
    ...withinReach(ctx.grant.reach, BELONGS_TO, bind),
  ];
  return ctx.access.db.sql.query<Selected>(`${rowsOf} where ${conditions.join(' and ')}`, values);
}

/** @throws {DomainError} SCAN_RUN_NOT_FOUND */
export async function getScanRun(ctx: OrganizationContext, { id }: ById): Promise<ScanRun> {
  const [row] = await readScanRuns(ctx, [id]);
  if (row === undefined) throw new DomainError('SCAN_RUN_NOT_FOUND');
  return toScanRun(row);
}

/** As they were sent, whatever has become of them since. @throws {DomainError} SCAN_RUN_NOT_FOUND */
export async function listScanRunEndpoints(ctx: OrganizationContext, { id }: ById): Promise<ScanRunEndpoints> {
  const select = () => 'select r.endpoints as items from scan_run r join service s on s.id = r.service_id';
  const [row] = await readByIds<ScanRunEndpoints>(ctx, select, [id]);
  if (row === undefined) throw new DomainError('SCAN_RUN_NOT_FOUND');
  return row;
}

/** Newest first. @throws {DomainError} SERVICE_NOT_FOUND; INVALID_CURSOR */
export async function listScanRuns(ctx: OrganizationContext, input: ListScanRuns): Promise<Page<ScanRun>> {
  const page = await pageOfRows<Row, ScanRun>(ctx, input, {
    list: 'scan runs',
    select: () => 'select r.* from scan_run r join service s on s.id = r.service_id',
    whole: (page, bind) => selectScanRuns(ctx.grant.reach, bind, page),
    where: (bind) => [
      `s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`,
      ...withinReach(ctx.grant.reach, BELONGS_TO, bind),
      `r.service_id = ${bind(input.id)}::uuid`,
      ...(input.environmentId === undefined ? [] : [`r.environment_id = ${bind(input.environmentId)}::uuid`]),
      ...(input.workflowId === undefined ? [] : [`r.workflow_id = ${bind(input.workflowId)}::uuid`]),
      ...(input.specHash === undefined ? [] : [`r.spec_hash = ${bind(input.specHash)}`]),
    ],
    alias: 'r',
    // It does not change.
    updatedColumn: 'created_at',
    toItem: toScanRun,
  });
  if (page.items.length === 0) await requirePartOfService(ctx, input.id);
  return page;
}

export type ScanRunRow = Row;

export function toScanRun(row: ScanRunRow): ScanRun {
  const { added, removed, changed, operationIds, createdByKeyId, createdById, createdByName, createdAt, ...run } = row;
  return {
    ...run,
    findingsBySeverity: bySeverity(row.findingsBySeverity),
    changes: { added, removed, changed, operationIds },
    createdBy: { keyId: createdByKeyId, userId: createdById, name: createdByName },
    createdAt: createdAt.toISOString(),
  };
}
