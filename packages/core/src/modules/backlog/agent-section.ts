// The agent's part of a developer note, which people and agents write at the same time. It begins under the first line
// `## Reqio agent` and reaches to the next heading of the first or second level, or to the end. All else is the team's.
//
// A heading of those levels within the agent's own text is stored with a space before it: Markdown reads it as a heading
// all the same (CommonMark §4.2), and it cannot be taken for where the section ends. Reading takes the space away again.

const MARKER = '## Reqio agent';
const IS_MARKER = /^## Reqio agent[ \t]*\r?$/;
const IS_BOUNDARY = /^#{1,2}(?:[ \t\r]|$)/;
const OWN_HEADING = /^ *#{1,2}(?:[ \t\r]|$)/;
const STORED_HEADING = /^ +#{1,2}(?:[ \t\r]|$)/;

type Parts = {
  /** Up to the end of the marker's line. */
  readonly before: string;
  readonly section: string;
  readonly after: string;
};

/** The agent's text, to the character as it was put; null when the note has no section. */
export function readAgentSection(note: string | null): string | null {
  const parts = split(note ?? '');
  if (parts === null) return null;
  const { section, after } = parts;
  // What sets it off from the heading after it: as it is put here, or as somebody has left it.
  const body = after === '' ? section : section.endsWith('\n\n') ? section.slice(0, -2) : section.replace(/\r?\n$/, '');
  return eachLine(body, (line) => (STORED_HEADING.test(line) ? line.slice(1) : line));
}

/** The note with the agent's text replaced, or appended after one blank line. What the team has written stays byte for byte. */
export function withAgentSection(note: string | null, text: string): string {
  const section = eachLine(text, (line) => (OWN_HEADING.test(line) ? ` ${line}` : line));
  const parts = split(note ?? '');
  if (parts === null) return `${note ?? ''}${gapAfter(note ?? '')}${MARKER}\n${section}`;
  const { before, after } = parts;
  return `${before}${before.endsWith('\n') ? '' : '\n'}${section}${after === '' ? '' : '\n\n'}${after}`;
}

function split(note: string): Parts | null {
  const lines = note.split('\n');
  const marker = lines.findIndex((line) => IS_MARKER.test(line));
  if (marker === -1) return null;
  const next = lines.findIndex((line, index) => index > marker && IS_BOUNDARY.test(line));
  const end = next === -1 ? lines.length : next;
  const lengthOf = (part: readonly string[]) => part.reduce((sum, line) => sum + line.length + 1, 0);
  const [begin, until] = [lengthOf(lines.slice(0, marker + 1)), lengthOf(lines.slice(0, end))];
  // Each line is counted with the line break after it, which the last has not.
  return { before: note.slice(0, begin), section: note.slice(begin, until), after: note.slice(until) };
}

/** What makes one blank line out of how the note ends. */
function gapAfter(note: string): string {
  if (note === '' || /\n\r?\n$/.test(note)) return '';
  return note.endsWith('\n') ? '\n' : '\n\n';
}

function eachLine(text: string, change: (line: string) => string): string {
  return text.split('\n').map(change).join('\n');
}
