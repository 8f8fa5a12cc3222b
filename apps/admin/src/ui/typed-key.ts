type TypedKey = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>;

/**
 * Says whether a key press types the character. Which modifiers a character needs is the layout's affair: `/` is Shift
 * and 7 on a German keyboard. A letter is none with a modifier, and on a layout without Latin letters the key of its place.
 */
export function isTyped(character: string, { key, code, shiftKey, ctrlKey, altKey, metaKey }: TypedKey): boolean {
  // AltGr is both.
  if (metaKey || (ctrlKey && !altKey)) return false;
  if (!/^[a-z]$/.test(character)) return key === character;
  if (shiftKey || ctrlKey || altKey) return false;
  return key.toLowerCase() === character || (isForeignLetter(key) && code === `Key${character.toUpperCase()}`);
}

function isForeignLetter(key: string): boolean {
  return /^[^\p{Script=Latin}\p{Script=Common}]$/u.test(key);
}
