import { type TrackedEnvelope, tracked } from '@trpc/server';
import * as z from 'zod';

const ITEMS = new WeakMap<object, z.ZodType>();

/**
 * The output of a subscription: events that each carry the id by which a reconnecting client says what it has had. Every
 * one passes `item` on its way out, as the answer of a query does.
 */
export function streamOf<Item extends z.ZodType>(item: Item) {
  const schema = z
    .custom<AsyncIterable<TrackedEnvelope<z.input<Item>>>>(isAsyncIterable, 'Must be a stream.')
    .transform((events) => checked(events, item));
  ITEMS.set(schema, item);
  return schema;
}

/** The schema of the items of what `streamOf` made; undefined for anything else. */
export function itemOf(schema: unknown): z.ZodType | undefined {
  return typeof schema === 'object' && schema !== null ? ITEMS.get(schema) : undefined;
}

async function* checked<Item extends z.ZodType>(
  events: AsyncIterable<TrackedEnvelope<z.input<Item>>>,
  item: Item,
): AsyncGenerator<TrackedEnvelope<z.output<Item>>, void> {
  for await (const [id, data] of events) yield tracked(id, item.parse(data));
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
