import * as z from 'zod';
import { Cursor, Id, Limit, MAX_INT, ProjectRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';

/** Every event there is, in the words of the form that chooses them. Source: wire-facts, RogerIQ, Webhooks; issue, Webhooks. */
export const WEBHOOK_EVENTS = {
  'conversation.created': 'A conversation begins',
  'conversation.updated': 'Its status, assignee, priority, tags or subject change',
  'conversation.resolved': 'A conversation is resolved',
  'message.created': 'Somebody writes in a conversation, internal notes included',
  'contact.created': 'Somebody becomes known',
  'contact.updated': 'What is known of somebody changes',
  'feature.created': 'A request, problem, question or feedback comes in',
  'feature.status_changed': 'It moves to another status',
  'comment.created': 'Somebody comments on it, internal notes included',
  'api_key.created': 'A key is made that opens the project',
  'api_key.rotated': 'Such a key is followed by another; told of the new one',
  'api_key.revoked': 'Such a key is revoked',
  'api_key.expiring': 'Such a key expires within seven days',
  'quota.reached_80': 'Four fifths of the daily calls are used up',
  'quota.reached_100': 'The daily calls are used up',
  'webhook.test': 'Somebody presses the test button; sent whether chosen or not',
} as const;
export type WebhookEventName = keyof typeof WEBHOOK_EVENTS;
export const WEBHOOK_EVENT_NAMES = Object.keys(WEBHOOK_EVENTS) as [WebhookEventName, ...WebhookEventName[]];

/**
 * Events of the contract that nothing here brings about. They may be chosen, so that a list that was made for it is taken whole.
 * Source: wire-facts, RogerIQ, Webhooks.
 */
const UNTOLD_EVENTS = ['agent.escalated', 'agent.action_executed', 'form.submitted'] as const;

/** `*`, and `<resource>.*` for each resource that has events. */
export const WEBHOOK_WILDCARDS = [
  '*',
  ...new Set([...WEBHOOK_EVENT_NAMES, ...UNTOLD_EVENTS].map((name) => `${name.slice(0, name.indexOf('.'))}.*`)),
] as const;

/** What a webhook may have in its `events` to be told of an event. */
export function patternsFor(event: WebhookEventName): string[] {
  return ['*', `${event.slice(0, event.indexOf('.'))}.*`, event];
}

export const MAX_WEBHOOKS = 20;
export const MAX_URL = 2_000;
/** As many are listed; older ones are dropped once they are over. */
export const KEPT_DELIVERIES = 50;
/** Failures in a row after which a webhook is disabled. */
export const MAX_FAILURES = 10;
/** How long the former secret signs beside the new one, unless less is asked for. */
export const OVERLAP_HOURS = 24;

export const WebhookEvent = z
  .enum([...WEBHOOK_EVENT_NAMES, ...UNTOLD_EVENTS, ...WEBHOOK_WILDCARDS] as [string, ...string[]])
  .meta({ id: 'WebhookEvent', description: 'An event, `<resource>.*` for all of a resource, or `*` for all' });
export const WebhookStatus = z.enum(['active', 'disabled']).meta({ id: 'WebhookStatus' });
export type WebhookStatus = z.infer<typeof WebhookStatus>;

const Url = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URL)
  .check(storable)
  .meta({ description: 'https, at a public address', examples: ['https://hooks.example.com/reqbase'] });
const Events = z
  .array(WebhookEvent)
  .min(1)
  .max(40)
  .meta({ examples: [['conversation.*', 'feature.created']] });

export const Webhook = z
  .object({
    id: Id,
    url: z.string(),
    events: z.array(z.string()),
    status: WebhookStatus,
    failureCount: z.int().meta({ description: `Failures in a row: after ${MAX_FAILURES} the webhook is disabled` }),
    lastTriggeredAt: Timestamp.nullable(),
    rotatingUntil: Timestamp.nullable().meta({ description: 'Until then the former secret signs too' }),
    version: z.int().meta({ description: 'Grows with every change of the settings; the ETag is made of it' }),
    createdAt: Timestamp,
  })
  .meta({
    id: 'Webhook',
    examples: [
      {
        id: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de',
        url: 'https://hooks.example.com/reqbase',
        events: ['conversation.*', 'feature.created'],
        status: 'active',
        failureCount: 0,
        lastTriggeredAt: '2026-11-20T09:12:00.000Z',
        rotatingUntil: null,
        version: 1,
        createdAt: '2026-11-18T16:40:03.120Z',
      },
    ],
  });
export type Webhook = z.infer<typeof Webhook>;
export const WebhookPage = pageOf(Webhook).meta({ id: 'WebhookPage' });

const Secret = z.string().nullable().meta({
  description: 'Signs the deliveries. Returned once, store it now; null in an answer that is repeated for an Idempotency-Key',
});
export const WebhookWithSecret = Webhook.extend({ secret: Secret }).meta({ id: 'WebhookWithSecret' });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const WebhookDelivery = z
  .object({
    id: Id,
    eventId: Id.meta({ description: 'The same in every attempt, and for every webhook that is told' }),
    event: z.string(),
    statusCode: z.int().nullable().meta({ description: 'Of the last attempt; null without an answer' }),
    durationMs: z.int().nullable(),
    attempt: z.int().meta({ description: 'Attempts so far' }),
    status: z.enum(['pending', 'succeeded', 'failed']),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why the last attempt had no answer that counts: timeout, dns, refused, tls, network, blocked …' }),
    nextAttemptAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({
    id: 'WebhookDelivery',
    examples: [
      {
        id: '01a200b1-4e0b-7c9d-8d10-6a4f0f1a9b2c',
        eventId: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0df',
        event: 'conversation.created',
        statusCode: 503,
        durationMs: 212,
        attempt: 2,
        status: 'pending',
        error: null,
        nextAttemptAt: '2026-11-20T09:12:06.000Z',
        createdAt: '2026-11-20T09:12:00.000Z',
      },
    ],
  });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;
export const DeliveryPage = pageOf(WebhookDelivery).meta({ id: 'WebhookDeliveryPage' });

export const ListWebhooks = z.object({ projectId: ProjectRef, limit: Limit, cursor: Cursor });
export type ListWebhooks = z.infer<typeof ListWebhooks>;
export const WebhookRef = z.object({ projectId: ProjectRef, webhookId: Id });
export type WebhookRef = z.infer<typeof WebhookRef>;
export const CreateWebhook = z.object({ projectId: ProjectRef, url: Url, events: Events });
export type CreateWebhook = z.infer<typeof CreateWebhook>;
export const UpdateWebhook = WebhookRef.extend({
  url: Url.optional(),
  events: Events.optional(),
  status: WebhookStatus.optional().meta({ description: '`active` begins again with no failures' }),
  ifVersion: z
    .int()
    .min(0)
    .max(MAX_INT)
    .optional()
    .meta({ description: 'Refused with PRECONDITION_FAILED when the webhook has moved on' }),
});
export type UpdateWebhook = z.infer<typeof UpdateWebhook>;
export const RotateSecret = WebhookRef.extend({
  overlapHours: z
    .int()
    .min(0)
    .max(OVERLAP_HOURS)
    .default(OVERLAP_HOURS)
    .meta({ description: 'How long the former secret signs too; 0 ends it at once' }),
});
export type RotateSecret = z.infer<typeof RotateSecret>;
export const ListDeliveries = WebhookRef.extend({ limit: Limit, cursor: Cursor });
export type ListDeliveries = z.infer<typeof ListDeliveries>;

export const Done = z.void();
