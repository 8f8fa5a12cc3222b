import * as z from 'zod';

// Shapes that the slices share. Browser-safe: forms and the command line use them too.

/** For every text of an input: PostgreSQL holds no NUL, and its JSON no half of a surrogate pair. */
export const storable = z.refine<string>(
  (text) => !text.includes('\0') && text.isWellFormed(),
  'Must not contain NUL or half a character.',
);

/** A project as paths and inputs name it: by id or by slug. */
export const ProjectRef = z
  .string()
  .min(1)
  .max(100)
  .check(storable)
  .meta({ description: 'Id or slug of the project', examples: ['demo'] });
export const OrganizationRef = z.string().min(1).max(100).check(storable).meta({ description: 'Id or slug of the organization' });
export const Id = z.uuid().meta({ description: 'UUIDv7' });
export const Timestamp = z.iso
  .datetime({ offset: true })
  .meta({ description: 'ISO 8601, UTC', examples: ['2026-11-21T09:30:00.000Z'] });

/** An instant as callers give it: within the years that ISO 8601 writes with four digits, whatever its offset. */
export const Instant = Timestamp.check(
  z.refine((text) => isFourDigitYear(new Date(text)), 'Must lie in the years 1 to 9999, in UTC.'),
);

const FIRST_INSTANT_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT_MS = Date.parse('9999-12-31T23:59:59.999Z');
function isFourDigitYear(at: Date): boolean {
  return at.getTime() >= FIRST_INSTANT_MS && at.getTime() <= LAST_INSTANT_MS;
}

/** The most that a column of the type `integer` holds. */
export const MAX_INT = 2_147_483_647;

export const Limit = z.number().int().min(1).max(100).default(25).meta({ description: 'Items a page, at most 100' });
export const Cursor = z.string().max(600).check(storable).optional().meta({ description: '`nextCursor` of the page before' });

/** A page of a list. The last one has `hasMore: false` and `nextCursor: null`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), hasMore: z.boolean(), nextCursor: z.string().nullable() });
}

export type Page<Item> = { items: Item[]; hasMore: boolean; nextCursor: string | null };
