import type { Diagnostics } from './visitor-schema.ts';

// What may be private in what a page says of itself. The script takes it out before it sends, and the server takes it out
// of whatever it is sent: the same code, so that neither knows less. Nothing but types is imported here.

const REMOVED = '[removed]';

/** Between a name and its value: in a header, an assignment, JSON, also JSON within JSON, a list of pairs, a printed map. */
const SEPARATOR = String.raw`["'\x60\\]*\s*(?:[:=]>?|→)\s*|["'\x60\\]+\s*,\s*`;
/** A text in quotes that ends where one may end; one that has been cut off has no end. */
const QUOTED = ['"', "'", '`'].map((q) => String.raw`${q}(?:\\.|[^${q}\\])*(?:${q}(?=[\s,;)\]}]|$)|$)`).join('|');
/** A list or an object: what is in it, and the rest of its line. */
const BRACKETED = String.raw`[[{(][^\]})]*[^\r\n]*`;
/** What has been taken out already stays so, and what is after it too. */
const GONE = String.raw`\[removed\]`;

/**
 * The headers that carry credentials. Whatever the scheme, and however many words it has: their value is all that follows
 * to the closing quote, or to the end of the line.
 */
const CREDENTIAL_HEADER = new RegExp(
  String.raw`(authorization|cookies?|api[-_]?keys?)((?:[-_ ]header)?(?:${SEPARATOR}))(?:${GONE}|${QUOTED}|${BRACKETED}|[^\r\n]+)`,
  'gis',
);
/** Other names that say that a secret follows; without quotes, one word. */
const NAMED_SECRET = new RegExp(
  String.raw`((?:token|secret|password|passwd|signature)s?)(${SEPARATOR})(?:${GONE}|${QUOTED}|["'\x60][^\r\n]+|(?:bearer|basic|token)\s+[^\s,;]+|[^\s,;]+)`,
  'gis',
);
/** Credentials that stand alone. Schemes that are also words have to be followed by what is none. */
const BEARER = /\b(bearer)\s+[\w.~+/-]{8,}=*/gi;
const BASIC = /\b(basic|Basic|BASIC)\s+(?=\S*[A-Z\d+/=])[\w+/-]{8,}=*/g;
const SCHEME =
  /\b(token|api-?key|digest|negotiate|ntlm|hmac|hawk|oauth|vapid|dpop|scram-[\w-]+|aws4-[\w-]+)\s+(?:[\w-]+=.+|(?=\S*\d)[\w.~+/-]{8,}=*)/gi;
const JWT = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;

/** What follows `?` or `#` up to the end of the word. A quote ends it, unless a value begins with it. */
const TAIL = String.raw`(?:=\\?["'][^"'\s]*\\?["']?|\\(?!["'])|[^\s"<>\\])*`;
/** Of a path: a mark with a letter or digit after it. At the end of a word it is a question's. */
const QUERY_OF_PATH = new RegExp(String.raw`(\/[^\s?#"<>]*)[?#](?=[^\s"<>]*[\p{L}\p{N}])${TAIL}`, 'gu');
/** Of no path: what can begin a query, and is neither the end of a sentence nor \`?.\` of a script. */
const QUERY_ALONE = new RegExp(String.raw`\?[\w%&=+~@[{$*\-/]${TAIL}`, 'g');
const FRAGMENT_ALONE = new RegExp(String.raw`#(?=[^\s"<>]*=)${TAIL}`, 'g');

const USER_IN_URL = /\/\/[^\s/"<>]*@/g;
const URL_IN_TEXT = /\b(?:(?:https?|wss?|file|blob):\/\/|blob:|data:[\w+./-]*[;,])[^\s"'<>()[\]{}|\\^`]*/gi;

/** A URL without what may be private in it: user, password, query and fragment. */
export function bareUrl(url: string, base?: string): string {
  try {
    const { protocol, host, pathname } = new URL(url, base);
    return /^(https?|wss?):$/.test(protocol) ? `${protocol}//${host}${pathname}` : protocol;
  } catch {
    return url.replace(/[?#].*$/s, '').replace(USER_IN_URL, '//');
  }
}

/** A text without credentials, and with the URLs and paths in it cut. */
export function bareText(text: string): string {
  return text
    .replace(CREDENTIAL_HEADER, `$1$2${REMOVED}`)
    .replace(QUERY_OF_PATH, '$1')
    .replace(QUERY_ALONE, '')
    .replace(FRAGMENT_ALONE, '')
    .replace(USER_IN_URL, '//')
    .replace(URL_IN_TEXT, (url) => bareUrl(url))
    .replace(NAMED_SECRET, `$1$2${REMOVED}`)
    .replace(BEARER, `$1 ${REMOVED}`)
    .replace(BASIC, `$1 ${REMOVED}`)
    .replace(SCHEME, `$1 ${REMOVED}`)
    .replace(JWT, REMOVED);
}

/** What is kept of what a page says of itself. */
export function redacted(diagnostics: Diagnostics): Diagnostics {
  const { errors, network, referrer, userAgent, language, timezone, connection } = diagnostics;
  const address = (url: string) => bareText(bareUrl(url));
  return {
    ...diagnostics,
    errors: errors.map(({ at, message, source }) => ({
      at,
      message: bareText(message),
      ...(source != null && { source: address(source) }),
    })),
    network: network.map(({ url, ...call }) => ({ ...call, url: address(url) })),
    ...(referrer != null && { referrer: address(referrer) }),
    ...(userAgent != null && { userAgent: bareText(userAgent) }),
    ...(language != null && { language: bareText(language) }),
    ...(timezone != null && { timezone: bareText(timezone) }),
    ...(connection != null && { connection: bareText(connection) }),
  };
}
