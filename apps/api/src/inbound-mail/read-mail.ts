import { hash } from 'node:crypto';
import { type HtmlToTextOptions, htmlToText } from 'html-to-text';
import { type AttachmentStream, type HeaderLines, MailParser, type MessageText } from 'mailparser';
import { answerText } from './answer-text.ts';

/** An e-mail as it was sent. */
export type RawMail = {
  readonly bytes: Uint8Array;
  /** As `Answered.addresses`. */
  readonly addresses: readonly string[];
};

/** What there is to know of it. Not whom it says that it is from: anybody can write there what they like. */
export type MailContent = {
  /** The same for the same e-mail: its Message-ID, else a digest of its bytes. */
  readonly identity: string;
  /** A program wrote it, or it went to many: nobody is to be told of it, lest programs answer each other. */
  readonly isAutomatic: boolean;
  /** What its sender has written now; empty when that is nothing. */
  readonly text: string;
};

export type ReadMail = MailContent | 'too_long' | 'unreadable';

/** Of text, as it is and as HTML, in UTF-16 units: with all that it quotes. */
const LONGEST_TEXT = 1_048_576;
const LARGEST_HEADERS_BYTES = 262_144;
const MOST_PARTS = 200;
const MOST_NAMES = 10;
const LONGEST_NAME = 100;

const PARSER = {
  // HTML is turned into text below, all of a message together: here, none is, which the parser says when there would have been some.
  maxHtmlLengthToParse: 0,
  skipTextLinks: true,
  checksumAlgo: false,
  ignoreEmbedded: true,
  keepDeliveryStatus: true,
  maxHeadSize: LARGEST_HEADERS_BYTES,
  maxChildNodes: MOST_PARTS,
} as const;

const AS_TEXT: HtmlToTextOptions = {
  wordwrap: false,
  // Nothing that is written now is as deep: quotations of quotations are.
  limits: { maxInputLength: LONGEST_TEXT, maxDepth: 200, ellipsis: '' },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['<', '>'] } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
};

/** Reads an e-mail. What it costs grows with what was made to be costly: see `mailReader`. */
export async function readMail({ bytes, addresses }: RawMail): Promise<ReadMail> {
  const parsed = await parse(bytes);
  if (parsed === null) return 'unreadable';
  const { headers, content, fileNames } = parsed;
  const messageId = valuesOf(headers, 'message-id')[0] ?? '';
  const identity = messageId === '' ? hash('sha256', bytes, 'hex') : messageId;
  const isAutomatic = isByProgram(headers);
  const whole = textOf(content);
  if (whole === null) return 'too_long';
  const text = answerText(whole, { addresses, subject: parsed.subject });
  return { identity, isAutomatic, text: text === '' ? '' : withNames(text, fileNames) };
}

type Parsed = {
  readonly headers: HeaderLines;
  readonly subject: string;
  readonly content: Pick<MessageText, 'text' | 'html' | 'textConversionError'>;
  readonly fileNames: readonly string[];
};

/** Null for what is no e-mail, or too many parts of one. */
function parse(bytes: Uint8Array): Promise<Parsed | null> {
  return new Promise((resolve) => {
    const parser = new MailParser(PARSER);
    const fileNames: string[] = [];
    let content: Parsed['content'] = {};
    parser.on('data', (part) => {
      if (part.type === 'text') {
        content = part;
        return;
      }
      if (isFile(part)) fileNames.push(part.filename ?? 'without a name');
      part.content.on('end', () => part.release?.());
      part.content.resume();
    });
    parser.on('error', () => resolve(null));
    parser.on('end', () => resolve({ headers: parser.headerLines || [], subject: parser.subject ?? '', content, fileNames }));
    parser.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}

/** Somebody has attached it: it is no picture of the text's own, and no signature. */
function isFile({ related, contentType }: AttachmentStream): boolean {
  return related !== true && !/^application\/(?:pgp-signature|(?:x-)?pkcs7-signature)$/.test(contentType);
}

/** All text that there is, HTML as text where it has no other; null when it is too long. */
function textOf({ text = '', html = '', textConversionError }: Parsed['content']): string | null {
  if (text.length > LONGEST_TEXT) return null;
  if (textConversionError === undefined && text.trim() !== '') return text;
  if (html.length > LONGEST_TEXT) return null;
  const converted = htmlToText(html, AS_TEXT);
  return converted.length > LONGEST_TEXT ? null : converted.replace(/\n{3,}/g, '\n\n');
}

/** The values of a header, as they were sent, but on one line. */
function valuesOf(headers: HeaderLines, name: string): string[] {
  return headers
    .filter(({ key }) => key === name)
    .map(({ line }) =>
      line
        .slice(line.indexOf(':') + 1)
        .replace(/\r?\n/g, '')
        .trim(),
    );
}

/** RFC 3834 §2 and §5, and what programs said before it. */
function isByProgram(headers: HeaderLines): boolean {
  const has = (name: string, value: RegExp) => valuesOf(headers, name).some((each) => value.test(each));
  return (
    has('auto-submitted', /^(?!no\b)\w/i) ||
    has('precedence', /^(?:bulk|junk|list|auto_reply)\b/i) ||
    has('content-type', /^multipart\/report\b/i)
  );
}

/** Says what else was sent: who gets the text could not know that there was more. */
function withNames(text: string, names: readonly string[]): string {
  if (names.length === 0) return text;
  const told = names.slice(0, MOST_NAMES).map((name) => name.replace(/[\s\p{C}]+/gu, ' ').slice(0, LONGEST_NAME));
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${text}\n\n[Attached, and not kept: ${told.join(', ')}${more}]`;
}
