import type { Transaction } from './client.ts';
import type { DemoOptions } from './demo.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Past = {
  readonly event: string;
  readonly ago: number;
  readonly statusCode: number | null;
  readonly attempt?: number;
  readonly error?: string;
};

/** One that went well until somebody paused it, and one that was given up. Both lead to example.com and are disabled. */
export async function insertWebhooks(
  tx: Transaction,
  { newId, now, sealedWebhookSecret }: Pick<DemoOptions, 'newId' | 'now' | 'sealedWebhookSecret'>,
  projectId: string,
): Promise<void> {
  const insert = async (url: string, events: string[], failureCount: number, createdDaysAgo: number, past: readonly Past[]) => {
    const id = newId();
    const createdAt = new Date(now.getTime() - createdDaysAgo * DAY_MS);
    const [latest] = past;
    await tx.webhook.create({
      data: {
        id,
        projectId,
        url,
        events,
        status: 'disabled',
        secretSealed: sealedWebhookSecret(id),
        failureCount,
        lastTriggeredAt: new Date(now.getTime() - (latest?.ago ?? 0)),
        createdAt,
        updatedAt: createdAt,
      },
    });
    await tx.webhookDelivery.createMany({
      data: past.map(({ event, ago, statusCode, attempt = 1, error = null }) => {
        const at = new Date(now.getTime() - ago);
        const isGood = statusCode !== null && statusCode < 300;
        const status = isGood ? ('succeeded' as const) : ('failed' as const);
        const durationMs = error === 'timeout' ? 10_000 : 40 + ((statusCode ?? 7) % 13) * 21;
        const common = { id: newId(), webhookId: id, eventId: newId(), event, status, attempt, statusCode, durationMs, error };
        return { ...common, createdAt: at, updatedAt: at };
      }),
    });
  };
  await insert('https://example.com/hooks/reqbase', ['conversation.*', 'message.created', 'contact.*'], 0, 40, [
    { event: 'message.created', ago: 2 * HOUR_MS, statusCode: 200 },
    { event: 'conversation.resolved', ago: 3 * HOUR_MS, statusCode: 200 },
    { event: 'contact.updated', ago: 5 * HOUR_MS, statusCode: 204, attempt: 3 },
    { event: 'conversation.created', ago: 26 * HOUR_MS, statusCode: 200 },
    { event: 'webhook.test', ago: 40 * DAY_MS, statusCode: 200 },
  ]);
  await insert('https://example.com/old-tracker/intake', ['feature.created', 'feature.status_changed'], 10, 90, [
    { event: 'feature.created', ago: 6 * DAY_MS, statusCode: 410 },
    { event: 'feature.status_changed', ago: 6 * DAY_MS + HOUR_MS, statusCode: 410 },
    { event: 'feature.created', ago: 7 * DAY_MS, statusCode: null, attempt: 9, error: 'timeout' },
    { event: 'feature.created', ago: 9 * DAY_MS, statusCode: 503, attempt: 9 },
    { event: 'feature.created', ago: 12 * DAY_MS, statusCode: 201 },
  ]);
}
