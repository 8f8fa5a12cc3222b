import type { Transaction } from '@reqbase/db';
import * as z from 'zod';
import type { Act } from '../../act.ts';
import type { Job, Queue } from '../../queue.ts';
import type { Services } from '../../services.ts';
import { systemAct } from '../../system-act.ts';
import { transact } from '../../transact.ts';
import { countsAsFailure, nextAttemptAt } from './retries.ts';
import { KEPT_DELIVERIES, MAX_FAILURES } from './schema.ts';
import { resealed } from './secrets.ts';
import { type Sent, send } from './send.ts';
import type { DeliveryOutcome } from './tally.ts';
import { tellDisabled } from './tell-disabled.ts';

/**
 * Makes one attempt at a delivery, and adds the next if another may do better. Killed in the middle it is made again: a
 * receiver knows the event by its id.
 */
export const deliverWebhook: Job<{ deliveryId: string; attempt: number }> = {
  name: 'webhooks.deliver',
  data: z.object({ deliveryId: z.uuid(), attempt: z.int().min(1).max(100) }),
  concurrency: 8,
  // So that one whose receiver takes its time leaves the others room.
  groupConcurrency: 2,
  run: deliver,
};

/** Adds the attempt of this number, in the transaction of what it follows from. */
export async function addAttempt(
  tx: Transaction,
  queue: Queue,
  { id, webhookId, attempt }: { readonly id: string; readonly webhookId: string; readonly attempt: number },
  startAfter: Date,
): Promise<void> {
  const options = { startAfter, key: `${id}:${attempt}`, group: webhookId };
  await queue.add(tx, deliverWebhook, { deliveryId: id, attempt }, options);
}

async function deliver(services: Services, { deliveryId, attempt }: { deliveryId: string; attempt: number }): Promise<void> {
  const due = await readDue(services, deliveryId);
  // Gone with its webhook, or another worker has made this attempt.
  if (due === null || due.status !== 'pending' || due.attempt !== attempt - 1) return;
  const sent = await attemptAt(services, due, attempt);
  const next = sent?.outcome === 'may be repeated' ? nextAttemptAt(attempt, services.clock()) : null;
  await settle(services, due, { attempt, sent, next });
}

type Due = NonNullable<Awaited<ReturnType<typeof readDue>>>;

/** As everything is now: the webhook may have changed since the attempt before. */
async function readDue({ access: { db } }: Services, id: string) {
  const delivery = await db.prisma.webhookDelivery.findUnique({
    where: { id },
    select: { id: true, webhookId: true, eventId: true, event: true, status: true, attempt: true, webhook: true },
  });
  if (delivery === null) return null;
  const event = await db.prisma.webhookEvent.findUnique({ where: { id: delivery.eventId }, select: { body: true } });
  return { ...delivery, body: event?.body ?? null };
}

/** Null where nothing is sent: the webhook is disabled, or whom the event tells of has been erased. */
async function attemptAt(services: Services, due: Due, attempt: number): Promise<Sent | null> {
  const { id: deliveryId, eventId, event, body, webhook } = due;
  if (webhook.status === 'disabled' || body === null) return null;
  return send(services, webhook, { eventId, event, body, deliveryId, attempt });
}

type Attempt = { readonly attempt: number; readonly sent: Sent | null; readonly next: Date | null };

async function settle(services: Services, due: Due, { attempt, sent, next }: Attempt): Promise<void> {
  const isFailure = sent !== null && sent.outcome !== 'succeeded' && countsAsFailure(attempt, next === null);
  // Read before: the embedded database has one connection, and the transaction holds it.
  const act = isFailure ? await systemAct(services, due.webhook.projectId) : null;
  const isSettled = await transact(services.access.db, async (tx) => {
    const now = services.clock();
    const { id, webhookId } = due;
    const { count } = await tx.webhookDelivery.updateMany({
      where: { id, status: 'pending', attempt: attempt - 1 },
      data: {
        ...columnsOf(due, attempt, sent),
        ...(next === null ? {} : { status: 'pending' }),
        nextAttemptAt: next,
        updatedAt: now,
      },
    });
    if (count === 0) return false;
    if (next === null) await prune(tx, webhookId);
    else await addAttempt(tx, services.queue, { id, webhookId, attempt: attempt + 1 }, next);
    if (sent !== null) await noteOn(tx, services, due, { act, sent, now });
    return true;
  });
  if (isSettled) services.deliveries.note(tallied(sent, next));
}

function columnsOf({ webhook, attempt: before }: Due, attempt: number, sent: Sent | null) {
  if (sent === null)
    return { status: 'failed' as const, attempt: before, error: webhook.status === 'disabled' ? 'disabled' : 'erased' };
  const { outcome, statusCode, durationMs, error } = sent;
  return {
    status: outcome === 'succeeded' ? ('succeeded' as const) : ('failed' as const),
    attempt,
    statusCode,
    durationMs,
    error,
  };
}

function tallied(sent: Sent | null, next: Date | null): DeliveryOutcome {
  if (sent === null) return 'dropped';
  if (sent.outcome === 'succeeded') return 'succeeded';
  return next === null ? 'failed' : 'retried';
}

type Noted = {
  /** Given when it counts as a failure. */
  readonly act: Act | null;
  readonly sent: Sent;
  readonly now: Date;
};

/** What the webhook's own row says of it; at the tenth failure in a row it is disabled, and its team told. */
async function noteOn(tx: Transaction, { secrets }: Services, { webhook }: Due, { act, sent, now }: Noted): Promise<void> {
  const renewed = resealed(secrets, webhook);
  if (renewed !== null)
    // Not over the secret of a rotation that has come in between.
    await tx.$executeRaw`
      update webhook set secret_sealed = ${renewed} where id = ${webhook.id}::uuid and secret_sealed = ${webhook.secretSealed}`;
  if (act === null) {
    const failures = sent.outcome === 'succeeded' ? { failureCount: 0 } : {};
    await tx.webhook.updateMany({ where: { id: webhook.id }, data: { ...failures, lastTriggeredAt: now } });
    return;
  }
  const [row] = await tx.$queryRaw<{ failureCount: number }[]>`
    update webhook set failure_count = failure_count + 1, last_triggered_at = ${now}::timestamptz,
      version = version + case when status = 'active' and failure_count + 1 >= ${MAX_FAILURES} then 1 else 0 end,
      status = case when failure_count + 1 >= ${MAX_FAILURES} then 'disabled' else status end
    where id = ${webhook.id}::uuid returning failure_count as "failureCount"`;
  // Those that were on their way go on counting, and are told of no more.
  if (row?.failureCount === MAX_FAILURES) await tellDisabled(tx, act, webhook);
}

/** Leaves the last 50 of a webhook; what is still on its way stays. */
async function prune(tx: Transaction, webhookId: string): Promise<void> {
  await tx.$executeRaw`
    delete from webhook_delivery where status <> 'pending' and id in (
      select id from webhook_delivery where webhook_id = ${webhookId}::uuid
      order by created_at desc, id desc offset ${KEPT_DELIVERIES})`;
}
