import { DomainError, secondsToNextMinute, type UnknownKeys } from '@reqbase/auth';
import { addressGroup } from '@reqbase/core';

const MINUTE_MS = 60_000;
/** Above this many addresses in one minute, counting begins anew rather than growing. */
const MOST_ADDRESSES = 10_000;

/**
 * Refuses calls by key from an address that has tried so many different unknown keys in this minute. Different ones: a program
 * with an old key must not shut out the others behind its address. Counted in this process, as `addressLimit` does.
 */
export function unknownKeyLimit(keysPerMinute: number, clock: () => Date): UnknownKeys {
  let minute = 0;
  const tried = new Map<string, Set<string>>();
  const triedFrom = (address: string): Set<string> => {
    const current = Math.floor(clock().getTime() / MINUTE_MS);
    if (current !== minute || tried.size > MOST_ADDRESSES) tried.clear();
    minute = current;
    return tried.get(addressGroup(address)) ?? new Set();
  };
  return {
    check(address) {
      if (triedFrom(address).size >= keysPerMinute)
        throw new DomainError('RATE_LIMITED', { retryAfter: secondsToNextMinute(clock()) });
    },
    note(address, publicId) {
      tried.set(addressGroup(address), triedFrom(address).add(publicId));
    },
  };
}
