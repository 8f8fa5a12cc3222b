import type * as z from 'zod';
import { orgFields } from '../../openapi/org-fields.ts';
import { snakeCase, wireOf } from '../../openapi/wire.ts';
import { ApiKey } from '../api-keys/schema.ts';
import { Comment, Feature } from '../backlog/schema.ts';
import { Conversation, Message } from '../conversations/schema.ts';
import { Requester } from '../requesters/schema.ts';
import type { WebhookEventName } from './schema.ts';

/** What a receiver gets, before it is text. */
export type Payload = {
  readonly id: string;
  readonly event: WebhookEventName;
  readonly createdAt: Date;
  readonly projectId: string;
  /** A row as the public schemas have it, in camelCase. */
  readonly data: object;
};

/** What the data of an event is, and how the organization's surface spells it: receivers read the same as callers. */
const RESOURCES: Readonly<Record<string, { readonly schema: z.ZodObject; readonly slice: string }>> = {
  conversation: { schema: Conversation, slice: 'conversations' },
  message: { schema: Message, slice: 'conversations' },
  contact: { schema: Requester, slice: 'requesters' },
  feature: { schema: Feature, slice: 'backlog' },
  comment: { schema: Comment, slice: 'backlog' },
  api_key: { schema: ApiKey, slice: 'organizationKeys' },
};

/** The body of a delivery, in snake_case (wire-facts, RogerIQ). */
export function bodyOf({ id, event, createdAt, projectId, data }: Payload): string {
  return JSON.stringify({ id, event, created_at: createdAt.toISOString(), project_id: projectId, data: toWire(event, data) });
}

function toWire(event: WebhookEventName, data: object): unknown {
  const resource = RESOURCES[event.slice(0, event.indexOf('.'))];
  const row = resource === undefined ? {} : (wireOf(resource.schema, orgFields(resource.slice)).encode(data) as object);
  // What an event tells beside the row: where it has moved from.
  const beside = Object.entries(data).filter(([name]) => resource === undefined || !(name in resource.schema.shape));
  return { ...row, ...Object.fromEntries(beside.map(([name, value]) => [snakeCase(name), value])) };
}
