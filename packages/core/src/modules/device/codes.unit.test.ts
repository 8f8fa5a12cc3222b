import { deriveSecrets } from '@reqbase/auth';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashUserCode, newDeviceCode, newUserCode, readUserCode } from './codes.ts';

const code = fc.noShrink(fc.constant(null)).map(newUserCode);
const filler = fc.array(fc.constantFrom(' ', '-', '‐', '–', '—', '\t', ' '), { maxLength: 3 }).map((all) => all.join(''));

/** As somebody might type it: each letter in whichever case and width, anything that separates between them. */
const typed = code.chain((shown) =>
  fc
    .tuple(
      ...[...shown.replace('-', '')].map((letter) =>
        fc.tuple(filler, fc.constantFrom(letter, letter.toLowerCase(), wide(letter))),
      ),
    )
    .map((parts) => ({ shown, text: parts.flat().join('') })),
);
const wide = (letter: string) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0);

describe('a user code', () => {
  it('is read as it was shown, however it is typed', () => {
    fc.assert(
      fc.property(typed, ({ shown, text }) => readUserCode(text) === shown),
      { numRuns: 500 },
    );
  });

  it('is read once: what was read is read as itself', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const read = readUserCode(text);
        return read === null || readUserCode(read) === read;
      }),
    );
  });

  it('has the contract’s form, and no letter that is taken for another or makes words', () => {
    const shown = Array.from({ length: 2_000 }, newUserCode);
    for (const each of shown) expect(each).toMatch(/^[2-9B-DF-HJKMNP-TV-Z]{4}-[2-9B-DF-HJKMNP-TV-Z]{4}$/);
    expect(new Set(shown).size).toBe(shown.length);
    // All of its letters come.
    expect(new Set(shown.join('').replaceAll('-', '')).size).toBe(28);
  });

  it.each([
    '',
    '-',
    'BCDF',
    'BCDF-234',
    'BCDF-23456',
    'BCDF-234O',
    'BCDF-2340',
    'ABCD-2345',
    'BCDF_2345',
    'BCDF.2345',
    'BCDF-2345\0',
  ])('is not “%s”', (text) => {
    expect(readUserCode(text)).toBeNull();
  });

  it('is found by what the present SECRET makes of it, and by what a former one has made', () => {
    const [before, after] = [deriveSecrets('old'), deriveSecrets('new,old')];
    const [stored] = hashUserCode(before, 'BCDF-2345');
    const sought = hashUserCode(after, 'BCDF-2345');
    expect(sought).toHaveLength(2);
    expect(sought).toContainEqual(stored);
    expect(hashUserCode(deriveSecrets('new'), 'BCDF-2345')).not.toContainEqual(stored);
  });
});

describe('a device code', () => {
  it('has 48 characters, never the same', () => {
    const codes = Array.from({ length: 500 }, newDeviceCode);
    for (const each of codes) expect(each).toMatch(/^[\w-]{48}$/);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
