import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSealedByCurrent, seal, unseal } from './sealed.ts';
import { deriveSecrets } from './secrets.ts';

const { identity: keys } = deriveSecrets('the SECRET of this installation');
const text = 'idsec_canary';
const sealed = seal(keys, 'project/row', text);

describe('a sealed text', () => {
  it('opens again, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (any, context) => {
        expect(unseal(keys, context, seal(keys, context, any))).toBe(any);
      }),
    );
  });

  it('is another each time, and shows nothing of what it hides', () => {
    expect(Buffer.from(seal(keys, 'project/row', text))).not.toEqual(Buffer.from(sealed));
    for (const encoding of ['latin1', 'hex', 'base64'] as const)
      expect(Buffer.from(sealed).toString(encoding)).not.toContain(Buffer.from(text).toString(encoding).slice(0, 12));
  });

  it('does not open with one bit changed, wherever', () => {
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const altered = Uint8Array.from(sealed);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(unseal(keys, 'project/row', altered)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not open cut short, at any length', () => {
    for (let length = 0; length < sealed.length; length++)
      expect(unseal(keys, 'project/row', sealed.subarray(0, length))).toBeNull();
  });

  it('does not open for another row than its own', () => {
    for (const context of ['', 'project/other', 'other/row', 'project/row ']) expect(unseal(keys, context, sealed)).toBeNull();
  });

  it('does not open under another SECRET: a dump of the database reveals none', () => {
    const attacker = deriveSecrets('a guess').identity;
    expect(unseal(attacker, 'project/row', sealed)).toBeNull();
    const relabelled = Uint8Array.from([...Buffer.from(attacker[0].id, 'hex'), ...sealed.subarray(4)]);
    expect(unseal(attacker, 'project/row', relabelled)).toBeNull();
  });
});

describe('a changed SECRET', () => {
  const both = deriveSecrets('new, the SECRET of this installation').identity;

  it('opens what the former one sealed while that is listed, and not without it', () => {
    expect(unseal(both, 'project/row', sealed)).toBe(text);
    expect(unseal(deriveSecrets('new').identity, 'project/row', sealed)).toBeNull();
  });

  it('seals with the first in the list, and tells what has to be sealed anew', () => {
    const anew = seal(both, 'project/row', text);
    expect(unseal(deriveSecrets('new').identity, 'project/row', anew)).toBe(text);
    expect([isSealedByCurrent(both, anew), isSealedByCurrent(both, sealed)]).toEqual([true, false]);
  });
});
