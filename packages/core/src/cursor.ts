import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { DomainError } from '@reqbase/auth';
import type { Page } from './schema-kit.ts';

/** Where a keyset page ended: the value of the sort column, and the id that breaks ties. */
export type CursorPosition = { readonly value: string | number; readonly id: string };

/** What a cursor belongs to: a list, its tenant, filters and sort. A cursor of anything else is refused. */
export type CursorBinding = Readonly<Record<string, unknown>>;

const MAC_BYTES = 16;

/** Signs a position: base64url(JSON) and a MAC over it and a hash of what it is bound to. */
export function encodeCursor(key: KeyObject, binding: CursorBinding, { value, id }: CursorPosition): string {
  const payload = Buffer.from(JSON.stringify([value, id])).toString('base64url');
  return `${payload}.${mac(key, binding, payload).toString('base64url')}`;
}

/** Reads a cursor. @throws {DomainError} INVALID_CURSOR for one that was altered, or made for another list or other filters */
export function decodeCursor(key: KeyObject, binding: CursorBinding, cursor: string): CursorPosition {
  const [payload = '', signature = '', ...rest] = cursor.split('.');
  const given = Buffer.from(signature, 'base64url');
  const expected = mac(key, binding, payload);
  // Compared as text too: base64url has several spellings of the same bytes.
  const isGenuine =
    rest.length === 0 &&
    given.length === MAC_BYTES &&
    timingSafeEqual(given, expected) &&
    signature === expected.toString('base64url');
  if (!isGenuine) throw new DomainError('INVALID_CURSOR');
  const [value, id] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string | number, string];
  return { value, id };
}

/** Cuts a page out of `limit + 1` rows: the row too many says that there are more. */
export function pageFrom<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { toItem, toCursor }: { toItem: (row: Row) => Item; toCursor: (last: Row) => string },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), hasMore, nextCursor: hasMore ? toCursor(last) : null };
}

function mac(key: KeyObject, binding: CursorBinding, payload: string): Buffer {
  const meant = Object.entries(binding)
    .map(asMeant)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const bound = hash('sha256', JSON.stringify(meant), 'base64url');
  return createHmac('sha256', key).update(`${bound}.${payload}`).digest().subarray(0, MAC_BYTES);
}

/** The values of a filter are a set: in another order, or named twice, they mean the same. */
function asMeant([name, value]: [string, unknown]): [string, unknown] {
  return [name, Array.isArray(value) ? [...new Set(value.map(String))].toSorted() : value];
}
