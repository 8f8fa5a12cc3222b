/** By what a quotation of our own e-mails is known from one of anybody else's. */
export type Answered = {
  /** In lower case: what our e-mails come from, and what the addresses for answers end with. */
  readonly addresses: readonly string[];
  /** Of the answer. It ends with the subject of what is answered. */
  readonly subject: string;
};

type Lines = readonly string[];

/** `From:`, `Von :`, `*Sent:*`: the lines by which Outlook begins what it quotes, in whatever language. */
const HEADER = /^[\s*]*\p{L}[\p{L}\p{M} .'’-]{0,30}[\s*]*[:：][\s*]*(?<value>.*)$/u;
const LEAST_HEADERS = 3;
const LEAST_SUBJECT = 5;
/** Before them: `________`, `-----Original Message-----`. */
const RULE = /^\s*[-_=]{5,}/;
const QUOTED = /^\s*>/;
/** `On …, Acme <…> wrote:` in whatever language says when, ends with a colon, and may be broken into lines. */
const WHEN = /\b(?:19|20)\d\d\b|\b\d{1,2}[.:h]\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d\d/;
const MOST_ATTRIBUTION_LINES = 4;
/** What is longer is nobody's attribution, and is not looked through. */
const LONGEST_LINE = 1_000;
/** RFC 3676 §4.3. Without the blank, which some programs lose, people write it between two thoughts. */
const SIGNATURE = /^-- $/;
const MOST_SIGNATURE_LINES = 12;
const DEVICE =
  /^(?:sent from|get outlook for|gesendet (?:von|mit)|von meinem .{1,40} gesendet|envoyé (?:de|depuis|à partir)|enviado (?:desde|do)|inviato da|verzonden (?:vanaf|met)|verstuurd vanaf|skickat från|sendt fra|wysłane z) .{1,80}$/iu;

/**
 * What somebody has written now: an e-mail's text without what it quotes of those before, and without the signature. In
 * doubt it stays, since what is cut is lost: only quotations of our own e-mails go, whole and where they are at one end.
 * In time that grows with the text and no faster.
 *
 * (Of the libraries for it, `email-reply-parser` 2.3 takes 5 s for 20,000 line breaks, and cuts off all that follows a line of dashes.)
 */
export function answerText(text: string, answered: Answered): string {
  const lines = text.split(/\r\n|[\r\n]/).map((line) => (SIGNATURE.test(line) ? line : line.trimEnd()));
  const own = withoutQuotation(withoutSignature(lines), answered);
  return withoutSignature(own).join('\n').trim();
}

function withoutQuotation(lines: Lines, answered: Answered): Lines {
  const end = Math.min(headersAt(lines, answered), bareQuotationAt(lines, answered), quotationAtEnd(lines));
  return end < lines.length ? lines.slice(0, end) : lines.slice(quotationAtStart(lines));
}

/** Where Outlook's headers of one of our e-mails begin, with the rule above them; else the number of lines. */
function headersAt(lines: Lines, answered: Answered): number {
  let start = 0;
  for (let at = 0; at <= lines.length; at++) {
    if (at < lines.length && headerIn(lines[at]) !== null) continue;
    if (at - start >= LEAST_HEADERS && lines.slice(start, at).some((line) => isOurs(line, answered))) {
      while (start > 0 && (isBlank(lines[start - 1]) || RULE.test(lines[start - 1] ?? ''))) start--;
      return start;
    }
    start = at + 1;
  }
  return lines.length;
}

function headerIn(line = ''): string | null {
  return line.length > LONGEST_LINE ? null : (HEADER.exec(line)?.groups?.['value'] ?? null);
}

function isOurs(line: string, { addresses, subject }: Answered): boolean {
  const value = headerIn(line)?.trim() ?? '';
  return names(line, addresses) || (value.length >= LEAST_SUBJECT && subject.endsWith(value));
}

function names(line: string, addresses: readonly string[]): boolean {
  const lower = line.toLowerCase();
  return addresses.some((address) => lower.includes(address));
}

/** Where the attribution begins of one of our e-mails that is quoted below it without any marks. */
function bareQuotationAt(lines: Lines, { addresses }: Answered): number {
  const bracketed = addresses.map((address) => `${address}>`);
  const lastQuoted = lines.findLastIndex((line) => QUOTED.test(line));
  for (let at = lastQuoted + 1; at < lines.length; at++) {
    const start = attributionBefore(lines, at + 1);
    if (start !== null && lines.slice(start, at + 1).some((line) => names(line, bracketed))) return start;
  }
  return lines.length;
}

/** Where what is quoted at the end begins, with its attribution; without one, it may be what the answer is about. */
function quotationAtEnd(lines: Lines): number {
  let start = lines.length;
  while (start > 0 && (isBlank(lines[start - 1]) || QUOTED.test(lines[start - 1] ?? ''))) start--;
  const quoted = lines.slice(start).filter((line) => QUOTED.test(line));
  if (quoted.length === 0) return lines.length;
  return attributionBefore(lines, start) ?? (hasAttribution(quoted) ? start : lines.length);
}

/** Where the answer begins that is written below the only thing that it quotes. */
function quotationAtStart(lines: Lines): number {
  const first = lines.findIndex((line) => QUOTED.test(line));
  if (first === -1) return 0;
  const head = lines.slice(0, first).filter((line) => !isBlank(line));
  const isAttributed = head.length === 0 ? hasAttribution(lines.slice(first)) : attributionBefore(head, head.length) === 0;
  let end = first;
  while (end < lines.length && (isBlank(lines[end]) || QUOTED.test(lines[end] ?? ''))) end++;
  return isAttributed && !lines.slice(end).some((line) => QUOTED.test(line)) ? end : 0;
}

/** Where the attribution begins that ends before a line: the fewest lines that say when. */
function attributionBefore(lines: Lines, before: number): number | null {
  if (!/[:：]$/.test(lines[before - 1]?.slice(-2) ?? '')) return null;
  for (let start = before - 1; start >= 0 && before - start <= MOST_ATTRIBUTION_LINES; start--) {
    const line = lines[start] ?? '';
    if (isBlank(line) || line.length > LONGEST_LINE) return null;
    if (WHEN.test(line)) return start;
  }
  return null;
}

/** Whether what is quoted begins with its attribution, as Apple's programs have it. */
function hasAttribution(quoted: Lines): boolean {
  const bare = quoted.slice(0, MOST_ATTRIBUTION_LINES).map((line) => line.slice(0, LONGEST_LINE).replace(/^[\s>]+/, ''));
  return bare.some((_line, index) => attributionBefore(bare, index + 1) === 0);
}

function withoutSignature(lines: Lines): Lines {
  const last = lines.findLastIndex((line) => !isBlank(line));
  const isDevice = last > 0 && isBlank(lines[last - 1]) && DEVICE.test(lines[last]?.trim().slice(0, LONGEST_LINE) ?? '');
  const end = isDevice ? last : last + 1;
  const mark = lines.findLastIndex((line, index) => index < end && SIGNATURE.test(line));
  const isSignature = end - mark <= MOST_SIGNATURE_LINES && lines.findIndex((line) => !isBlank(line)) < mark;
  return lines.slice(0, isSignature ? mark : end);
}

function isBlank(line = ''): boolean {
  return line.trim() === '';
}
