import * as z from 'zod';
import type { Job } from '../../queue.ts';
import type { Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { addAttempt, deliverWebhook } from './deliver.ts';
import { patternsFor, type WebhookEventName } from './schema.ts';

/** Makes a delivery of an event for each webhook that wants it; once, however often it runs. */
export const fanOutEvent: Job<{ eventId: string }> = {
  name: 'webhooks.fan_out',
  data: z.object({ eventId: z.uuid() }),
  concurrency: 2,
  run: fanOut,
};

async function fanOut({ access: { db }, clock, newId, queue }: Services, { eventId }: { eventId: string }): Promise<void> {
  await transact(db, async (tx) => {
    const now = clock();
    const [event] = await tx.webhookEvent.updateManyAndReturn({
      where: { id: eventId, fannedOutAt: null },
      data: { fannedOutAt: now },
      select: { projectId: true, event: true, createdAt: true },
    });
    if (event === undefined) return;
    const { projectId, createdAt } = event;
    const webhooks = await tx.webhook.findMany({
      where: {
        projectId,
        status: 'active',
        events: { hasSome: patternsFor(event.event as WebhookEventName) },
        // Of what was there before it, it is not told.
        createdAt: { lte: createdAt },
      },
      select: { id: true },
    });
    const deliveries = webhooks.map(({ id: webhookId }) => ({
      id: newId(),
      webhookId,
      eventId,
      event: event.event,
      nextAttemptAt: now,
      createdAt: now,
      updatedAt: now,
    }));
    await tx.webhookDelivery.createMany({ data: deliveries });
    for (const { id, webhookId } of deliveries) await addAttempt(tx, queue, { id, webhookId, attempt: 1 }, now);
  });
}

export const deliveryJobs: readonly Job<object>[] = [fanOutEvent, deliverWebhook];
