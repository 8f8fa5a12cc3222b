import { blocksIn, isOpening, linesOf } from './markdown-lines.ts';

// The agent's part of a developer note, which people and agents write at the same time. It begins under the first line
// `## Reqio agent` and reaches to what a reader takes for the next heading of the first or second level, or to the end.
// All else is the team's, and so is what could be one or the other: their words are never written over.
//
// A line of the agent's own that would be such a heading, or that opens a fence or a comment which the agent does not
// end, is stored with a backslash before it, which makes it plain text (CommonMark §2.4). Reading takes it away again.

const MARKER = '## Reqio agent';
const IS_MARKER = /^## Reqio agent[ \t]*[\r\n]*$/;
const IS_HEADING = /^ {0,3}#{1,2}(?:[ \t\r\n]|$)/;
const IS_UNDERLINE = /^ {0,3}(?:=+|-+)[ \t]*[\r\n]*$/;
const IS_BLANK = /^[ \t]*[\r\n]*$/;
/** Where a backslash is put, or stands: before what can be a heading, an underline, or the opening of a block. */
const ESCAPABLE =
  /^( {0,3})(\\*)(?=#{1,2}(?:[ \t\r\n]|$)|(?:=+|-+)[ \t]*[\r\n]*$|`{3}|~{3}|<!--|(?:[-*+]|\d{1,9}[.)])[ \t][^\r\n]*(?:`{3}|~{3}))/;

type Parts = {
  /** Up to the end of the marker's line. */
  readonly before: string;
  readonly section: string;
  readonly after: string;
};

/** The agent's text, to the character as it was put; null when the note has no section. */
export function readAgentSection(note: string | null): string | null {
  const lines = linesOf(note ?? '');
  const parts = split(lines);
  if (parts === null) return null;
  const { section, after } = parts;
  // What sets it off from the heading after it: as it is put here, or as somebody has left it.
  const body = after === '' ? section : section.endsWith('\n\n') ? section.slice(0, -2) : section.replace(/(?:\r?\n|\r)$/, '');
  return changeOwn(body, (marks) => marks.slice(1));
}

/** The note with the agent's text replaced, or appended after one blank line. What the team has written stays byte for byte. */
export function withAgentSection(note: string | null, text: string): string {
  const lines = linesOf(note ?? '');
  const section = changeOwn(text, (marks, isRead) => (marks !== '' || isRead ? `\\${marks}` : ''));
  const parts = split(lines);
  if (parts === null) return `${beforeMarker(note ?? '', lines)}${MARKER}\n${section}`;
  const { before, after } = parts;
  return `${before}${before.endsWith('\n') ? '' : '\n'}${section}${after === '' ? '' : '\n\n'}${after}`;
}

function split(lines: readonly string[]): Parts | null {
  const { isWithin, unclosed } = blocksIn(lines);
  const outside = unclosed?.index ?? lines.length;
  const marker = lines.findIndex((line, index) => index < outside && isWithin[index] === false && IS_MARKER.test(line));
  if (marker === -1) return null;
  const rest = lines.slice(marker + 1);
  const end = headingIn(rest) ?? rest.length;
  return {
    before: lines.slice(0, marker + 1).join(''),
    section: rest.slice(0, end).join(''),
    after: rest.slice(end).join(''),
  };
}

/** The first line of the first heading of one of the first two levels. What opens a block that never ends hides none. */
function headingIn(lines: readonly string[]): number | null {
  const { isWithin } = blocksIn(lines);
  const isText = (index: number) => isWithin[index] === false && !IS_BLANK.test(lines[index] ?? '');
  for (const [index, line] of lines.entries()) {
    if (isWithin[index]) continue;
    if (IS_HEADING.test(line)) return index;
    if (!IS_UNDERLINE.test(line) || !isText(index - 1)) continue;
    // An underline makes a heading of all lines of its paragraph (CommonMark §4.3).
    let first = index - 1;
    while (isText(first - 1)) first--;
    return first;
  }
  return null;
}

/**
 * The agent's text with the backslashes before its lines changed, as far as they stand before what could be read as a
 * heading or as the opening of a block: `isRead` says whether this one is.
 */
function changeOwn(text: string, change: (marks: string, isRead: boolean) => string): string {
  const lines = linesOf(text);
  const { isWithin } = blocksIn(lines);
  return lines
    .map((line, index) => {
      if (isWithin[index]) return line;
      const isUnderline =
        IS_UNDERLINE.test(line) && index > 0 && isWithin[index - 1] === false && !IS_BLANK.test(lines[index - 1] ?? '');
      const isRead = isUnderline || IS_HEADING.test(line) || isOpening(line);
      return line.replace(ESCAPABLE, (_, indent: string, marks: string) => indent + change(marks, isRead));
    })
    .join('');
}

/** The note as the marker can follow it: after one blank line, and after the end of what would swallow it. */
function beforeMarker(note: string, lines: readonly string[]): string {
  const { unclosed } = blocksIn(lines);
  if (unclosed !== null && unclosed.closer !== '') return `${note}${/[\r\n]$/.test(note) ? '' : '\n'}${unclosed.closer}\n\n`;
  if (note === '' || /\n\r?\n$/.test(note)) return note;
  return note.endsWith('\n') ? `${note}\n` : `${note}\n\n`;
}
