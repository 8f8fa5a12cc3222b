// The server does the same to whatever it is sent; here so that it does not leave the page in the first place.

const URL_IN_TEXT = /\b(?:https?|wss?|file|blob):\/\/[^\s"'<>()[\]{}|\\^`]+/gi;
const SECRET_IN_TEXT =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|[\w-]*(?:token|secret|password|passwd|api[-_]?key))(["']?\s*[:=]\s*)(?:(?:bearer|basic|digest)\s+)?("[^"]*"|'[^']*'|[^\s,;]+)/gi;
const BEARER_IN_TEXT = /\b(bearer|basic)\s+[\w.~+/-]{8,}=*/gi;
/** Of an address without a host. */
const QUERY_IN_TEXT = /([\w./~%:@-]+)\?[\w%.~[\]-]+=[^\s"'<>)]*/g;
const JWT_IN_TEXT = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;

/** A URL without what may be private in it: user, password, query and fragment. */
export function bareUrl(url: string, base?: string): string {
  try {
    const { protocol, host, pathname } = new URL(url, base);
    return /^(https?|wss?):$/.test(protocol) ? `${protocol}//${host}${pathname}` : protocol;
  } catch {
    return url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//');
  }
}

/** A text with the URLs in it cut, and what reads like a credential taken out. */
export function bareText(text: string): string {
  return text
    .replace(URL_IN_TEXT, (url) => bareUrl(url))
    .replace(QUERY_IN_TEXT, '$1')
    .replace(SECRET_IN_TEXT, '$1$2[removed]')
    .replace(BEARER_IN_TEXT, '$1 [removed]')
    .replace(JWT_IN_TEXT, '[removed]');
}
