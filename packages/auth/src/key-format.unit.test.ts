import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayPrefix, formatKey, generateKey, KEY_MAX_LENGTH, KEY_PATTERN, parseKey } from './key-format.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const prefixes = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: 2, maxLength: 8 });
const base62 = (length: number) => fc.string({ unit: fc.constantFrom(...BASE62), minLength: length, maxLength: length });
const keys = fc.record({
  prefix: prefixes,
  environment: fc.constantFrom('live' as const, 'test' as const),
  keyId: base62(12),
  secret: base62(43),
});

// Keys in the hands of their owners: whatever is changed here later, these go on being keys.
const GIVEN_OUT = [
  {
    text: 'riq_live_oxgzBujI8PVI_XugYwmcVhQrvKHdz2kfubedfsMzYpKiXPBtoc3DkRP20qdMdz',
    prefix: 'riq',
    environment: 'live',
    keyId: 'oxgzBujI8PVI',
    secret: 'XugYwmcVhQrvKHdz2kfubedfsMzYpKiXPBtoc3DkRP2',
  },
  {
    text: 'riq_test_HCdHOiyUEdQt_BBIhlflvr38LYpgnQ691FXqo4trSmVJZC8bSdzFaIhc3cQDgQ',
    prefix: 'riq',
    environment: 'test',
    keyId: 'HCdHOiyUEdQt',
    secret: 'BBIhlflvr38LYpgnQ691FXqo4trSmVJZC8bSdzFaIhc',
  },
  {
    text: 'rf_live_hEifKpVTFqXs_ZUp64RbIW5VvP1RxXGNKydZ27Z26AyCILLASN6AW7Ks4K71D8',
    prefix: 'rf',
    environment: 'live',
    keyId: 'hEifKpVTFqXs',
    secret: 'ZUp64RbIW5VvP1RxXGNKydZ27Z26AyCILLASN6AW7Ks',
  },
  {
    text: 'abcdefgh_test_NHKiiLy2vMBj_LJaaEF4oVHvkZALypeMxfUMfYghnQ6sUz2GhOhEzh4a0Jw4iM',
    prefix: 'abcdefgh',
    environment: 'test',
    keyId: 'NHKiiLy2vMBj',
    secret: 'LJaaEF4oVHvkZALypeMxfUMfYghnQ6sUz2GhOhEzh4a',
  },
  {
    text: 'zz_live_000000000000_00000000000000000000000000000000000000000004PzCKn',
    prefix: 'zz',
    environment: 'live',
    keyId: '000000000000',
    secret: '0000000000000000000000000000000000000000000',
  },
  {
    text: 'riq_live_zzzzzzzzzzzz_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz48ysvr',
    prefix: 'riq',
    environment: 'live',
    keyId: 'zzzzzzzzzzzz',
    secret: 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz',
  },
] as const;

