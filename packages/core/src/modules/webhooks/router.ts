import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { listDeliveries } from './list-deliveries.ts';
import { listWebhooks } from './list-webhooks.ts';
import * as schema from './schema.ts';
import { createWebhook, getWebhook, removeWebhook, rotateSecret, updateWebhook } from './service.ts';
import { testWebhook } from './test-webhook.ts';

const ALL = '/projects/{projectId}/webhooks';
const ONE = `${ALL}/{webhookId}`;
const NOT_FOUND = ['WEBHOOK_NOT_FOUND'] as const;

/** Where a project's events are sent. */
export const webhooks = router({
  list: project
    .scope('webhooks:read')
    .meta({ summary: 'List the webhooks of a project', errors: ['INVALID_CURSOR'], rest: { org: { method: 'GET', path: ALL } } })
    .input(schema.ListWebhooks)
    .output(schema.WebhookPage)
    .query(({ ctx, input }) => listWebhooks(ctx, input)),
  get: project
    .scope('webhooks:read')
    .meta({ summary: 'Read a webhook', errors: NOT_FOUND, rest: { org: { method: 'GET', path: ONE, etag: 'version' } } })
    .input(schema.WebhookRef)
    .output(schema.Webhook)
    .query(({ ctx, input }) => getWebhook(ctx, input)),
  create: project
    .scope('webhooks:write')
    .meta({
      summary: 'Add a webhook to a project',
      description:
        'A key needs the scopes to read what the events tell, besides: `conversations:read` for conversations and messages, `requesters:read` for contacts, `backlog:read` and `conversations:read` for features and comments, `keys:read` for keys, `usage:read` for quotas; all of them for `*`.',
      errors: ['WEBHOOK_LIMIT'],
      rest: { org: { method: 'POST', path: ALL, status: 201, location: `${ALL}/{id}`, once: 'secret' } },
    })
    .input(schema.CreateWebhook)
    .output(schema.WebhookWithSecret)
    .mutation(({ ctx, input }) => createWebhook(ctx, input)),
  update: project
    .scope('webhooks:write')
    .meta({
      summary: 'Change a webhook, disable it or enable it again',
      errors: ['WEBHOOK_NOT_FOUND', 'NO_UPDATES', 'PRECONDITION_FAILED'],
      rest: { org: { method: 'PATCH', path: ONE, etag: 'version' } },
    })
    .input(schema.UpdateWebhook)
    .output(schema.Webhook)
    .mutation(({ ctx, input }) => updateWebhook(ctx, input)),
  remove: project
    .scope('webhooks:write')
    .meta({
      summary: 'Delete a webhook with its deliveries',
      errors: NOT_FOUND,
      rest: { org: { method: 'DELETE', path: ONE, status: 204 } },
    })
    .input(schema.WebhookRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => removeWebhook(ctx, input)),
  test: project
    .scope('webhooks:write')
    .meta({
      summary: 'Send a test event now and say what came of it',
      errors: NOT_FOUND,
      rest: { org: { method: 'POST', path: `${ONE}/test` } },
    })
    .input(schema.WebhookRef)
    .output(schema.WebhookDelivery)
    .mutation(({ ctx, input }) => testWebhook(ctx, input)),
  deliveries: project
    .scope('webhooks:read')
    .meta({
      summary: 'List the last 50 deliveries of a webhook',
      errors: ['WEBHOOK_NOT_FOUND', 'INVALID_CURSOR'],
      rest: { org: { method: 'GET', path: `${ONE}/deliveries` } },
    })
    .input(schema.ListDeliveries)
    .output(schema.DeliveryPage)
    .query(({ ctx, input }) => listDeliveries(ctx, input)),
  rotateSecret: project
    .scope('webhooks:write')
    .meta({
      summary: 'Give a webhook another secret',
      description: 'The former one signs beside it for 24 hours, or for as long as asked.',
      errors: NOT_FOUND,
      rest: { org: { method: 'POST', path: `${ONE}/rotate-secret`, once: 'secret' } },
    })
    .input(schema.RotateSecret)
    .output(schema.WebhookWithSecret)
    .mutation(({ ctx, input }) => rotateSecret(ctx, input)),
});
