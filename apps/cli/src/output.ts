import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';
import type { Page } from './api.ts';
import type { Failure } from './failure.ts';

/** How a run tells what it has: tables for people, JSON for programs, ids for other commands. */
export type Format = 'text' | 'json' | 'ids';

export type Column<Row> = readonly [title: string, value: (row: Row) => string | number | boolean | null | undefined];

export type Output = {
  readonly format: Format;
  /** One thing: its fields, or whatever `text` makes of it; where only ids are wanted, nothing of what has none. */
  one<Thing extends object>(thing: Thing, text: (thing: Thing) => string): void;
  /** A page of a list. */
  list<Row extends { readonly id: string }>(page: Page<Row>, columns: readonly Column<Row>[], empty: string): void;
  /** A sentence that only people need. */
  say(sentence: string): void;
};

/** What came from elsewhere must not move the cursor or colour the terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

export function createOutput(format: Format, { stdout, stderr }: Pick<typeof process, 'stdout' | 'stderr'> = process): Output {
  const print = (text: string) => void stdout.write(`${text}\n`);
  const json = (value: unknown) => print(JSON.stringify(value, null, 2));
  return {
    format,
    one(thing, text) {
      if (format === 'json') json(thing);
      else if (format === 'text') print(text(thing));
      else if ('id' in thing) print(String(thing.id));
    },
    list(page, columns, empty) {
      if (format === 'json') return json(page);
      if (format === 'ids') return page.data.length > 0 ? print(page.data.map(({ id }) => id).join('\n')) : undefined;
      if (page.data.length === 0) return print(empty);
      print(table(page.data, columns, stdout.columns || DEFAULT_WIDTH));
      if (page.has_more) void stderr.write(`\nThere are more: --all, or --cursor ${page.cursor}\n`);
    },
    say(sentence) {
      if (format === 'text') void stderr.write(`${sentence}\n`);
    },
  };
}

const GAP = 2;
const NARROWEST = 12;
const DEFAULT_WIDTH = 120;

/** Lines of columns, none wider than the terminal. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): string {
  const cells = rows.map((row) => columns.map(([, value]) => plain(String(value(row) ?? '–')).replace(/\s+/g, ' ')));
  const titles = columns.map(([title]) => title);
  const widths = titles.map((title, index) =>
    Math.max(...[title, ...cells.map((row) => row[index] ?? '')].map((text) => stringWidth(text))),
  );
  // The widest gives way where a line would not hold; never what the next command is called with.
  const over = widths.reduce((sum, each) => sum + each + GAP, -GAP) - width;
  const widest = widths.indexOf(Math.max(...widths.filter((_, index) => titles[index] !== 'ID')));
  if (over > 0) widths[widest] = Math.max(NARROWEST, (widths[widest] ?? 0) - over);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => padded(text, (widths[index] ?? 0) + GAP))
      .join('')
      .trimEnd();
  return [styleText('bold', line(titles)), ...cells.map(line)].join('\n');
}

function padded(text: string, width: number): string {
  const letters = [...text];
  let shown = text;
  while (stringWidth(shown) > width - GAP) {
    letters.pop();
    shown = `${letters.join('')}…`;
  }
  return shown + ' '.repeat(width - stringWidth(shown));
}

/** `name  value` lines, for one thing. */
export function fields(
  entries: readonly (readonly [name: string, value: string | number | boolean | null | undefined])[],
): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${styleText('dim', name.padEnd(width))}  ${plain(String(value ?? '–'))}`)
    .join('\n');
}

/** Keys and secrets of webhooks, which may stand where a command or a name was meant: not for a log. */
function withoutSecrets(text: string): string {
  return text.replace(/\b(?<kind>[a-z]{2,8}_(?:live|test)_|whsec_)[^\s'"]+/g, '$<kind>***');
}

/** Tells how it ended: a sentence for people, an object for programs. Source: wire-facts, CLI. */
export function tellFailure(failure: Failure, format: Exclude<Format, 'ids'>): void {
  const { code, requestId, status, facts } = failure;
  const [message = '', ...details] = [failure.message, ...failure.details].map(withoutSecrets);
  if (format === 'json') {
    const body = {
      error: message,
      code,
      request_id: requestId,
      status_code: status,
      ...facts,
      ...(details.length > 0 && { details }),
    };
    process.stderr.write(`${JSON.stringify(body)}\n`);
    return;
  }
  const lines = [message, ...details].map(plain);
  if (requestId !== null) lines.push(`Request ${plain(requestId)}`);
  const [first = '', ...rest] = lines;
  process.stderr.write(`${styleText('red', 'error', { stream: process.stderr })} ${first}\n`);
  for (const line of rest) process.stderr.write(`      ${line}\n`);
}

/** When something was, as it is told in a column. */
export function when(timestamp: string | null): string | null {
  return timestamp === null ? null : timestamp.slice(0, 16).replace('T', ' ');
}
