// As much of CommonMark as tells a heading from what only looks like one: lines, fences (§4.5) and comments (§4.6).

/** The lines of a text, each with what ends it (CommonMark §2.1). */
export function linesOf(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}

type Block = {
  /** Whether a line after the opening one is its last, or the first after it; null for one within. */
  readonly endsAt: (line: string) => 'last' | 'after' | null;
  /** The opening line is all of it. */
  readonly isWhole: boolean;
  /** A line that ends it; none where any text that is not indented does. */
  readonly closer: string;
};

export type Blocks = {
  /** For each line, whether it is part of a fence or of a comment that ends: nothing in there is a heading. */
  readonly isWithin: readonly boolean[];
  /** The first line that opens one which never ends: to a reader, all from there to the end of the text is in it. */
  readonly unclosed: { readonly index: number; readonly closer: string } | null;
};

export function blocksIn(lines: readonly string[]): Blocks {
  const isWithin = lines.map(() => false);
  const endless = new Set<string>();
  let unclosed: Blocks['unclosed'] = null;
  for (let index = 0; index < lines.length; ) {
    const block = openedBy(lines[index] ?? '');
    // Looked for once to the end of the text is enough.
    const end = block === null || (endless.has(block.closer) && !block.isWhole) ? null : endOf(block, lines, index);
    if (end !== null) {
      isWithin.fill(true, index, end);
      index = end;
      continue;
    }
    if (block !== null) {
      if (block.closer !== '') endless.add(block.closer);
      unclosed ??= { index, closer: block.closer };
    }
    index++;
  }
  return { isWithin, unclosed };
}

/** Whether a line opens a fence or a comment. */
export function isOpening(line: string): boolean {
  return openedBy(line) !== null;
}

/** Behind the index of its last line; null when the text ends first. */
function endOf({ endsAt, isWhole }: Block, lines: readonly string[], begin: number): number | null {
  if (isWhole) return begin + 1;
  for (let index = begin + 1; index < lines.length; index++) {
    const end = endsAt(lines[index] ?? '');
    if (end !== null) return end === 'last' ? index + 1 : index;
  }
  return null;
}

/** Fences may stand in an item of a list, at once behind its mark. In a quotation, each line has a mark of its own. */
const FENCE = /^((?: {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+)*)( {0,3})(`{3,}(?=[^`]*$)|~{3,})/;
const COMMENT = /^ {0,3}<!--/;

function openedBy(line: string): Block | null {
  const [, item = '', spaces = '', fence] = FENCE.exec(line) ?? [];
  if (fence !== undefined) return fenceOf(fence, columnsOf(item), spaces);
  if (!COMMENT.test(line)) return null;
  const isEnd = (of: string) => of.includes('-->');
  return { closer: '-->', isWhole: isEnd(line), endsAt: (next) => (isEnd(next) ? 'last' : null) };
}

/** A fence ends with one like it, at least as long; in an item of a list also where the item does. */
function fenceOf(fence: string, indent: number, spaces: string): Block {
  const closing = new RegExp(`^ *${fence[0]}{${fence.length},}[ \\t]*[\\r\\n]*$`);
  return {
    // Behind the same spaces: what is indented may be part of an item, and would not be ended from outside of it.
    closer: indent > 0 ? '' : spaces + fence,
    isWhole: false,
    endsAt(line) {
      const [, before = '', first = ''] = /^([ \t]*)([^\r\n]?)/.exec(line) ?? [];
      if (first !== '' && columnsOf(before) < indent) return 'after';
      return closing.test(line) ? 'last' : null;
    },
  };
}

/** How far a text reaches, its tabs to every fourth column (CommonMark §2.2). */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += character === '\t' ? 4 - (columns % 4) : 1;
  return columns;
}
