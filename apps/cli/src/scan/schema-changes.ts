import { mayBeOfValues, tightenedLimits, valuesOf } from './limits.ts';
import { dereferenced, isNode, listAt, type Node, nodeAt, textAt } from './tree.ts';

export type Tell = (code: string, message: string) => void;
export type Direction = 'request' | 'response';
/** Two schemas that stand at the same place, in the former description and in this one. */
export type Pair = { readonly former: unknown; readonly present: unknown };
/** The two descriptions, in which references are looked up. */
export type Documents = { readonly former: Node; readonly present: Node };

/** Deeper than this, two descriptions that differ everywhere would be followed along too many ways. */
const DEEPEST = 12;

/** Tells of what a caller who knows the former schema stumbles over in the present one. */
export function compareSchemas(documents: Documents, pair: Pair, direction: Direction, place: string, tell: Tell): void {
  compareAt(documents, pair, direction, place, tell, new Set(), 0);
}

function compareAt(
  documents: Documents,
  pair: Pair,
  direction: Direction,
  place: string,
  tell: Tell,
  seen: Set<unknown>,
  depth: number,
): void {
  const before = dereferenced(documents.former, pair.former);
  // Within one place a schema is compared once, which also ends those that contain themselves.
  if (depth > DEEPEST || seen.has(before)) return;
  seen.add(before);
  const former = withParts(documents.former, before, 0);
  const present = withParts(documents.present, dereferenced(documents.present, pair.present), 0);
  const [oldTypes, types] = [typesOf(former), typesOf(present)];
  const isNarrower = direction === 'request' ? !isWithin(oldTypes, types) : !isWithin(types, oldTypes);
  if (oldTypes.length > 0 && types.length > 0 && isNarrower) {
    tell('type-changed', `The type of ${place} was ${oldTypes.join(' or ')} and is ${types.join(' or ')}.`);
    return;
  }
  if (direction === 'request') tellOfNarrower(former, present, place, tell);
  const [oldProperties, properties] = [nodeAt(former, 'properties'), nodeAt(present, 'properties')];
  const [oldRequired, required] = [listAt(former, 'required').map(String), listAt(present, 'required').map(String)];
  // What only answers have no request needs, and the other way round.
  const isOf = (name: string) =>
    dereferenced(documents.present, properties[name])[direction === 'request' ? 'readOnly' : 'writeOnly'] !== true;
  if (direction === 'request') {
    for (const name of required)
      if (!oldRequired.includes(name) && isOf(name)) tell('property-required', `${name} of ${place} is required now.`);
  } else {
    for (const name of oldRequired)
      if (!required.includes(name) && Object.hasOwn(properties, name) && isOf(name))
        tell('property-optional', `${name} of ${place} may be missing now.`);
  }
  const next = (each: Pair, where: string) => compareAt(documents, each, direction, where, tell, seen, depth + 1);
  for (const [name, value] of Object.entries(oldProperties)) {
    if (Object.hasOwn(properties, name)) next({ former: value, present: properties[name] }, `${name} of ${place}`);
    else if (direction === 'response') tell('property-removed', `${name} of ${place} is gone.`);
  }
  if (isNode(former['items']) && isNode(present['items']))
    next({ former: former['items'], present: present['items'] }, `each of ${place}`);
  for (const kind of ['oneOf', 'anyOf']) {
    const [old, young] = [alternativesOf(former, kind), alternativesOf(present, kind)];
    // What has alternatives in one of the two only may mean the same by other words.
    if (old.size === 0 || young.size === 0) continue;
    for (const [name, schema] of old) {
      if (young.has(name)) next({ former: schema, present: young.get(name) }, `${name} of ${place}`);
      else if (direction === 'request') tell('alternative-removed', `${place} is no longer taken as ${name}.`);
    }
    for (const name of young.keys())
      if (direction === 'response' && !old.has(name)) tell('alternative-added', `${place} may be ${name} now.`);
  }
}

/** Of values, lengths, numbers and patterns that were taken and are no longer. */
function tellOfNarrower(former: Node, present: Node, place: string, tell: Tell): void {
  const [oldValues, values] = [valuesOf(former), valuesOf(present)];
  const gone = oldValues?.filter((value) => !values?.includes(value)) ?? [];
  if (values !== null && gone.length > 0) tell('value-removed', `${place} no longer takes ${gone.slice(0, 5).join(', ')}.`);
  if (values !== null && oldValues === null && !mayBeOfValues(former))
    tell(
      'enum-added',
      `${place} takes nothing but ${values.slice(0, 5).join(', ')}${values.length > 5 ? ' and others' : ''} now.`,
    );
  const limits = tightenedLimits(former, present);
  if (limits.length > 0) tell('limit-tightened', `${place} is bounded more tightly now: ${limits.join('; ')}.`);
  const [oldPattern, pattern] = [textAt(former, 'pattern'), textAt(present, 'pattern')];
  if (pattern !== null && pattern !== oldPattern) tell('pattern-changed', `${place} has to match ${pattern} now.`);
}

/** By the name of what they refer to, the others by their place among those that refer to nothing. */
function alternativesOf(schema: Node, kind: string): Map<string, unknown> {
  let unnamed = 0;
  return new Map(
    listAt(schema, kind).map((each) => [textAt(each, '$ref')?.split('/').at(-1) ?? `alternative ${++unnamed}`, each]),
  );
}

/** A schema together with what its `allOf` adds to it. */
function withParts(document: Node, schema: Node, depth: number): Node {
  if (depth > DEEPEST_ALL_OF || listAt(schema, 'allOf').length === 0) return schema;
  const parts = listAt(schema, 'allOf').slice(0, MOST_PARTS);
  const all = [...parts.map((each) => withParts(document, dereferenced(document, each), depth + 1)), schema];
  return {
    ...merged(all),
    properties: merged(all.map((each) => nodeAt(each, 'properties'))),
    required: all.flatMap((each) => listAt(each, 'required')),
  };
}

const merged = (nodes: readonly Node[]): Node => Object.fromEntries(nodes.flatMap((node) => Object.entries(node)));

const DEEPEST_ALL_OF = 3;
const MOST_PARTS = 20;

function typesOf(schema: Node): string[] {
  const { type, nullable } = schema;
  // What OpenAPI 3 has for Swagger's file.
  const types = (Array.isArray(type) ? type : [type === 'file' ? 'string' : type]).filter((each) => typeof each === 'string');
  return types.length > 0 && nullable === true ? [...types, 'null'] : types;
}

/** Whether whatever is of some types is of others, too. */
function isWithin(types: readonly string[], others: readonly string[]): boolean {
  return types.every((type) => others.includes(type) || (type === 'integer' && others.includes('number')));
}
