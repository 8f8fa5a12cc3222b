import { asOne, partsOf } from './all-of.ts';
import { alternativesOf, matchAlternatives } from './alternatives.ts';
import { tightenedLimits } from './limits.ts';
import { chainFrom, isNode, listAt, type Node, nodeAt } from './tree.ts';
import { isWithin, typesOf } from './types.ts';
import { asJson, mayBeOfValues, valuesOf, without } from './values.ts';

export type Tell = (code: string, message: string) => void;
export type Direction = 'request' | 'response';
/** Two schemas that stand at the same place, in the former description and in this one. */
export type Pair = { readonly former: unknown; readonly present: unknown };
/** The two descriptions, in which references are looked up. */
export type Documents = { readonly former: Node; readonly present: Node };

/** Deeper than this, two descriptions that differ everywhere would be followed along too many ways. */
const DEEPEST = 12;
/** How deep an alternative is looked into for whether it is the same: what names its kind is one of its properties. */
const DEEPEST_TRIAL = 1;

type Comparison = {
  readonly documents: Documents;
  readonly direction: Direction;
  readonly tell: Tell;
  readonly seen: Set<string>;
  readonly ids: Map<Node, number>;
};

/** Tells of what a caller who knows the former schema stumbles over in the present one. */
export function compareSchemas(documents: Documents, pair: Pair, direction: Direction, place: string, tell: Tell): void {
  compareAt({ documents, direction, tell, seen: new Set(), ids: new Map() }, pair, place, 0);
}

function compareAt(comparison: Comparison, pair: Pair, place: string, depth: number): void {
  const { documents, direction, tell, seen } = comparison;
  const [oldParts, parts] = [partsOf(documents.former, pair.former), partsOf(documents.present, pair.present)];
  const key = `${keyOf(comparison, oldParts)} ${keyOf(comparison, parts)}`;
  // Within one place two schemas are compared once, which also ends those that contain themselves.
  if (depth > DEEPEST || seen.has(key)) return;
  seen.add(key);
  const [former, present] = [asOne(oldParts), asOne(parts)];
  const [oldTypes, types] = [typesOf(former), typesOf(present)];
  const isNarrower = direction === 'request' ? !isWithin(oldTypes, types) : !isWithin(types, oldTypes);
  if (oldTypes.length > 0 && types.length > 0 && isNarrower) {
    tell('type-changed', `The type of ${place} was ${oldTypes.join(' or ')} and is ${types.join(' or ')}.`);
    return;
  }
  if (direction === 'request') tellOfNarrower(former, present, place, tell);
  compareProperties(comparison, { former, present }, place, depth);
  if (isNode(former['items']) && isNode(present['items']))
    compareAt(comparison, { former: former['items'], present: present['items'] }, `each of ${place}`, depth + 1);
  for (const kind of ['oneOf', 'anyOf']) compareAlternatives(comparison, { former, present }, kind, place, depth);
}

/** Of which schemas one consists, but for those that say nothing else: what is merged from parts is made anew each time. */
function keyOf({ ids }: Comparison, parts: readonly Node[]): string {
  const telling = parts.filter((part) => Object.keys(part).some((word) => word !== 'allOf'));
  const numbers = telling.map((part) => {
    const id = ids.get(part) ?? ids.size;
    ids.set(part, id);
    return id;
  });
  return numbers.sort((a, b) => a - b).join();
}

type Schemas = { readonly former: Node; readonly present: Node };

function compareProperties(comparison: Comparison, schemas: Schemas, place: string, depth: number): void {
  const { documents, direction, tell } = comparison;
  const former = propertiesFor(direction, documents.former, schemas.former);
  const present = propertiesFor(direction, documents.present, schemas.present);
  if (direction === 'request') {
    for (const name of present.required)
      if (!former.required.has(name)) tell('property-required', `${name} of ${place} is required now.`);
  } else {
    for (const name of former.required)
      if (!present.required.has(name) && present.properties.has(name))
        tell('property-optional', `${name} of ${place} may be missing now.`);
  }
  for (const [name, schema] of former.properties) {
    if (present.properties.has(name))
      compareAt(comparison, { former: schema, present: present.properties.get(name) }, `${name} of ${place}`, depth + 1);
    else if (direction === 'response') tell('property-removed', `${name} of ${place} is gone.`);
  }
}

/** What only answers have is no part of a request, and the other way round. */
function propertiesFor(direction: Direction, document: Node, schema: Node) {
  const other = direction === 'request' ? 'readOnly' : 'writeOnly';
  const isOther = (property: unknown) =>
    // OpenAPI 3.1 may say so beside a reference.
    [...chainFrom(document, property), ...partsOf(document, property)].some((each) => isNode(each) && each[other] === true);
  const all = nodeAt(schema, 'properties');
  const properties = new Map(Object.entries(all).filter(([, property]) => !isOther(property)));
  const required = listAt(schema, 'required').map(String);
  return { properties, required: new Set(required.filter((name) => properties.has(name) || !Object.hasOwn(all, name))) };
}

function compareAlternatives(comparison: Comparison, schemas: Schemas, kind: string, place: string, depth: number): void {
  const { documents, direction, tell } = comparison;
  const old = alternativesOf(documents.former, schemas.former, kind);
  const young = alternativesOf(documents.present, schemas.present, kind);
  // What has alternatives in one of the two only may mean the same by other words.
  if (old.length === 0 || young.length === 0) return;
  const { pairs, gone, added } = matchAlternatives(old, young, (former, present) => {
    const told = new Set<string>();
    const trial: Comparison = { ...comparison, seen: new Set(), tell: (code) => void told.add(code) };
    compareAt(trial, { former: former.schema, present: present.schema }, '', Math.max(depth + 1, DEEPEST - DEEPEST_TRIAL));
    return told.size === 0;
  });
  for (const [former, present] of pairs)
    compareAt(comparison, { former: former.schema, present: present.schema }, `${former.name} of ${place}`, depth + 1);
  if (direction === 'request')
    for (const { name } of gone) tell('alternative-removed', `${place} is no longer taken as ${name}.`);
  else for (const { name } of added) tell('alternative-added', `${place} may be ${name} now.`);
}

/** Of values, lengths, numbers and patterns that were taken and are no longer. */
function tellOfNarrower(former: Node, present: Node, place: string, tell: Tell): void {
  const [oldValues, values] = [valuesOf(former), valuesOf(present)];
  const gone = values === null ? [] : without(oldValues ?? [], values);
  if (gone.length > 0) tell('value-removed', `${place} no longer takes ${listed(gone)}.`);
  if (values !== null && oldValues === null && !mayBeOfValues(former))
    tell('enum-added', `${place} takes nothing but ${listed(values)}${values.length > 5 ? ' and others' : ''} now.`);
  const limits = tightenedLimits(former, present);
  if (limits.length > 0) tell('limit-tightened', `${place} is bounded more tightly now: ${limits.join('; ')}.`);
  const patterns = without(patternsOf(present), patternsOf(former));
  if (patterns.length > 0) tell('pattern-changed', `${place} has to match ${patterns.join(' and ')} now.`);
}

const listed = (values: readonly unknown[]) => values.slice(0, 5).map(asJson).join(', ');

/** The one of a schema, or those of all its parts. */
const patternsOf = ({ pattern }: Node) => [pattern].flat().filter((each) => typeof each === 'string');
