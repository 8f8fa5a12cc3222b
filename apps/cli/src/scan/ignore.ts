import { ScanError } from './contract.ts';

/** Whether a finding of a rule at a place of the description is not to be told. */
export type Ignored = (code: string, path: readonly (string | number)[]) => boolean;

type Rule = { readonly code: RegExp; readonly method: string | null; readonly path: RegExp | null };

/** `*` stands for anything. */
function matcher(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
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
        code: matcher(code),
        method: method === '*' ? null : (method?.toUpperCase() ?? null),
        path: path === undefined ? null : matcher(path),
      },
    ];
  });
}
const LONGEST_LINE = 1_000;

/** What the lines of the file and the `x-lint-ignore` on the way to a place say together. */
export function ignoring(document: unknown, rules: readonly Rule[]): Ignored {
  return (code, path) => {
    const [area, name, verb] = path.map(String);
    const isPath = area === 'paths' && name !== undefined;
    const isOfFile = rules.some(
      (rule) =>
        rule.code.test(code) &&
        (rule.path === null || (isPath && rule.path.test(name))) &&
        (rule.method === null || rule.method === verb?.toUpperCase()),
    );
    return isOfFile || isMarked(document, code, path);
  };
}

/** `x-lint-ignore: true` for all rules, or one, or several by name. */
function isMarked(document: unknown, code: string, path: readonly (string | number)[]): boolean {
  let value = document;
  for (const key of ['', ...path]) {
    if (key !== '' && typeof value === 'object' && value !== null) value = (value as Record<string, unknown>)[key];
    if (typeof value !== 'object' || value === null) return false;
    const mark = (value as Record<string, unknown>)['x-lint-ignore'];
    if (mark === true) return true;
    const patterns = (Array.isArray(mark) ? mark : [mark]).filter((each) => typeof each === 'string');
    if (patterns.some((pattern) => matcher(pattern).test(code))) return true;
  }
  return false;
}
