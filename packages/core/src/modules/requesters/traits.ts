import { MAX_TRAITS, type Traits, type TraitsInput } from './schema.ts';

/** Traits with others put over them, name by name; null takes one away. Null when they would be too many. */
export function mergedTraits(present: Traits, given: TraitsInput): Traits | null {
  const merged = Object.entries({ ...present, ...given }).filter(([, value]) => value !== null && value !== undefined);
  return merged.length > MAX_TRAITS ? null : Object.fromEntries(merged);
}

/** What a requester pays a month, in cents. Traits that are not of the known shape pay nothing. */
export function monthlyRevenueOf({ amount, interval }: Traits): number {
  if (typeof amount !== 'number' || !Number.isInteger(amount) || amount < 0) return 0;
  return interval === 'year' ? Math.round(amount / 12) : amount;
}

/** Says whether two sets of traits are the same, in whatever order: the database keeps an order of its own. */
export function sameTraits(a: Traits, b: Traits): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}
