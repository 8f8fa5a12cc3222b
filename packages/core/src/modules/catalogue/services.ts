import { DomainError } from '@reqbase/auth';
import type { Page } from '../../schema-kit.ts';
import { slugOf } from '../../slug.ts';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { nameKey } from './identity.ts';
import { type Bind, containing, pageOfRows, parameters } from './page-of-rows.ts';
import type { ById, ListServices, Service, SeverityCounts, UpdateService } from './schema.ts';
import { bySeverity } from './severity-counts.ts';
import { servicesWithin, touchedByReach, withinReach } from './within-reach.ts';

type Row = Omit<Service, 'slug' | 'openFindings' | 'latestScanAt' | 'createdAt' | 'updatedAt'> & {
  readonly latestScanAt: Date | null;
  readonly openFindings: Partial<SeverityCounts> | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What counts as open now: what is ignored is so until its time. */
const SELECT = (now: string) => `
  select s.id, s.org_id as "orgId", s.name, s.owner_team as "ownerTeam", s.lifecycle, s.tags, s.latest_scan_id as "latestScanId",
    (select r.created_at from scan_run r where r.id = s.latest_scan_id) as "latestScanAt",
    s.endpoint_count as "endpointCount", s.version, s.created_at as "createdAt", s.updated_at as "updatedAt", (
      select jsonb_object_agg(f.severity, f.n) from (
        select severity, count(*)::int4 as n from finding
        where service_id = s.id and (state = 'open' or (state = 'ignored' and ignored_until <= ${now}::timestamptz)) group by severity
      ) f
    ) as "openFindings"
  from service s`;

/** Newest first. @throws {DomainError} INVALID_CURSOR */
export function listServices(ctx: OrganizationContext, input: ListServices): Promise<Page<Service>> {
  const { q, lifecycle } = input;
  return pageOfRows<Row, Service>(ctx, input, {
    list: 'services',
    select: (bind) => SELECT(bind(ctx.clock())),
    where: (bind) => [
      `s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`,
      ...withinReach(ctx.grant.reach, { serviceId: 's.id' }, bind),
      ...(q === undefined ? [] : [`s.name_key like ${bind(containing(nameKey(q)))}`]),
      ...(lifecycle === undefined ? [] : [`s.lifecycle = any(${bind(lifecycle)}::text[]::service_lifecycle[])`]),
    ],
    alias: 's',
    toItem: toService,
  });
}

/** @throws {DomainError} SERVICE_NOT_FOUND */
export async function getService(ctx: OrganizationContext, { id }: Pick<ById, 'id'>): Promise<Service> {
  const { values, bind } = parameters();
  const rowsOf = SELECT(bind(ctx.clock()));
  const conditions = [
    `s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`,
    `s.id = ${bind(id)}::uuid`,
    ...withinReach(ctx.grant.reach, { serviceId: 's.id' }, bind),
  ];
  const [row] = await ctx.access.db.sql.query<Row>(`${rowsOf} where ${conditions.join(' and ')}`, values);
  if (row === undefined) throw new DomainError('SERVICE_NOT_FOUND');
  return toService(row);
}

/** @throws {DomainError} SERVICE_NOT_FOUND */
export function requireService(ctx: OrganizationContext, id: string): Promise<void> {
  return requireWhere(ctx, id, (bind) => withinReach(ctx.grant.reach, { serviceId: 's.id' }, bind));
}

/** The same where a place of it in reach is enough. @throws {DomainError} SERVICE_NOT_FOUND */
export function requirePartOfService(ctx: OrganizationContext, id: string): Promise<void> {
  return requireWhere(ctx, id, (bind) => touchedByReach(ctx.grant.reach, 's.id', bind));
}

async function requireWhere(ctx: OrganizationContext, id: string, inReach: (bind: Bind) => readonly string[]): Promise<void> {
  const { values, bind } = parameters();
  const ofOrganization = [`s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`, `s.id = ${bind(id)}::uuid`];
  const conditions = [...ofOrganization, ...inReach(bind)].join(' and ');
  const [service] = await ctx.access.db.sql.query(`select from service s where ${conditions}`, values);
  if (service === undefined) throw new DomainError('SERVICE_NOT_FOUND');
}

/**
 * Changes what is given of a service and leaves the rest.
 *
 * @throws {DomainError} SERVICE_NOT_FOUND; NO_UPDATES when nothing is given; PRECONDITION_FAILED when `ifVersion` is not
 *   the present version
 */
export async function updateService(ctx: OrganizationContext, input: UpdateService): Promise<Service> {
  const { organizationId: _named, id, ifVersion, ownerTeam, lifecycle, tags } = input;
  const changes = {
    ...(ownerTeam !== undefined && { ownerTeam }),
    ...(lifecycle !== undefined && { lifecycle }),
    ...(tags !== undefined && { tags: [...new Set(tags)] }),
  };
  if (Object.keys(changes).length === 0) throw new DomainError('NO_UPDATES');
  const where = { id, orgId: ctx.tenant.organization.id, AND: servicesWithin(ctx.grant.reach) };
  return write(ctx, async (tx, audit) => {
    const { count } = await tx.service.updateMany({
      where: { ...where, ...(ifVersion !== undefined && { version: ifVersion }) },
      data: { ...changes, updatedAt: ctx.clock(), version: { increment: 1 } },
    });
    if (count === 0) {
      const isThere = (await tx.service.count({ where })) > 0;
      throw new DomainError(isThere ? 'PRECONDITION_FAILED' : 'SERVICE_NOT_FOUND');
    }
    await audit({ action: 'service.updated', resourceType: 'service', resourceId: id, projectId: null, diff: changes });
    const [row] = await tx.$queryRawUnsafe<Row[]>(`${SELECT('$2')} where s.id = $1::uuid`, id, ctx.clock());
    if (row === undefined) throw new DomainError('SERVICE_NOT_FOUND');
    return toService(row);
  });
}

function toService(row: Row): Service {
  return {
    ...row,
    slug: slugOf(row.name) || row.id,
    latestScanAt: row.latestScanAt?.toISOString() ?? null,
    openFindings: bySeverity(row.openFindings),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
