const graphemes = new Intl.Segmenter();

/** The beginning of a text on one line, `length` UTF-16 units at most; what reads as one character is not cut in two. */
export function excerpt(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= length) return line;
  let short = '';
  for (const { segment } of graphemes.segment(line)) {
    if (short.length + segment.length >= length) break;
    short += segment;
  }
  return `${short.trimEnd()}…`;
}
