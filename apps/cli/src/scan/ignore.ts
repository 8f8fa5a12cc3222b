import { ScanError } from './contract.ts';
import { chainFrom, isNode } from './tree.ts';

/** Whether a finding of a rule at a place of the description is not to be told. */
export type Ignored = (code: string, path: readonly (string | number)[]) => boolean;

type Matches = (text: string) => boolean;
type Rule = { readonly code: Matches; readonly method: string | null; readonly path: Matches | null };

/**
 * Whether one of the patterns, in which `*` stands for anything, is a text. An expression would try every way to share a text
 * out among the `*`; the first place at which each piece is found does as well. The same texts are asked for again and again.
 */
function matcher(patterns: readonly string[]): Matches {
  const split = patterns.map((pattern) => pattern.split(/\*+/));
  const known = new Map<string, boolean>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const is = split.some((pieces) => isMadeOf(text, pieces));
    known.set(text, is);
    return is;
  };
}

/** Whether a text begins with the first of the pieces, ends with the last and has the others in between, in their order. */
function isMadeOf(text: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  let at = first.length;
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  for (const piece of others) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= end;
}

/** Lines of an ignore file: a rule, and after it perhaps a method and a path. @throws {ScanError} */
export function parseIgnoreFile(text: string): Rule[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const words = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    const [code = '', ...where] = words;
    if (code === '') return [];
    const path = where.at(-1)?.startsWith('/') ? where.pop() : undefined;
    const method = where.shift() ?? null;
    const isMethod = method === null || /^(\*|[a-z]+)$/i.test(method);
    if (where.length > 0 || !isMethod || (method !== null && path === undefined) || line.length > LONGEST_LINE)
      throw new ScanError(`Line ${index + 1} of the ignore file is not RULE [METHOD] [/path].`);
    return [
      {
        code: matcher([code]),
        method: method === '*' ? null : (method?.toUpperCase() ?? null),
        path: path === undefined ? null : matcher([path]),
      },
    ];
  });
}
const LONGEST_LINE = 1_000;

/** What the lines of the file and the `x-lint-ignore` on the way to a place say together. */
export function ignoring(document: unknown, rules: readonly Rule[]): Ignored {
  const marks = new Map<unknown, Matches>();
  return (code, path) => {
    const [area, name, verb] = path.map(String);
    const isPath = area === 'paths' && name !== undefined;
    const isOfFile = rules.some(
      (rule) =>
        rule.code(code) &&
        (rule.path === null || (isPath && rule.path(name))) &&
        (rule.method === null || rule.method === verb?.toUpperCase()),
    );
    return isOfFile || isMarked(document, code, path, marks);
  };
}

/** `x-lint-ignore: true` for all rules, or one, or several by name: on what is on the way, or on what that refers to. */
function isMarked(document: unknown, code: string, path: readonly (string | number)[], marks: Map<unknown, Matches>): boolean {
  let value = document;
  for (const key of [null, ...path]) {
    if (key !== null) value = childOf(document, value, key);
    for (const each of chainFrom(document, value)) {
      const mark = isNode(each) ? each['x-lint-ignore'] : undefined;
      if (mark === true) return true;
      if (mark === undefined) continue;
      const matches = marks.get(mark) ?? matcher([mark].flat().filter((word) => typeof word === 'string'));
      marks.set(mark, matches);
      if (matches(code)) return true;
    }
  }
  return false;
}

/** Findings are placed as if references were replaced by what they lead to. */
function childOf(document: unknown, parent: unknown, key: string | number): unknown {
  for (const each of chainFrom(document, parent))
    if (typeof each === 'object' && each !== null && Object.hasOwn(each, key)) return (each as Record<string, unknown>)[key];
  return undefined;
}
