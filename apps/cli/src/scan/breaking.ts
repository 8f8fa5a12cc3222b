import type { Finding } from './contract.ts';
import { dereferenced, isNode, listAt, type Node, nodeAt, type Operation, operationsOf, shapeOf, textAt } from './tree.ts';

type Tell = (code: string, message: string) => void;
type Direction = 'request' | 'response';
/** Two schemas that stand at the same place, in the former description and in this one. */
type Pair = { readonly former: unknown; readonly present: unknown };

/**
 * What a caller of the former description would stumble over: operations, parameters, bodies and answers that are gone, asked
 * for more, or of another type.
 */
export function breakingChanges(former: Node, present: Node): Finding[] {
  const findings: Finding[] = [];
  const now = new Map(operationsOf(present).map((each) => [`${each.method} ${shapeOf(each.path)}`, each]));
  for (const before of operationsOf(former)) {
    const after = now.get(`${before.method} ${shapeOf(before.path)}`);
    const { method, path } = after ?? before;
    const tell: Tell = (code, message) =>
      void findings.push({ code: `breaking.${code}`, severity: 'high', message, method, path });
    if (after === undefined) tell('operation-removed', 'The operation is gone.');
    else compareOperations(former, present, before, after, tell);
  }
  return findings;
}

function compareOperations(former: Node, present: Node, before: Operation, after: Operation, tell: Tell): void {
  const compare = (pair: Pair, direction: Direction, place: string) => {
    compareSchemas(former, present, pair, direction, place, tell, new Set(), 0);
  };
  const [was, is] = [parametersOf(former, before), parametersOf(present, after)];
  for (const [key, parameter] of is) {
    const old = was.get(key);
    if (parameter['required'] === true && old?.['required'] !== true && parameter['in'] !== 'path')
      tell('parameter-required', `The parameter ${key} is required now.`);
    if (old !== undefined && parameter['in'] !== 'body')
      compare({ former: old['schema'] ?? old, present: parameter['schema'] ?? parameter }, 'request', `parameter ${key}`);
  }
  for (const key of was.keys())
    if (!is.has(key) && !key.startsWith('path ')) tell('parameter-removed', `The parameter ${key} is gone.`);
  const [oldBody, body] = [bodyOf(former, before, was), bodyOf(present, after, is)];
  if (body.isRequired && !oldBody.isRequired) tell('body-required', 'A request body is required now.');
  for (const [type, schema] of oldBody.schemas) {
    if (!body.schemas.has(type)) tell('body-type-removed', `The request body is no longer taken as ${type}.`);
    else compare({ former: schema, present: body.schemas.get(type) }, 'request', 'request body');
  }
  for (const [status, answer] of Object.entries(nodeAt(before.operation, 'responses'))) {
    if (!/^2/.test(status)) continue;
    const other = nodeAt(after.operation, 'responses')[status];
    if (other === undefined) {
      tell('response-removed', `The answer ${status} is gone.`);
      continue;
    }
    const [old, young] = [schemasOf(dereferenced(former, answer)), schemasOf(dereferenced(present, other))];
    for (const [type, schema] of old) {
      if (!young.has(type)) tell('response-type-removed', `The answer ${status} is no longer given as ${type}.`);
      else compare({ former: schema, present: young.get(type) }, 'response', `answer ${status}`);
    }
  }
}

function parametersOf(document: Node, { item, operation }: Operation): Map<string, Node> {
  const own = [...listAt(item, 'parameters'), ...listAt(operation, 'parameters')].map((each) => dereferenced(document, each));
  let position = 0;
  return new Map(
    own.flatMap((parameter): [string, Node][] => {
      const [place, name] = [textAt(parameter, 'in'), textAt(parameter, 'name')];
      if (place === null || name === null) return [];
      // Names of path parameters do not tell endpoints apart: they are matched by their order.
      return [[place === 'path' ? `path ${position++}` : place === 'body' ? 'body' : `${name} (${place})`, parameter]];
    }),
  );
}

type Body = { readonly isRequired: boolean; readonly schemas: Map<string, unknown> };

function bodyOf(document: Node, { operation }: Operation, parameters: Map<string, Node>): Body {
  const ofSwagger = parameters.get('body');
  if (ofSwagger !== undefined) return { isRequired: false, schemas: new Map([['any', ofSwagger['schema']]]) };
  const body = dereferenced(document, operation['requestBody']);
  return { isRequired: body['required'] === true, schemas: schemasOf(body) };
}

/** By media type; Swagger 2.0 has one for all. */
function schemasOf(holder: Node): Map<string, unknown> {
  if (holder['schema'] !== undefined) return new Map([['any', holder['schema']]]);
  return new Map(Object.entries(nodeAt(holder, 'content')).map(([type, media]) => [type, nodeAt(media, 'schema')]));
}

/** Deeper than this, two descriptions that differ everywhere would be followed along too many ways. */
const DEEPEST = 12;

function compareSchemas(
  formerDocument: Node,
  presentDocument: Node,
  pair: Pair,
  direction: Direction,
  place: string,
  tell: Tell,
  seen: Set<unknown>,
  depth: number,
): void {
  const before = dereferenced(formerDocument, pair.former);
  // Within one place a schema is compared once, which also ends those that contain themselves.
  if (depth > DEEPEST || seen.has(before)) return;
  seen.add(before);
  const former = withParts(formerDocument, before, 0);
  const present = withParts(presentDocument, dereferenced(presentDocument, pair.present), 0);
  const [oldTypes, types] = [typesOf(former), typesOf(present)];
  const isNarrower =
    direction === 'request' ? oldTypes.some((type) => !types.includes(type)) : types.some((type) => !oldTypes.includes(type));
  if (oldTypes.length > 0 && types.length > 0 && isNarrower) {
    tell('type-changed', `The type of ${place} was ${oldTypes.join(' or ')} and is ${types.join(' or ')}.`);
    return;
  }
  const [oldValues, values] = [listAt(former, 'enum'), listAt(present, 'enum')];
  const gone = oldValues.filter((value) => !values.includes(value));
  if (direction === 'request' && values.length > 0 && gone.length > 0)
    tell('value-removed', `${place} no longer takes ${gone.slice(0, 5).join(', ')}.`);
  const [oldProperties, properties] = [nodeAt(former, 'properties'), nodeAt(present, 'properties')];
  const [oldRequired, required] = [listAt(former, 'required'), listAt(present, 'required')];
  if (direction === 'request')
    for (const name of required)
      if (!oldRequired.includes(name)) tell('property-required', `${String(name)} of ${place} is required now.`);
  const next = (each: Pair, where: string) =>
    compareSchemas(formerDocument, presentDocument, each, direction, where, tell, seen, depth + 1);
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
  const types = (Array.isArray(type) ? type : [type]).filter((each) => typeof each === 'string');
  return types.length > 0 && nullable === true ? [...types, 'null'] : types;
}
