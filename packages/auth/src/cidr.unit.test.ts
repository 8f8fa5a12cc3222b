import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areWithin, canonicalCidr, isWithin } from './cidr.ts';

/** The plainest reading of an address: its number. */
const v4 = (n: bigint) => [24n, 16n, 8n, 0n].map((shift) => (n >> shift) & 255n).join('.');
const v6 = (n: bigint) => Array.from({ length: 8 }, (_, i) => ((n >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
const mapped = (n: bigint) => `::ffff:${v4(n)}`;

const KINDS = [
  { kind: 'v4', bits: 32, text: v4 },
  { kind: 'v6', bits: 128, text: v6 },
] as const;
const MAPPED_PREFIX = 0xffffn << 32n;
/** Says whether an address of IPv6 is an IPv4 one in disguise, which no network of IPv6 holds. */
const isMapped = (n: bigint, bits: number) => bits === 128 && n >> 32n === MAPPED_PREFIX >> 32n;
const number = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }).filter((n) => !isMapped(n, bits));

describe.each(KINDS)('a network of $kind', ({ bits, text }) => {
  const bounds = (n: bigint, length: number) => {
    const size = 1n << BigInt(bits - length);
    const first = n - (n % size);
    return { first, last: first + size - 1n };
  };
  /** Whose ends, and what lies next to them, are what they look like: the last of ::/80 is an address of IPv4. */
  const network = fc.tuple(number(bits), fc.integer({ min: 0, max: bits })).filter(([n, length]) => {
    const { first, last } = bounds(n, length);
    return [first - 1n, first, last, last + 1n].every((end) => !isMapped(end, bits));
  });

  it('holds what lies between its first and its last address, both included, and nothing beside', () => {
    fc.assert(
      fc.property(network, number(bits), ([n, length], any) => {
        const { first, last } = bounds(n, length);
        const networks = [canonicalCidr(`${text(n)}/${length}`) ?? 'none'];
        expect([first, last, n].map((at) => isWithin(text(at), networks))).toEqual([true, true, true]);
        if (first > 0n) expect(isWithin(text(first - 1n), networks)).toBe(false);
        if (last < (1n << BigInt(bits)) - 1n) expect(isWithin(text(last + 1n), networks)).toBe(false);
        expect(isWithin(text(any), networks)).toBe(any >= first && any <= last);
      }),
    );
  });

  it('has one spelling, whichever of its addresses it is named by', () => {
    fc.assert(
      fc.property(network, ([n, length]) => {
        const { first, last } = bounds(n, length);
        const spellings = [first, last, n].map((at) => canonicalCidr(` ${text(at).toUpperCase()}/${length}`));
        expect(new Set(spellings).size).toBe(1);
        expect(canonicalCidr(spellings[0] ?? '')).toBe(spellings[0]);
        expect(spellings[0]).toMatch(new RegExp(`/${length}$`));
      }),
    );
  });

  it('lies within another one exactly if its first and its last address do', () => {
    fc.assert(
      fc.property(network, network, fc.boolean(), ([n, length], [m, outerLength], isFar) => {
        const near = isFar ? m : n;
        // Named by another's address, it may be one of those that `network` leaves out.
        const outerBounds = bounds(near, outerLength);
        fc.pre(!isMapped(outerBounds.first, bits) && !isMapped(outerBounds.last, bits));
        const [inner, outer] = [canonicalCidr(`${text(n)}/${length}`) ?? '', canonicalCidr(`${text(near)}/${outerLength}`) ?? ''];
        const { first, last } = bounds(n, length);
        expect(areWithin([inner], [outer])).toBe(isWithin(text(first), [outer]) && isWithin(text(last), [outer]));
      }),
    );
  });

  it('of one address is that address', () => {
    fc.assert(
      fc.property(number(bits), (n) => {
        expect(canonicalCidr(text(n))).toBe(canonicalCidr(`${text(n)}/${bits}`));
      }),
    );
  });
});

describe('an IPv4 address that is mapped into IPv6', () => {
  it('is the IPv4 address, in the list and as a caller', () => {
    fc.assert(
      fc.property(number(32), fc.integer({ min: 0, max: 32 }), number(32), (n, length, any) => {
        const plain = canonicalCidr(`${v4(n)}/${length}`);
        expect(canonicalCidr(`${mapped(n)}/${length + 96}`)).toBe(plain);
        expect(isWithin(mapped(any), [plain ?? ''])).toBe(isWithin(v4(any), [plain ?? '']));
        expect(isWithin(v6(MAPPED_PREFIX | any), [plain ?? ''])).toBe(isWithin(v4(any), [plain ?? '']));
      }),
    );
  });

  it('is in no network of IPv6, the whole of it included', () => {
    expect(isWithin('203.0.113.7', ['::/0'])).toBe(false);
    expect(isWithin('::ffff:203.0.113.7', ['::/0'])).toBe(false);
    expect(isWithin('2001:db8::7', ['0.0.0.0/0'])).toBe(false);
    expect(areWithin(['0.0.0.0/0'], ['::/0'])).toBe(false);
  });
});

it.each([
  '',
  ' ',
  'localhost',
  '1.2.3',
  '16909060',
  '0x1.2.3.4',
  '010.0.0.1',
  '1.2.3.256',
  '1.2.3.4/33',
  '1.2.3.4/-1',
  '1.2.3.4/08',
  '1.2.3.4/',
  '1.2.3.4/24/24',
  '1.2.3.4/255.255.255.0',
  '::/129',
  ':::',
  'fe80::1%eth0',
  '::ffff:1.2.3.4/64',
])('"%s" is no network', (text) => {
  expect(canonicalCidr(text)).toBeNull();
});

it('reads whatever is given without throwing, and lets in nothing that is no address', () => {
  const almost = fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.%/x '), maxLength: 50 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), almost), (text) => {
      const canonical = canonicalCidr(text);
      if (canonical !== null) expect(canonicalCidr(canonical)).toBe(canonical);
      expect(typeof isWithin(text, ['10.0.0.0/8', '2001:db8::/32'])).toBe('boolean');
    }),
    { numRuns: 2_000 },
  );
  for (const text of ['', 'unknown', '1.2.3', '10.0.0.1, 10.0.0.2', '10.0.0.1:80'])
    expect(isWithin(text, ['0.0.0.0/0', '::/0'])).toBe(false);
});

it('of the address of an interface, leaves out whose it is', () => {
  expect(isWithin('fe80::1%eth0', ['fe80::/10'])).toBe(true);
});
