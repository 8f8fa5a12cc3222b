import type { Node } from './tree.ts';

/** The types that a schema names; none, where it takes any. */
export function typesOf(schema: Node): string[] {
  const { type, nullable } = schema;
  // What OpenAPI 3 has for Swagger's file.
  const types = (Array.isArray(type) ? type : [type === 'file' ? 'string' : type]).filter((each) => typeof each === 'string');
  return types.length > 0 && nullable === true ? [...new Set([...types, 'null'])] : types;
}

/** Whether whatever is of some types is of others, too. */
export function isWithin(types: readonly string[], others: readonly string[]): boolean {
  return types.every((type) => others.includes(type) || (type === 'integer' && others.includes('number')));
}

/** The types of what is of both; those of the second where nothing is, which no description means. */
export function commonTypes(types: readonly string[], others: readonly string[]): readonly string[] {
  const common = [...types.filter((each) => isWithin([each], others)), ...others.filter((each) => isWithin([each], types))];
  return common.length > 0 ? [...new Set(common)] : others;
}
