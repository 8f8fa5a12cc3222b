import { excerpt } from '../conversations/excerpt.ts';

/** A name as it can stand in a header, and cannot pass for more of the text. */
export function inOneLine(name: string): string {
  return excerpt(name.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '), 200);
}
