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

/** The body of a delivery, in snake_case (wire-facts, RogerIQ). */
export function bodyOf({ id, event, createdAt, projectId, data }: Payload): string {
  return JSON.stringify({ id, event, created_at: createdAt.toISOString(), project_id: projectId, data: toWire(data) });
}

/** Their names are the project’s own. */
const FREE_NAMES: ReadonlySet<string> = new Set(['traits']);

/** Names in snake_case, all the way down. The one place where a field of `data` gets another name. */
function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [snakeCase(name), FREE_NAMES.has(name) ? part : toWire(part)]),
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
