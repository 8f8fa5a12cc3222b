export type TextPart = { readonly kind: 'text' | 'link'; readonly text: string };

const WEB_ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
/** What belongs to the sentence and not to the address that it ends with. */
const SENTENCE_END = /[.,;:!?)\]}]+$/;

/** A text with the web addresses in it, which are the only thing of a message that is ever made a link. */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  const add = (kind: TextPart['kind'], part: string) => {
    if (part !== '') parts.push({ kind, text: part });
  };
  for (const { 0: found, index } of text.matchAll(WEB_ADDRESS)) {
    const address = found.replace(SENTENCE_END, '');
    if (!URL.canParse(address)) continue;
    add('text', text.slice(end, index));
    add('link', address);
    end = index + address.length;
  }
  add('text', text.slice(end));
  return parts;
}

const UNSEEN = 'script, style, head, template, noscript';
const BLOCKS = 'p, div, li, tr, h1, h2, h3, h4, h5, h6, blockquote, pre';

/** The words of a message that came as HTML. The parser's document is inert: nothing in it loads or runs. */
export function htmlToText(html: string): string {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const element of body.querySelectorAll(UNSEEN)) element.remove();
  for (const element of body.querySelectorAll('br')) element.replaceWith('\n');
  for (const element of body.querySelectorAll(BLOCKS)) element.append('\n');
  return (body.textContent ?? '')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
