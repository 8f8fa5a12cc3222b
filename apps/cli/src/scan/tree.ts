import { type HttpMethod, METHODS } from './contract.ts';

/** A parsed description, or a part of it: nothing about it is certain. */
export type Node = { readonly [key: string]: unknown };

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function nodeAt(parent: unknown, key: string): Node {
  const value = isNode(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  return isNode(value) ? value : {};
}

export function listAt(parent: unknown, key: string): readonly unknown[] {
  const value = isNode(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  return Array.isArray(value) ? value : [];
}

export function textAt(parent: unknown, key: string): string | null {
  const value = isNode(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  return typeof value === 'string' ? value : null;
}

/** What a pointer such as `#/components/schemas/Pet` leads to. Source: RFC 6901. */
export function atPointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.replace(/^#\/?/, '').split('/')) {
    if (part === '') continue;
    const key = unescaped(part);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function unescaped(part: string): string {
  const plain = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

export function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** More steps than this from `$ref` to `$ref` lead round in a circle, or as good as. */
const LONGEST_CHAIN = 50;

/** A value and, as long as it is a `$ref`, what that leads to. */
export function* chainFrom(document: unknown, value: unknown): Generator<unknown> {
  let next = value;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    yield next;
    const reference = textAt(next, '$ref');
    if (!reference?.startsWith('#')) return;
    next = atPointer(document, reference);
  }
}

/** What a node stands for, where it is but a `$ref`; an empty one where that leads nowhere. */
export function dereferenced(document: unknown, value: unknown): Node {
  let end: unknown;
  for (const each of chainFrom(document, value)) end = each;
  return isNode(end) && textAt(end, '$ref') === null ? end : {};
}

export type Operation = {
  readonly method: HttpMethod;
  readonly path: string;
  readonly operation: Node;
  readonly item: Node;
};

/** Every operation under `paths`, in the order of the description. */
export function operationsOf(document: unknown): Operation[] {
  return Object.entries(nodeAt(document, 'paths')).flatMap(([path, value]) => {
    if (!path.startsWith('/')) return [];
    const item = dereferenced(document, value);
    return METHODS.flatMap((method) => {
      const operation = item[method.toLowerCase()];
      return isNode(operation) ? [{ method, path, operation, item }] : [];
    });
  });
}

/** A path without the names of its parameters, which do not tell endpoints apart. */
export function shapeOf(path: string): string {
  return path.replace(/\{[^{}]*\}/g, '{}');
}

/** Whether a description is of Swagger 2.0, which has other words than OpenAPI 3 for bodies and security. */
export function isSwagger(document: Node): boolean {
  return Object.hasOwn(document, 'swagger');
}
