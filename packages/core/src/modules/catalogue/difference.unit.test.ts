import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceOf } from './difference.ts';
import { endpointIdentity, findingFingerprint, nameKey, startOf } from './identity.ts';
import { HTTP_METHODS, type NormalizedEndpoint } from './ingest-schema.ts';
import { endpointOf, findingOf } from './testing-scan.ts';

const endpoint = fc.record({
  method: fc.constantFrom(...HTTP_METHODS),
  path: fc.stringMatching(/^(\/(a|b|\{(x|y)\})){1,3}$/),
  operationId: fc.option(fc.constantFrom('one', 'two')),
  tags: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  summary: fc.option(fc.constantFrom('S', 'T')),
});
const endpoints = fc.uniqueArray(endpoint, { selector: endpointIdentity, maxLength: 12 });
const identities = (all: readonly NormalizedEndpoint[]) => all.map(endpointIdentity).toSorted();

describe('the difference of two scans', () => {
  it('leads from the one to the other, and the other way back', () => {
    fc.assert(
      fc.property(endpoints, endpoints, (before, after) => {
        const { added, removed, changed } = differenceOf(before, after);
        const gone = new Set(identities(removed));
        const stayed = before.filter((one) => !gone.has(endpointIdentity(one)));
        expect(identities([...stayed, ...added])).toEqual(identities(after));
        const back = differenceOf(after, before);
        expect([identities(back.added), identities(back.removed), back.changed.length]).toEqual([
          identities(removed),
          identities(added),
          changed.length,
        ]);
      }),
    );
  });

  it('of a scan from itself is none, in whatever order its endpoints and tags come', () => {
    fc.assert(
      fc.property(endpoints, (all) => {
        const reversed = all.toReversed().map((one) => ({ ...one, tags: one.tags.toReversed() }));
        expect(differenceOf(all, reversed)).toEqual({
          added: [],
          removed: [],
          changed: [],
          operationIds: [],
          endpointDrop: false,
        });
      }),
    );
  });

  it('takes for no change what a scan does not tell', () => {
    const told = endpointOf({ fingerprint: 'a', deprecated: false });
    expect(differenceOf([told], [endpointOf()]).changed).toEqual([]);
    expect(differenceOf([told], [endpointOf({ fingerprint: 'b' })]).changed).toMatchObject([{ fields: ['fingerprint'] }]);
    expect(differenceOf([told], [endpointOf({ deprecated: true })]).changed).toMatchObject([{ fields: ['deprecated'] }]);
  });

  it('warns of another file when more than 30 % of the endpoints are gone', () => {
    const ten = Array.from({ length: 10 }, (_, n) => endpointOf({ path: `/${n}` }));
    expect([2, 3, 4].map((gone) => differenceOf(ten, ten.slice(gone)).endpointDrop)).toEqual([false, false, true]);
    expect(differenceOf([], ten).endpointDrop).toBe(false);
  });
});

describe('an endpoint', () => {
  it.each([
    ['/users/{id}', '/users/{userId}', true],
    ['/users/{id}/cards/{card}', '/users/{a}/cards/{b}', true],
    ['/users/{id}.json', '/users/{name}.json', true],
    ['/users/{id}', '/users/id', false],
    ['/users/{id}', '/users/{id}/', false],
    ['/users/{id}', '/Users/{id}', false],
  ])('at %s and one at %s are the same: %s', (a, b, isSame) => {
    expect(endpointIdentity({ method: 'GET', path: a }) === endpointIdentity({ method: 'GET', path: b })).toBe(isSame);
    expect(endpointIdentity({ method: 'GET', path: a })).not.toBe(endpointIdentity({ method: 'PUT', path: a }));
  });

  it('is sorted by so much of its path that a cursor takes it, and by whole characters', () => {
    for (const path of ['\u0001'.repeat(1_000), '𝌆'.repeat(500), `/${'𝌆'.repeat(499)}`]) {
      expect(startOf(path).isWellFormed()).toBe(true);
      expect(Buffer.from(JSON.stringify([startOf(path), crypto.randomUUID()])).toString('base64url').length).toBeLessThan(577);
    }
  });
});

describe('a finding', () => {
  it('is found again by code, place and message, whatever its severity and the parameters are called', () => {
    const at = (path: string) => findingFingerprint(findingOf({ method: 'GET', path }));
    expect(at('/users/{id}')).toBe(at('/users/{userId}'));
    expect(at('/users/{id}')).toMatch(/^[0-9a-f]{12}$/);
    const others = [findingOf(), findingOf({ code: 'other' }), findingOf({ message: 'other' }), findingOf({ method: 'GET' })];
    expect(new Set(others.map(findingFingerprint)).size).toBe(4);
  });
});

it('the name of a service is the same in capitals and with accents written apart', () => {
  expect(nameKey('Caf\u00e9 API')).toBe(nameKey('CAFE\u0301 api'));
});
