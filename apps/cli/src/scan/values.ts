import { isNode, listAt, type Node } from './tree.ts';
import { isWithin, typesOf } from './types.ts';

/** The values that a schema names as the only ones; null where it takes any. */
export function valuesOf(schema: Node): readonly unknown[] | null {
  if (Object.hasOwn(schema, 'const')) return [schema['const']];
  const values = listAt(schema, 'enum');
  return values.length > 0 ? values : null;
}

/** Whether a schema that names no values as its only ones may say by other words which they are. */
export function mayBeOfValues(schema: Node): boolean {
  const types = typesOf(schema);
  return (
    (types.length > 0 && isWithin(types, ['boolean', 'null'])) ||
    ['oneOf', 'anyOf', 'not', 'if'].some((key) => Array.isArray(schema[key]) || isNode(schema[key]))
  );
}

/** Those of some values that are not among others. */
export function without(values: readonly unknown[], others: readonly unknown[]): unknown[] {
  const known = new Set(others.map(asJson));
  return values.filter((value) => !known.has(asJson(value)));
}

/** The values that both have; the second ones where there are none, which no description means. */
export function commonValues(values: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  const common = without(others, without(others, values));
  return common.length > 0 ? common : others;
}

/** The same text for the same value, in whatever order its keys are written. */
export function asJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    isNode(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}
