import { tightestLimits } from './limits.ts';
import { dereferenced, listAt, type Node, nodeAt, textAt } from './tree.ts';
import { commonTypes, typesOf } from './types.ts';
import { commonValues, valuesOf } from './values.ts';

/** More than any real schema is made of. */
const MOST_PARTS = 100;

/** The schemas that all hold for what one describes: itself and, all the way down, those of its `allOf`. */
export function partsOf(document: Node, schema: unknown): Node[] {
  const found = new Set<Node>();
  const add = (each: unknown) => {
    const part = dereferenced(document, each);
    if (found.has(part) || found.size >= MOST_PARTS) return;
    found.add(part);
    for (const other of listAt(part, 'allOf')) add(other);
  };
  add(schema);
  return [...found];
}

/** One schema for what all parts hold of. Words that nothing is compared by, and alternatives, are those of the first part. */
export function asOne(parts: readonly Node[]): Node {
  const [first = {}] = parts;
  if (parts.length < 2) return first;
  const types = parts.map(typesOf).filter((each) => each.length > 0);
  const values = parts.map(valuesOf).filter((each) => each !== null);
  const items = parts.map(({ items }) => items).filter((each) => each !== undefined);
  const words = parts.toReversed().flatMap((part) => Object.entries(part));
  return {
    ...Object.fromEntries(words.filter(([word]) => word !== 'const')),
    ...tightestLimits(parts),
    type: types.length > 0 ? types.reduce(commonTypes, types[0] ?? []) : undefined,
    // OpenAPI 3.0 has no other way to say that what a schema refers to may be null.
    nullable: parts.some((part) => part['nullable'] === true && (part === first || part['type'] === undefined)),
    enum: values.length > 0 ? values.reduce(commonValues) : undefined,
    pattern: parts.map((part) => textAt(part, 'pattern')).filter((each) => each !== null),
    required: parts.flatMap((part) => listAt(part, 'required')),
    properties: propertiesOf(parts),
    items: allOf(items),
  };
}

function propertiesOf(parts: readonly Node[]): Node {
  const properties = new Map<string, unknown[]>();
  for (const part of parts)
    for (const [name, schema] of Object.entries(nodeAt(part, 'properties')))
      properties.set(name, [...(properties.get(name) ?? []), schema]);
  return Object.fromEntries([...properties].map(([name, schemas]) => [name, allOf(schemas)]));
}

const allOf = (schemas: readonly unknown[]) => (schemas.length > 1 ? { allOf: schemas } : schemas[0]);
