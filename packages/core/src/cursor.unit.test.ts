import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { toPublic } from '@reqbase/auth';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CursorBinding, type CursorPosition, decodeCursor, encodeCursor, pageFrom } from './cursor.ts';
import { Cursor } from './schema-kit.ts';

const KEY = createSecretKey(randomBytes(32));
const BINDING = { list: 'features', project: 'p1', sort: 'createdAt', order: 'desc', status: ['COMPLETED'], q: undefined };

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => createSecretKey(bytes));
const anyPosition: fc.Arbitrary<CursorPosition> = fc.record({
  value: fc.oneof(
    fc.integer(),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  ),
  id: fc.uuid(),
});
const anyBinding: fc.Arbitrary<CursorBinding> = fc.dictionary(
  fc.string({ maxLength: 8 }),
  fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
    fc.constant(undefined),
  ),
  { maxKeys: 6 },
);

/** What comes of decoding: the position, or the code of the refusal, or the error that it must never be. */
function decoded(key: KeyObject, binding: CursorBinding, cursor: string): unknown {
  try {
    return decodeCursor(key, binding, cursor);
  } catch (error) {
    return toPublic(error).code;
  }
}

describe('a cursor', () => {
  it('gives back the position that it was made of, whatever that is bound to', () => {
    fc.assert(
      fc.property(anyKey, anyBinding, anyPosition, (key, binding, position) => {
        expect(decodeCursor(key, binding, encodeCursor(key, binding, position))).toEqual(position);
      }),
      { numRuns: 500 },
    );
  });

  it('is read with the members of its binding in any order', () => {
    const cursor = encodeCursor(KEY, BINDING, { value: 1, id: 'a' });
    expect(decodeCursor(KEY, Object.fromEntries(Object.entries(BINDING).reverse()), cursor)).toEqual({ value: 1, id: 'a' });
  });

  it('is read with the values of a filter in any order, and named more than once', () => {
    const made = encodeCursor(KEY, { ...BINDING, status: ['A', 'B'] }, { value: 1, id: 'x' });
    for (const status of [
      ['B', 'A'],
      ['A', 'B', 'A'],
    ])
      expect(decodeCursor(KEY, { ...BINDING, status }, made)).toEqual({ value: 1, id: 'x' });
    for (const status of [['A'], ['A', 'B', 'C'], [], 'A,B'])
      expect(() => decodeCursor(KEY, { ...BINDING, status }, made)).toThrow();
  });

  it('is refused with any one bit of it changed', () => {
    const bytes = Buffer.from(
      encodeCursor(KEY, BINDING, { value: '2026-03-14T10:20:30.250Z', id: 'b2a7f9d0-0c3f-4a51-9c57-8d3f3d1f0a11' }),
      'latin1',
    );
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(decoded(KEY, BINDING, changed.toString('latin1')), `bit ${bit}`).toBe('INVALID_CURSOR');
    }
  });

  it('is refused with anything in it replaced, removed, repeated or added', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('.', '=', '==', ' ', '\n', '+', '/', '-', '_'),
    );
    fc.assert(
      fc.property(anyPosition, fc.nat(), fc.nat({ max: 12 }), piece, (position, at, length, text) => {
        const cursor = encodeCursor(KEY, BINDING, position);
        const start = at % (cursor.length + 1);
        const changed = cursor.slice(0, start) + text + cursor.slice(start + length);
        fc.pre(changed !== cursor);
        expect(decoded(KEY, BINDING, changed)).toBe('INVALID_CURSOR');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused with its parts exchanged with those of another', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, (a, b) => {
        const [first, second] = [a, b].map((position) => encodeCursor(KEY, BINDING, position).split('.'));
        fc.pre(first?.[0] !== second?.[0]);
        expect(decoded(KEY, BINDING, `${first?.[0]}.${second?.[1]}`)).toBe('INVALID_CURSOR');
      }),
    );
  });

  it('is refused for another binding', () => {
    const plain = (binding: CursorBinding) => JSON.stringify(Object.entries(binding).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    fc.assert(
      fc.property(anyBinding, anyBinding, anyPosition, (binding, other, position) => {
        fc.pre(plain(binding) !== plain(other));
        expect(decoded(KEY, other, encodeCursor(KEY, binding, position))).toBe('INVALID_CURSOR');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['another project', { ...BINDING, project: 'p2' }],
    ['another list', { ...BINDING, list: 'comments' }],
    ['another sort', { ...BINDING, sort: 'votes' }],
    ['another order', { ...BINDING, order: 'asc' }],
    ['another filter', { ...BINDING, status: ['COMPLETED', 'NEEDS_ACTION'] }],
    ['one filter more', { ...BINDING, q: 'dark' }],
    ['a filter split otherwise', { ...BINDING, status: 'COMPLETED' }],
  ])('is refused for %s', (_what, other) => {
    expect(decoded(KEY, other, encodeCursor(KEY, BINDING, { value: 1, id: 'a' }))).toBe('INVALID_CURSOR');
  });

  it('is refused under another key', () => {
    fc.assert(
      fc.property(anyKey, anyPosition, (other, position) => {
        fc.pre(!other.equals(KEY));
        expect(decoded(other, BINDING, encodeCursor(KEY, BINDING, position))).toBe('INVALID_CURSOR');
      }),
    );
  });

  it('is refused, and nothing worse happens, for any other text', () => {
    const payload = fc.oneof(
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 700 }),
      fc.tuple(payload, fc.base64String()).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(text, (cursor) => {
        expect(decoded(KEY, BINDING, cursor)).toBe('INVALID_CURSOR');
      }),
      { numRuns: 2_000 },
    );
    for (const cursor of ['', '.', '..', 'null', 'WyJhIiwiYiJd.', '.AAAAAAAAAAAAAAAAAAAAAA'])
      expect(decoded(KEY, BINDING, cursor)).toBe('INVALID_CURSOR');
  });

  it('hides nothing, but fits what inputs take for one', () => {
    const cursor = encodeCursor(KEY, BINDING, { value: '2026-03-14T10:20:30.250Z', id: 'b2a7f9d0-0c3f-4a51-9c57-8d3f3d1f0a11' });
    expect(cursor).toMatch(/^[\w-]+\.[\w-]{22}$/);
    expect(Cursor.parse(cursor)).toBe(cursor);
  });
});

describe('a page', () => {
  const page = (rows: number, limit: number) =>
    pageFrom(
      Array.from({ length: rows }, (_, n) => n),
      limit,
      { toItem: (n) => `item ${n}`, toCursor: (n) => `after ${n}` },
    );

  it('of more rows than fit shows as many as fit, and the cursor of the last shown', () => {
    expect(page(3, 2)).toEqual({ items: ['item 0', 'item 1'], hasMore: true, nextCursor: 'after 1' });
  });

  it.each([
    [2, 2],
    [1, 2],
    [0, 2],
  ])('of %i rows with room for %i is the last one, with no cursor', (rows, limit) => {
    expect(page(rows, limit)).toMatchObject({ hasMore: false, nextCursor: null });
    expect(page(rows, limit).items).toHaveLength(rows);
  });
});
