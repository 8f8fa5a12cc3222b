import { toPublic } from '@reqbase/auth';
import { testClock } from '@reqbase/auth/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { addressLimit } from './address-limit.ts';

const clock = testClock('2026-03-14T10:20:30.250Z');
beforeEach(() => clock.set('2026-03-14T10:20:30.250Z'));

/** Which of the calls are let in. */
function admitted(limit: (address: string) => void, addresses: readonly string[]): boolean[] {
  return addresses.map((address) => {
    try {
      limit(address);
      return true;
    } catch (error) {
      expect(toPublic(error)).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 30 });
      return false;
    }
  });
}

describe('the limit of an address', () => {
  it('lets in so many calls a minute and no more, and others none the less', () => {
    const limit = addressLimit(2, clock.now);
    const calls = ['203.0.113.7', '203.0.113.7', '203.0.113.7', '203.0.113.8', '203.0.113.7'];
    expect(admitted(limit, calls)).toEqual([true, true, false, true, false]);
  });

  it('begins anew with the minute', () => {
    const limit = addressLimit(1, clock.now);
    expect(admitted(limit, ['203.0.113.7', '203.0.113.7'])).toEqual([true, false]);
    clock.set('2026-03-14T10:21:00.000Z');
    expect(admitted(limit, ['203.0.113.7'])).toEqual([true]);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:0DB8:1:2:ffff:ffff:ffff:ffff', false],
    ['2001:db8::1', '2001:db8:0:0:1::', false],
    ['::ffff:203.0.113.7', '203.0.113.7', false],
    ['::1', '::2', false],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', true],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.8', true],
  ])('of %s, %s has a limit of its own: %s', (one, other, isOwn) => {
    expect(admitted(addressLimit(1, clock.now), [one, other])).toEqual([true, isOwn]);
  });
});
