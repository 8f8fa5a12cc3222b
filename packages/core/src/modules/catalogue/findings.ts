import { DomainError } from '@reqbase/auth';
import type { Page } from '../../schema-kit.ts';
import type { OrganizationContext } from '../../trpc.ts';
import { type Bind, isPartOf, pageOfRows, parameters, type Sort } from './page-of-rows.ts';
import type { ById, Finding, ListFindings } from './schema.ts';
import { withinReach } from './within-reach.ts';

export type FindingRow = Omit<
  Finding,
  'decidedBy' | 'decidedAt' | 'ignoredUntil' | 'firstSeenAt' | 'resolvedAt' | 'updatedAt'
> & {
  readonly decidedById: string | null;
  readonly decidedByName: string | null;
  readonly decidedAt: Date | null;
  readonly ignoredUntil: Date | null;
  readonly resolvedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What is ignored is so until its time: from then on it is open, whether or not a scan has come since. */
const stateAt = (now: string) =>
  `(case when f.state = 'ignored' and f.ignored_until <= ${now}::timestamptz then 'open' else f.state end)`;

/** The statement that reads findings, up to its conditions; `now` is a parameter of it. */
export const selectFindings = (now: string) => `
  select f.id, f.service_id as "serviceId", s.name as "serviceName", f.code, f.severity, f.message, f.method, f.path,
    f.fingerprint, ${stateAt(now)} as state, f.reason, f.decided_by_id as "decidedById", f.decided_by_name as "decidedByName",
    f.decided_at as "decidedAt", f.ignored_until as "ignoredUntil", f.first_seen_scan_id as "firstSeenScanId",
    f.last_seen_scan_id as "scanRunId", f.resolved_at as "resolvedAt", f.version, f.created_at as "createdAt",
    f.updated_at as "updatedAt"
  from finding f join service s on s.id = f.service_id`;

/** The gravest first unless the newest are asked for, of all services unless one is named. @throws {DomainError} INVALID_CURSOR */
export function listFindings(ctx: OrganizationContext, input: ListFindings): Promise<Page<Finding>> {
  const now = ctx.clock();
  return pageOfRows<FindingRow, Finding>(ctx, input, {
    list: 'findings',
    select: (bind) => selectFindings(bind(now)),
    where: (bind) => conditionsOf(ctx, input, now, bind),
    alias: 'f',
    ...(input.sort === 'severity' && { sort: GRAVEST_FIRST }),
    toItem: toFinding,
  });
}

/** Of one severity the newest first, as their ids say. */
const GRAVEST_FIRST: Sort<FindingRow> = {
  column: 'severity',
  type: 'finding_severity',
  order: 'desc',
  read: ({ severity }) => severity,
};

function conditionsOf(ctx: OrganizationContext, input: ListFindings, now: Date, bind: Bind): string[] {
  const { q, serviceId, scanRunId, state, severity, code } = input;
  const conditions = inReach(ctx, bind);
  if (serviceId !== undefined) conditions.push(`f.service_id = ${bind(serviceId)}::uuid`);
  if (scanRunId !== undefined) {
    const ofRun = `select r.service_id, jsonb_object_keys(r.findings) from scan_run r where r.id = ${bind(scanRunId)}::uuid`;
    conditions.push(`(f.service_id, f.fingerprint) in (${ofRun})`);
  }
  if (state !== undefined) conditions.push(`${stateAt(bind(now))} = any(${bind(state)}::text[]::finding_state[])`);
  if (severity !== undefined) conditions.push(`f.severity = any(${bind(severity)}::text[]::finding_severity[])`);
  if (q !== undefined) conditions.push(isPartOf(['f.message', 'f.code', 'f.path'], q, bind));
  if (code !== undefined) conditions.push(`f.code = ${bind(code)}`);
  return conditions;
}

/** The conditions under which findings are the call's to touch. */
export function inReach(ctx: OrganizationContext, bind: Bind): string[] {
  const orgId = bind(ctx.tenant.organization.id);
  return [`f.org_id = ${orgId}::uuid`, ...withinReach(ctx.grant.reach, { serviceId: 'f.service_id' }, bind)];
}

/** @throws {DomainError} FINDING_NOT_FOUND */
export async function getFinding(ctx: OrganizationContext, { id }: ById): Promise<Finding> {
  const { values, bind } = parameters();
  const rowsOf = selectFindings(bind(ctx.clock()));
  const conditions = [...inReach(ctx, bind), `f.id = ${bind(id)}::uuid`];
  const [row] = await ctx.access.db.sql.query<FindingRow>(`${rowsOf} where ${conditions.join(' and ')}`, values);
  if (row === undefined) throw new DomainError('FINDING_NOT_FOUND');
  return toFinding(row);
}

export function toFinding(row: FindingRow): Finding {
  const { decidedById, decidedByName, decidedAt, ignoredUntil, resolvedAt, createdAt, updatedAt, ...finding } = row;
  return {
    ...finding,
    decidedBy: decidedByName === null ? null : { id: decidedById, name: decidedByName },
    decidedAt: decidedAt?.toISOString() ?? null,
    ignoredUntil: ignoredUntil?.toISOString() ?? null,
    firstSeenAt: createdAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
    updatedAt: updatedAt.toISOString(),
  };
}
