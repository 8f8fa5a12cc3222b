import type { Diagnostics } from './visitor-schema.ts';

// The script does the same before it sends; whoever sends without it is not believed.

const URL_IN_TEXT = /\b(?:https?|wss?|file|blob):\/\/[^\s"'<>()[\]{}|\\^`]+/gi;
const SECRET_IN_TEXT =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|[\w-]*(?:token|secret|password|passwd|api[-_]?key))(["']?\s*[:=]\s*)(?:(?:bearer|basic|digest)\s+)?("[^"]*"|'[^']*'|[^\s,;]+)/gi;
const BEARER_IN_TEXT = /\b(bearer|basic)\s+[\w.~+/-]{8,}=*/gi;
/** Of an address without a host. */
const QUERY_IN_TEXT = /([\w./~%:@-]+)\?[\w%.~[\]-]+=[^\s"'<>)]*/g;
const JWT_IN_TEXT = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;

/** A URL without what may be private in it: user, password, query and fragment. */
export function bareUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/g, '//');
  const { protocol, host, pathname } = new URL(url);
  return /^(https?|wss?):$/.test(protocol) ? `${protocol}//${host}${pathname}` : protocol;
}

/** A text with the URLs in it cut, and what reads like a credential taken out. */
function bareText(text: string): string {
  return text
    .replace(URL_IN_TEXT, bareUrl)
    .replace(QUERY_IN_TEXT, '$1')
    .replace(SECRET_IN_TEXT, '$1$2[removed]')
    .replace(BEARER_IN_TEXT, '$1 [removed]')
    .replace(JWT_IN_TEXT, '[removed]');
}

/** What is kept of what a page sent of itself. */
export function redacted(diagnostics: Diagnostics): Diagnostics {
  const { errors, network, referrer } = diagnostics;
  return {
    ...diagnostics,
    errors: errors.map(({ at, message, source }) => ({
      at,
      message: bareText(message),
      ...(source != null && { source: bareUrl(source) }),
    })),
    network: network.map(({ url, ...call }) => ({ ...call, url: bareUrl(url) })),
    ...(referrer != null && { referrer: bareUrl(referrer) }),
  };
}
