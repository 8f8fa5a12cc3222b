import type { Direction } from './schema-changes.ts';

/** What Swagger 2.0 says of a body counts for every media type: there `consumes` and `produces` name them. */
export const ANY_TYPE = 'any';

/**
 * The schemas among those by media type that a former one of a type is to be held against; none where the type is there no more.
 * Where callers send it, it is there within the narrowest range that takes it; where they get it and it was a range, all that is
 * given within that is.
 */
export function schemasFor(type: string, schemas: ReadonlyMap<string, unknown>, direction: Direction): unknown[] {
  if (type === ANY_TYPE) return [...schemas.values()];
  const names = [...schemas.keys()];
  // Parameters tell types apart only where both descriptions have the same ones.
  const same = [type, names.find((each) => plain(each) === plain(type)), ANY_TYPE].find(
    (each) => each !== undefined && schemas.has(each),
  );
  if (same !== undefined) return [schemas.get(same)];
  if (direction === 'response') return names.filter((each) => isInRange(each, type)).map((each) => schemas.get(each));
  const ranges = names.filter((each) => isInRange(type, each)).sort((a, b) => plain(b).length - plain(a).length);
  return ranges.slice(0, 1).map((narrowest) => schemas.get(narrowest));
}

/** Without parameters, of which none says what is in a body. Source: RFC 9110 §8.3.1. */
const plain = (type: string) => type.replace(/;.*/s, '').trim().toLowerCase();

function isInRange(type: string, range: string): boolean {
  const [wide, narrow] = [plain(range), plain(type)];
  return wide === '*/*' || (wide.endsWith('/*') && narrow.startsWith(wide.slice(0, -1)));
}
