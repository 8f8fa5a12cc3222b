import type { Page } from '../../schema-kit.ts';
import type { OrganizationContext } from '../../trpc.ts';
import { isPartOf, pageOfRows } from './page-of-rows.ts';
import type { Endpoint, ListEndpoints } from './schema.ts';
import { requireService } from './services.ts';
import { withinReach } from './within-reach.ts';

type Row = Omit<Endpoint, 'createdAt' | 'updatedAt'> & {
  readonly pathStart: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

const SELECT = `
  select e.id, e.service_id as "serviceId", e.method, e.path, e.path_start as "pathStart", e.operation_id as "operationId",
    e.tags, e.summary, e.state, e.first_seen_scan_id as "firstSeenScanId", e.last_seen_scan_id as "lastSeenScanId",
    e.created_at as "createdAt", e.updated_at as "updatedAt"
  from endpoint e join service s on s.id = e.service_id`;

/** By path. @throws {DomainError} SERVICE_NOT_FOUND; INVALID_CURSOR */
export async function listEndpoints(ctx: OrganizationContext, input: ListEndpoints): Promise<Page<Endpoint>> {
  const { id, q, method, state, tag } = input;
  const page = await pageOfRows<Row, Endpoint>(ctx, input, {
    list: 'endpoints',
    select: () => SELECT,
    where: (bind) => [
      `s.org_id = ${bind(ctx.tenant.organization.id)}::uuid`,
      ...withinReach(ctx.grant.reach, { serviceId: 'e.service_id' }, bind),
      `e.service_id = ${bind(id)}::uuid`,
      ...(q === undefined ? [] : [isPartOf(['e.path', 'e.operation_id', 'e.summary'], q, bind)]),
      ...(method === undefined ? [] : [`e.method = any(${bind(method)}::text[])`]),
      ...(state === undefined ? [] : [`e.state = any(${bind(state)}::text[]::endpoint_state[])`]),
      ...(tag === undefined ? [] : [`${bind(tag)} = any(e.tags)`]),
    ],
    alias: 'e',
    sort: { column: 'path_start', type: 'text', order: 'asc', read: ({ pathStart }) => pathStart },
    toItem: ({ pathStart: _sorted, createdAt, updatedAt, ...endpoint }) => ({
      ...endpoint,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    }),
  });
  if (page.items.length === 0) await requireService(ctx, id);
  return page;
}
