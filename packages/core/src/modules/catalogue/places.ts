import { DomainError } from '@reqbase/auth';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { nameKey } from './identity.ts';
import { parameters } from './page-of-rows.ts';
import type { ById, CreatePlace, Place } from './schema.ts';
import { requirePartOfService } from './services.ts';
import { withinReach } from './within-reach.ts';

/** Environments and workflows: what a service has by name, for scans and scopes of keys to refer to. */
export type PlaceKind = 'environment' | 'workflow';

const TABLES = { environment: 'service_environment', workflow: 'service_workflow' } as const;
/** So few that they are listed whole. */
const MOST = 100;

type Row = Omit<Place, 'createdAt'> & { readonly createdAt: Date };
const COLUMNS = 'p.id, p.service_id as "serviceId", p.name, p.created_at as "createdAt"';

/** By name. @throws {DomainError} SERVICE_NOT_FOUND */
export async function listPlaces(ctx: OrganizationContext, kind: PlaceKind, { id }: ById): Promise<{ items: Place[] }> {
  const { values, bind } = parameters();
  const conditions = [
    `s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`,
    `s.id = ${bind(id)}::uuid`,
    ...withinReach(ctx.grant.reach, { serviceId: 's.id', [`${kind}Id`]: 'p.id' }, bind),
  ];
  const rows = await ctx.access.db.sql.query<Row>(
    `select ${COLUMNS} from ${TABLES[kind]} p join service s on s.id = p.service_id
     where ${conditions.join(' and ')} order by p.name_key, p.id limit ${MOST}`,
    values,
  );
  if (rows.length === 0) await requirePartOfService(ctx, id);
  return { items: rows.map(toPlace) };
}

/** @throws {DomainError} SERVICE_NOT_FOUND; CONFLICT for a name that there is, or one too many */
export async function createPlace(ctx: OrganizationContext, kind: PlaceKind, { id, name }: CreatePlace): Promise<Place> {
  return write(ctx, async (tx, audit) => {
    const { values, bind } = parameters();
    const conditions = [
      `s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`,
      `s.id = ${bind(id)}::uuid`,
      ...withinReach(ctx.grant.reach, { serviceId: 's.id' }, bind),
    ];
    const [service] = await tx.$queryRawUnsafe<object[]>(
      `select from service s where ${conditions.join(' and ')} for update`,
      ...values,
    );
    if (service === undefined) throw new DomainError('SERVICE_NOT_FOUND');
    const [row] = await tx.$queryRawUnsafe<Row[]>(
      `insert into ${TABLES[kind]} as p (id, service_id, name, name_key, created_at)
       select $1::uuid, $2::uuid, $3, $4, $5::timestamptz
       where (select count(*) from ${TABLES[kind]} where service_id = $2::uuid) < ${MOST}
       on conflict (service_id, name_key) do nothing returning ${COLUMNS}`,
      ctx.newId(),
      id,
      name,
      nameKey(name),
      ctx.clock(),
    );
    if (row === undefined) throw new DomainError('CONFLICT');
    await audit({ action: `${kind}.created`, resourceType: kind, resourceId: row.id, diff: { serviceId: id, name } });
    return toPlace(row);
  });
}

function toPlace(row: Row): Place {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
