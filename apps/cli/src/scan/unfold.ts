import { atPointer, isNode, type Node, textAt } from './tree.ts';

/** Where schemas begin: those are linted where they are defined, once, and not again wherever they are referred to. */
const SCHEMAS = new Set(['schema', 'schemas', 'definitions', 'example', 'examples', 'x-files']);
/** What holds parameters, responses and the like, any of which may be but a reference. */
const HOLDERS = new Set([
  'paths',
  'parameters',
  'responses',
  'requestBodies',
  'headers',
  'securitySchemes',
  'callbacks',
  'links',
]);
/** A description that would unfold to more, or deeper, is linted as it is written. */
const MOST_VALUES = 3_000_000;
const DEEPEST = 200;

type Unfolded = { readonly value: unknown; readonly size: number };

/**
 * A copy with the references to all but schemas replaced by what they lead to, as rules expect. Replacing those to schemas,
 * too, multiplies a description: one of 3 MB took minutes to lint then, and takes 2 s so.
 */
export function unfold(document: Node): Node {
  const known = new Map<object, Unfolded>();
  const open = new Set<object>();
  const endOf = chainsOf(document);
  let isTooDeep = false;
  const visit = (value: unknown, key: string, holder: string): Unfolded => {
    if (typeof value !== 'object' || value === null) return { value, size: 1 };
    isTooDeep ||= open.size > DEEPEST;
    if (SCHEMAS.has(key) || isTooDeep) return { value, size: 1 };
    const before = known.get(value);
    if (before !== undefined) return before;
    if (isNode(value) && textAt(value, '$ref') !== null) {
      const target = HOLDERS.has(holder) || key === 'requestBody' ? endOf(value) : null;
      // One that leads back to where it stands stays a reference.
      return target === null || open.has(target) ? { value, size: 1 } : visit(target, key, holder);
    }
    if (open.has(value)) return { value, size: 1 };
    open.add(value);
    let size = 1;
    const child = (each: unknown, name: string) => {
      const found = visit(each, name, key);
      size += found.size;
      return found.value;
    };
    const copy = Array.isArray(value)
      ? value.map((each, index) => child(each, String(index)))
      : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, child(each, name)]));
    open.delete(value);
    const unfolded = { value: copy, size };
    known.set(value, unfolded);
    return unfolded;
  };
  const { value, size } = visit(document, '', '');
  return isNode(value) && size <= MOST_VALUES && !isTooDeep ? value : document;
}

/** Says what a reference leads to in the end, by whatever references; null where that is nothing, or round in a circle. */
function chainsOf(document: Node): (reference: Node) => Node | null {
  const known = new Map<Node, Node | null>();
  return (reference) => {
    const chain = new Set<Node>();
    let next: unknown = reference;
    let end: Node | null | undefined;
    while (end === undefined) {
      if (!isNode(next) || chain.has(next)) end = null;
      else if (known.has(next)) end = known.get(next) ?? null;
      else {
        const pointer = textAt(next, '$ref');
        if (pointer === null) end = next;
        else chain.add(next);
        next = pointer === null ? next : atPointer(document, pointer);
      }
    }
    for (const each of chain) known.set(each, end);
    return end;
  };
}
