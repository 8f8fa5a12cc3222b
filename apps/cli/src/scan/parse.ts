import { load } from 'js-yaml';
import { LIMIT, ScanError } from './contract.ts';
import { isNode, type Node } from './tree.ts';

/** How deep a description may nest. Real ones stay below 40. */
const DEEPEST = 100;
/** How many values it may have once its aliases are written out. The largest real one of 10 MB has a quarter of them. */
const MOST_VALUES = 2_000_000;
/** How many members one object or list may have: what the rules do with it grows by the square. Real ones have 2,000 schemas. */
const MOST_MEMBERS = 10_000;

/** Reads JSON or YAML. @throws {ScanError} for what is neither, or is made to exhaust whoever reads it */
export function parse(bytes: Buffer, name: string): Node {
  if (bytes.length > LIMIT.specBytes)
    throw new ScanError('OpenAPI spec is too large: the CLI currently limits spec files to 10 MB.');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text.includes('\0')) throw new ScanError(`${name} is neither JSON nor YAML.`);
  const document = /^\s*[[{]/.test(text) ? parseJson(text, name) : parseYaml(text, name);
  if (!isNode(document)) throw new ScanError(`${name} is not an OpenAPI description: it holds no object.`);
  measure(document, name);
  return document;
}

function parseJson(text: string, name: string): unknown {
  // Before anything is made of it: an array in an array costs less to write than to hold.
  if (depthOf(text) > DEEPEST) throw tooDeep(name);
  try {
    return JSON.parse(text);
  } catch {
    // What begins like JSON may still be YAML, which says where it stops.
    return parseYaml(text, name);
  }
}

function parseYaml(text: string, name: string): unknown {
  try {
    return load(text, { maxDepth: DEEPEST, filename: name });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.includes('maxDepth') || error instanceof RangeError) throw tooDeep(name);
    throw new ScanError(`${name} is neither JSON nor YAML: ${message.split('\n', 1)[0]}`);
  }
}

function tooDeep(name: string): ScanError {
  return new ScanError(`${name} nests deeper than ${DEEPEST} levels.`);
}

function depthOf(text: string): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (isText) {
      if (letter === '\\') index++;
      else if (letter === '"') isText = false;
    } else if (letter === '"') isText = true;
    else if (letter === '{' || letter === '[') deepest = Math.max(deepest, ++depth);
    else if (letter === '}' || letter === ']') depth--;
  }
  return deepest;
}

/** Counts an alias as often as it is used, so that a few lines which stand for billions are seen before they are followed. */
function measure(document: Node, name: string): void {
  let values = 0;
  const open: [value: object, depth: number][] = [[document, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    if (depth > DEEPEST) throw tooDeep(name);
    for (const [key, child] of Object.entries(value)) {
      // Of an extension the rules know nothing.
      if (sizeOf(child) > MOST_MEMBERS && !key.startsWith('x-'))
        throw new ScanError(`${name} has more than ${MOST_MEMBERS} members in ${key}.`);
      if (++values > MOST_VALUES) throw new ScanError(`${name} has more than ${MOST_VALUES} values, aliases counted.`);
      if (typeof child === 'object' && child !== null) open.push([child, depth + 1]);
    }
  }
}

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}
