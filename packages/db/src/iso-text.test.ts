import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from './client.ts';
import { isoText } from './iso-text.ts';
import { createTestDatabase } from './testing.ts';

let db: Database;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());

const instants = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

describe('an instant that a statement gives as text', () => {
  it('is spelled as its Date would spell it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(instants, { minLength: 1, maxLength: 200 }), async (dates) => {
        const rows = await db.sql.query<{ at: string }>('select unnest($1::timestamptz[])::text as at', [dates]);
        expect(rows.map(({ at }) => isoText(at))).toEqual(dates.map((date) => date.toISOString()));
      }),
      { numRuns: 30 },
    );
  });

  it('loses what is below a millisecond, as a Date does', async () => {
    const [row] = await db.sql.query<{ at: string }>(`select '2026-03-14 10:20:30.987999Z'::timestamptz::text as at`);
    expect(isoText(row?.at ?? '')).toBe('2026-03-14T10:20:30.987Z');
  });

  it.each(['infinity', '04/03/2026 10:20:30 UTC', '14.03.2026 10:20:30 UTC', 'Sat Mar 14 10:20:30 2026 UTC'])(
    'is refused where it is none, or in an order of day and month that nobody knows: %s',
    (text) => {
      expect(() => isoText(text)).toThrow(RangeError);
    },
  );

  it('is the same instant in whatever zone the session prints it', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-02T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true }),
        fc.integer({ min: -15 * 4, max: 15 * 4 }),
        (date, quarters) => {
          expect(isoText(printed(date, quarters * 15))).toBe(date.toISOString());
        },
      ),
    );
  });
});

/** As PostgreSQL prints it: the minutes of an offset and a fraction only where there are any, no zeros at a fraction's end. */
function printed(date: Date, offsetMinutes: number): string {
  const [day, time] = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1).split('T');
  const ofHour = Math.abs(offsetMinutes) % 60;
  const two = (n: number) => String(n).padStart(2, '0');
  const offset = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offsetMinutes) / 60))}${ofHour === 0 ? '' : `:${two(ofHour)}`}`;
  return `${day} ${time?.replace(/\.?0*$/, '')}${offset}`;
}
