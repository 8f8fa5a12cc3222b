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
/** A description that would unfold to more is linted as it is written. */
const MOST_VALUES = 3_000_000;

type Unfolded = { readonly value: unknown; readonly size: number };

/**
 * A copy with the references to all but schemas replaced by what they lead to, as rules expect. Replacing those to schemas,
 * too, multiplies a description: one of 3 MB took minutes to lint then, and takes 2 s so.
 */
export function unfold(document: Node): Node {
  const known = new Map<object, Unfolded>();
  const open = new Set<object>();
  const visit = (value: unknown, key: string, holder: string): Unfolded => {
    if (typeof value !== 'object' || value === null) return { value, size: 1 };
    if (SCHEMAS.has(key)) return { value, size: 1 };
    const before = known.get(value);
    if (before !== undefined) return before;
    const reference = textAt(value, '$ref');
    if (reference !== null) {
      const target = HOLDERS.has(holder) || key === 'requestBody' ? atPointer(document, reference) : undefined;
      // One that leads back to where it stands stays a reference.
      if (!isNode(target) || open.has(target)) return { value, size: 1 };
      open.add(value);
      const found = visit(target, key, holder);
      open.delete(value);
      return found;
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
  return isNode(value) && size <= MOST_VALUES ? value : document;
}
