import { DomainError } from '@reqbase/auth';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { DELIVERY_FIELDS, toDelivery } from './list-deliveries.ts';
import { bodyOf } from './payload.ts';
import type { WebhookDelivery, WebhookRef } from './schema.ts';
import { send } from './send.ts';

/**
 * Sends `webhook.test` now and once, also by a disabled webhook, and says what came of it. It counts as no failure.
 *
 * @throws {DomainError} WEBHOOK_NOT_FOUND
 */
export async function testWebhook(ctx: ProjectContext, { webhookId }: WebhookRef): Promise<WebhookDelivery> {
  const projectId = ctx.tenant.project.id;
  const webhook = await ctx.access.db.prisma.webhook.findFirst({ where: { id: webhookId, projectId } });
  if (webhook === null) throw new DomainError('WEBHOOK_NOT_FOUND');
  const [id, eventId, createdAt] = [ctx.newId(), ctx.newId(), ctx.clock()];
  const event = 'webhook.test';
  const body = bodyOf({ id: eventId, event, createdAt, projectId, data: { webhookId, message: 'It works.' } });
  // Before the transaction: nobody is to wait for a receiver.
  const { outcome, ...sent } = await send(ctx, webhook, { eventId, event, body, deliveryId: id, attempt: 1 });
  ctx.deliveries.note(outcome === 'succeeded' ? 'succeeded' : 'failed');
  return write(ctx, async (tx, audit) => {
    const now = ctx.clock();
    // Deleted meanwhile.
    const { count } = await tx.webhook.updateMany({ where: { id: webhookId, projectId }, data: { lastTriggeredAt: now } });
    if (count === 0) throw new DomainError('WEBHOOK_NOT_FOUND');
    const status = outcome === 'succeeded' ? ('succeeded' as const) : ('failed' as const);
    const row = await tx.webhookDelivery.create({
      data: { id, webhookId, eventId, event, status, attempt: 1, ...sent, createdAt, updatedAt: now },
      select: DELIVERY_FIELDS,
    });
    await audit({
      action: 'webhook.tested',
      resourceType: 'webhook',
      resourceId: webhookId,
      diff: { status, statusCode: sent.statusCode },
    });
    return toDelivery(row);
  });
}
