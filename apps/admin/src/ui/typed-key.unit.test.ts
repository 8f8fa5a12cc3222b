import { describe, expect, it } from 'vitest';
import { isTyped } from './typed-key.ts';

const none = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
const shift = { ...none, shiftKey: true };
const altGr = { ...none, ctrlKey: true, altKey: true };

describe('a character that is no letter', () => {
  it.each([
    ['/', 'American', { ...none, key: '/', code: 'Slash' }],
    ['/', 'German and Nordic', { ...shift, key: '/', code: 'Digit7' }],
    ['/', 'with AltGr', { ...altGr, key: '/', code: 'KeyQ' }],
    ['?', 'American', { ...shift, key: '?', code: 'Slash' }],
    ['?', 'German', { ...shift, key: '?', code: 'Minus' }],
    ['?', 'without Shift', { ...none, key: '?', code: 'KeyM' }],
  ])('%s is typed with whatever modifiers its layout asks for: %s', (character, _layout, event) => {
    expect(isTyped(character, event)).toBe(true);
  });

  it('is not what the key means on another layout, nor a command of the browser', () => {
    expect(isTyped('/', { ...none, key: '-', code: 'Slash' })).toBe(false);
    expect(isTyped('/', { ...none, ctrlKey: true, key: '/', code: 'Slash' })).toBe(false);
    expect(isTyped('?', { ...shift, metaKey: true, key: '?', code: 'Slash' })).toBe(false);
  });
});

describe('a letter', () => {
  it('is typed by its key, wherever that is, also with the capitals locked', () => {
    expect(isTyped('j', { ...none, key: 'j', code: 'KeyC' })).toBe(true);
    expect(isTyped('j', { ...none, key: 'J', code: 'KeyJ' })).toBe(true);
    expect(isTyped('j', { ...none, key: 'h', code: 'KeyJ' })).toBe(false);
  });

  it('is the key of its place where the keyboard has no Latin letters', () => {
    expect(isTyped('j', { ...none, key: 'о', code: 'KeyJ' })).toBe(true);
    expect(isTyped('e', { ...none, key: 'ε', code: 'KeyE' })).toBe(true);
    expect(isTyped('e', { ...none, key: 'é', code: 'KeyE' })).toBe(false);
    expect(isTyped('j', { ...none, key: 'о', code: 'KeyK' })).toBe(false);
  });

  it('is none with a modifier: those are commands of the browser', () => {
    for (const modifier of ['shiftKey', 'ctrlKey', 'altKey', 'metaKey'])
      expect(isTyped('n', { ...none, [modifier]: true, key: 'n', code: 'KeyN' })).toBe(false);
  });
});
