import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateKey } from './key-format.ts';
import { deriveSecrets, hashSecret, type Pepper, secretMatches } from './secrets.ts';

const installation = deriveSecrets('the SECRET of this installation');
const { secret } = generateKey('riq');
const storedWith = (pepper: Pepper, of = secret) => ({ hash: hashSecret(pepper, of), pepperId: pepper.id });
const stored = storedWith(installation.peppers[0]);
/** A pepper with its key laid open: two key objects compare equal whatever they hold. */
const bytesOf = ({ id, key }: Pepper) => ({ id, key: key.export().toString('hex') });

describe('a stored hash', () => {
  it('is matched by the secret that it was made of', () => {
    expect(secretMatches(installation, secret, stored)).toBe(true);
  });

  it('is matched by no other text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.nat(42).map((at) => `${secret.slice(0, at)}!${secret.slice(at + 1)}`),
        ),
        (other) => {
          expect(secretMatches(installation, other, stored)).toBe(false);
        },
      ),
      { numRuns: 1_000 },
    );
    for (const other of ['', `${secret} `, secret.slice(0, -1), `${secret}A`])
      expect(secretMatches(installation, other, stored)).toBe(false);
  });

  it('is matched after a restart: the same SECRET derives the same keys', () => {
    const again = deriveSecrets('the SECRET of this installation');
    expect(again.peppers.map(bytesOf)).toEqual(installation.peppers.map(bytesOf));
    expect(again.cursor.equals(installation.cursor)).toBe(true);
    expect(again.session).toBe(installation.session);
  });

  it.each([
    ['of length 0', Buffer.alloc(0)],
    ['cut short', stored.hash.subarray(0, 31)],
    ['with a byte too many', Buffer.concat([stored.hash, Buffer.alloc(1)])],
    ['of zeros', Buffer.alloc(32)],
    ['doubled', Buffer.concat([stored.hash, stored.hash])],
  ])('%s matches nothing, the empty secret included', (_what, hash) => {
    for (const presented of [secret, '']) expect(secretMatches(installation, presented, { ...stored, hash })).toBe(false);
  });

  it('made with a pepper that is not known here matches nothing', () => {
    for (const pepperId of ['', 'ffffffff', `${stored.pepperId} `]) {
      expect(secretMatches(installation, secret, { ...stored, pepperId })).toBe(false);
    }
  });

  it('that does not exist matches nothing', () => {
    for (const presented of [secret, '']) expect(secretMatches(installation, presented, null)).toBe(false);
  });
});

describe('a dump of the database', () => {
  const attacker = deriveSecrets('a guess');

  it('does not authenticate under another SECRET, not even with its row relabelled for it', () => {
    expect(secretMatches(attacker, secret, stored)).toBe(false);
    expect(secretMatches(attacker, secret, { ...stored, pepperId: attacker.peppers[0].id })).toBe(false);
  });

  it('holds nothing that could be presented as a secret', () => {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(secretMatches(installation, stored.hash.toString(encoding), stored)).toBe(false);
    }
  });

  it('does not hold a hash that can be made without the SECRET', () => {
    const withoutSecret = [
      createHash('sha256').update(secret).digest(),
      ...['', 'reqbase', 'api-key-pepper', stored.pepperId].map((key) => createHmac('sha256', key).update(secret).digest()),
      hashSecret(attacker.peppers[0], secret),
    ];
    for (const hash of withoutSecret) expect(hash.equals(stored.hash)).toBe(false);
  });

  it('names the pepper by a fingerprint that is no part of it', () => {
    const [pepper] = installation.peppers;
    expect(pepper.id).toMatch(/^[0-9a-f]{8}$/);
    expect(pepper.key.export().toString('hex')).not.toContain(pepper.id);
  });
});

describe('a changed SECRET', () => {
  const both = deriveSecrets('new, the SECRET of this installation');
  const newOnly = deriveSecrets('new');

  it('keeps the keys of the former one while that is listed, and drops them with it', () => {
    expect(secretMatches(both, secret, stored)).toBe(true);
    expect(secretMatches(newOnly, secret, stored)).toBe(false);
  });

  it('makes new hashes with the first in the list', () => {
    expect(both.peppers.map(bytesOf)).toEqual([newOnly.peppers[0], installation.peppers[0]].map(bytesOf));
    expect(secretMatches(newOnly, secret, storedWith(both.peppers[0]))).toBe(true);
  });

  it('does not let a hash of one pepper pass under the name of the other', () => {
    const [current, former] = both.peppers;
    expect(secretMatches(both, secret, { hash: storedWith(current).hash, pepperId: former?.id ?? '' })).toBe(false);
  });

  it('signs cursors and sessions anew, with the first in the list alone', () => {
    expect(both.cursor.equals(newOnly.cursor)).toBe(true);
    expect(both.session).toBe(newOnly.session);
    expect(both.cursor.equals(installation.cursor)).toBe(false);
    expect(both.session).not.toBe(installation.session);
  });
});

describe('the keys derived from SECRET', () => {
  it('are another for each purpose, of 256 bits, and none is SECRET itself', () => {
    const derived = [
      installation.cursor.export(),
      Buffer.from(installation.session, 'base64url'),
      installation.peppers[0].key.export(),
      installation.identity[0].key.export(),
      installation.jobs[0].key.export(),
      installation.unsubscribe[0].export(),
      installation.userCode[0].export(),
      installation.replies[0].export(),
    ];
    expect(derived.map(({ length }) => length)).toEqual(derived.map(() => 32));
    expect(
      new Set([...derived.map((key) => key.toString('hex')), Buffer.from('the SECRET of this installation').toString('hex')])
        .size,
    ).toBe(derived.length + 1);
  });

  it('never come from an empty text, which everybody knows', () => {
    const publicPepper = (secretText: string) => () => deriveSecrets(secretText).peppers.map(({ id }) => id);
    expect(publicPepper('')).toThrow();
    expect(publicPepper(' , ')).toThrow();
    const [only] = publicPepper('a')();
    for (const spelling of ['a,', ',a', 'a, ,', ' a ']) expect(publicPepper(spelling)()).toEqual([only]);
  });
});