describe('a key that was made', () => {
  it('is read back as what it was made of', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(parseKey(formatKey(key))).toEqual(key);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has 256 random bits in its secret, and an id and a secret that no other key has', () => {
    const made = Array.from({ length: 50_000 }, () => generateKey('riq'));
    expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(made.length);
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(made.length);
    expect(Math.min(...made.map(({ secret }) => secret.length)) * Math.log2(62)).toBeGreaterThanOrEqual(256);
  });

  it('matches the published pattern, whatever its prefix and environment', () => {
    fc.assert(
      fc.property(prefixes, fc.constantFrom('live' as const, 'test' as const), (prefix, environment) => {
        const text = formatKey(generateKey(prefix, environment));
        expect(text).toMatch(KEY_PATTERN);
        expect(text.startsWith(`${prefix}_${environment}_`)).toBe(true);
        expect(parseKey(text)).not.toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never longer than the announced length, and as long with the longest prefix', () => {
    expect(formatKey(generateKey('abcdefgh'))).toHaveLength(KEY_MAX_LENGTH);
    expect(formatKey(generateKey('ab')).length).toBeLessThan(KEY_MAX_LENGTH);
  });

  it('is live unless asked otherwise', () => {
    expect(generateKey('riq').environment).toBe('live');
    expect(generateKey('riq', 'test').environment).toBe('test');
  });

  it('shows nothing of its secret in the part that may be shown', () => {
    const key = generateKey('riq');
    expect(displayPrefix(key)).toBe(`riq_live_${key.keyId}`);
    expect(formatKey(key).slice(displayPrefix(key).length)).toMatch(/^_[0-9A-Za-z]{49}$/);
  });

  it.each(GIVEN_OUT)('stays a key for ever: $text', ({ text, ...key }) => {
    expect(parseKey(text)).toEqual(key);
    expect(formatKey(key)).toBe(text);
  });
});

describe('digits', () => {
  /** Pearson's statistic over the 62 digits; with even digits its mean is 61 and its deviation 11. */
  function chiSquare(digits: string): number {
    const counts = new Map([...BASE62].map((digit) => [digit, 0]));
    for (const digit of digits) counts.set(digit, (counts.get(digit) ?? 0) + 1);
    const expected = digits.length / 62;
    return [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  }
  // Twelve deviations above the mean: never reached by chance, far exceeded by the usual mistake below.
  const BOUND = 61 + 12 * 11;

  it('are equally likely, over a million of them', () => {
    const digits = Array.from({ length: 18_200 }, () => generateKey('riq'))
      .map(({ keyId, secret }) => keyId + secret)
      .join('');
    expect(digits.length).toBeGreaterThan(1_000_000);
    expect(chiSquare(digits)).toBeLessThan(BOUND);
  });

  it('would not pass for even if bytes were taken modulo 62', () => {
    const biased = [...randomBytes(1_000_000)].map((byte) => BASE62.charAt(byte % 62)).join('');
    expect(chiSquare(biased)).toBeGreaterThan(BOUND);
  });
});

describe('reading a text that is no key', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 160 }),
    fc.string({ unit: fc.constantFrom(...'_riqlvetsAZ09'), maxLength: 100 }),
    fc
      .tuple(prefixes, base62(12), base62(43), base62(6))
      .map(([prefix, id, secret, check]) => `${prefix}_live_${id}_${secret}${check}`),
  );
  const splices = fc.record({
    at: fc.nat(90),
    drop: fc.nat(4),
    put: fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 4 })),
  });
  const mutated = fc
    .tuple(keys, fc.array(splices, { minLength: 1, maxLength: 3 }))
    .map(([key, cuts]) =>
      cuts.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), formatKey(key)),
    );

  it('never crashes, over 100,000 random and mutated keys, and takes for a key only what a key is written as', () => {
    const readOrRefuse = (text: string) => {
      const key = parseKey(text);
      return key === null || formatKey(key) === text;
    };
    fc.assert(fc.property(anyText, readOrRefuse), { numRuns: 50_000 });
    fc.assert(fc.property(mutated, readOrRefuse), { numRuns: 50_000 });
  });

  it('refuses a key with any one character changed to any other', () => {
    let tried = 0;
    for (const { text } of GIVEN_OUT) {
      for (let at = 0; at < text.length; at++) {
        for (const other of `${BASE62}_ -\n\u0000é`) {
          if (other === text[at]) continue;
          const accepted = parseKey(text.slice(0, at) + other + text.slice(at + 1));
          if (accepted !== null) expect.fail(`accepted with ${other} at ${at}`);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThan(15_000);
  });

  it('refuses a random key with one character changed, dropped or doubled, or two neighbours swapped', () => {
    fc.assert(
      fc.property(keys, fc.nat(), fc.constantFrom(...BASE62), (key, position, other) => {
        const text = formatKey(key);
        const at = position % text.length;
        const [before, here, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)];
        const typos = [
          before + other + after,
          before + after,
          before + here + here + after,
          before + after.charAt(0) + here + after.slice(1),
        ];
        return typos.every((typo) => typo === text || parseKey(typo) === null);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['nothing', () => ''],
    ['a space before', (text: string) => ` ${text}`],
    ['a newline after', (text: string) => `${text}\n`],
    ['two keys', (text: string) => `${text}${text}`],
    ['an upper-case prefix', (text: string) => text.replace('riq', 'RIQ')],
    ['a one-letter prefix', () => formatKey({ ...generateKey('riq'), prefix: 'r' })],
    ['a nine-letter prefix', () => formatKey({ ...generateKey('riq'), prefix: 'abcdefghi' })],
    ['a prefix with a digit', () => formatKey({ ...generateKey('riq'), prefix: 'r2' })],
    ['another environment', () => formatKey({ ...generateKey('riq'), environment: 'prod' as 'live' })],
    ['a shorter secret', () => formatKey({ ...generateKey('riq'), secret: 'A'.repeat(42) })],
    ['a longer id', () => formatKey({ ...generateKey('riq'), keyId: 'A'.repeat(13) })],
    ['a megabyte', (text: string) => text + 'A'.repeat(1_000_000)],
  ])('refuses %s', (_what, spoil) => {
    const text = formatKey(generateKey('riq'));
    expect(parseKey(text)).not.toBeNull();
    expect(parseKey(spoil(text))).toBeNull();
  });
});
