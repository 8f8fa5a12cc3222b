import { DomainError } from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { KEPT_DELIVERIES, type ListDeliveries, type WebhookDelivery } from './schema.ts';

export const DELIVERY_FIELDS = {
  id: true,
  eventId: true,
  event: true,
  status: true,
  attempt: true,
  statusCode: true,
  durationMs: true,
  error: true,
  nextAttemptAt: true,
  createdAt: true,
} as const satisfies Prisma.WebhookDeliverySelect;
type DeliveryRow = Prisma.WebhookDeliveryGetPayload<{ select: typeof DELIVERY_FIELDS }>;

export function toDelivery({ nextAttemptAt, createdAt, ...row }: DeliveryRow): WebhookDelivery {
  return { ...row, nextAttemptAt: nextAttemptAt?.toISOString() ?? null, createdAt: createdAt.toISOString() };
}

/** Without an id for a webhook that has none on this page. */
type Found = DeliveryRow | { readonly id: null };

/** The last 50 deliveries of a webhook, newest first, in one prepared statement. @throws {DomainError} WEBHOOK_NOT_FOUND, INVALID_CURSOR */
export async function listDeliveries(
  ctx: ProjectContext,
  { webhookId, limit, cursor }: ListDeliveries,
): Promise<Page<WebhookDelivery>> {
  const binding = { list: 'webhook deliveries', webhook: webhookId };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.sql.query<Found>(
    `select d.id, d.event_id as "eventId", d.event, d.status, d.attempt, d.status_code as "statusCode",
       d.duration_ms as "durationMs", d.error, d.next_attempt_at as "nextAttemptAt", d.created_at as "createdAt"
     from webhook w left join lateral (
       select * from (
         select * from webhook_delivery where webhook_id = w.id order by created_at desc, id desc limit ${KEPT_DELIVERIES}
       ) latest
       ${after === null ? '' : 'where (created_at, id) < ($3::timestamptz, $4::uuid)'}
       order by created_at desc, id desc limit ${limit + 1}
     ) d on true
     where w.id = $1::uuid and w.project_id = $2::uuid
     order by d.created_at desc, d.id desc`,
    [webhookId, ctx.tenant.project.id, ...(after === null ? [] : [after.value, after.id])],
  );
  if (rows.length === 0) throw new DomainError('WEBHOOK_NOT_FOUND');
  return pageFrom(rows.filter(isDelivery), limit, {
    toItem: toDelivery,
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

function isDelivery(row: Found): row is DeliveryRow {
  return row.id !== null;
}
