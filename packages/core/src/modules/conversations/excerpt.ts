const graphemes = new Intl.Segmenter();

/** The beginning of a text on one line, `length` UTF-16 units at most; what reads as one character is not cut in two. */
export function excerpt(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${beginning(line, length - 1).trimEnd()}…`;
}

/** As much of a text as fits in `length` UTF-16 units, its lines kept; what reads as one character is not cut in two. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text;
  let short = '';
  for (const { segment } of graphemes.segment(text)) {
    if (short.length + segment.length > length) break;
    short += segment;
  }
  return short;
}
