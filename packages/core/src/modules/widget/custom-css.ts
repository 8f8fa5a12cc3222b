/** Pictures that stand in the text itself: nobody is asked for them. */
const INLINE_PICTURE = /^\s*["']?\s*data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/;
/** What brings something from elsewhere by other means than `url(`. */
const OTHER_FETCHES = /@import|image-set\s*\(|\bimage\s*\(|\bsrc\s*\(|cross-fade\s*\(/;

/**
 * Says what is wrong with a project's style sheet for its widget; null when nothing is. It may look as it likes, but not
 * end its element, and not fetch anything: with selectors on what is typed, an address to fetch is a way to send it away.
 */
export function faultOfCss(css: string): string | null {
  const text = unescaped(css).toLowerCase();
  if (text.includes('</style') || text.includes('<!--')) return 'Must not contain </style or <!--.';
  if (OTHER_FETCHES.test(text)) return 'Must not contain @import, image-set(), image(), src() or cross-fade().';
  const [, ...arguments_] = text.split(/url\s*\(/);
  if (!arguments_.every((argument) => INLINE_PICTURE.test(argument))) return 'url() may only hold a data: picture.';
  return null;
}

/** As a browser reads it: `\75 rl(` is `url(` (CSS Syntax Module Level 3, §4.3.7). */
function unescaped(css: string): string {
  return css
    .replace(/\r\n?|\f/g, '\n')
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) => {
      const code = Number.parseInt(hex, 16);
      return code === 0 || code > 0x10_ffff ? '\ufffd' : String.fromCodePoint(code);
    })
    .replace(/\\([^\n])/g, '$1');
}
