import { DomainError, secondsToNextMinute, type UnknownKeys } from '@reqbase/auth';
import { addressGroup } from '@reqbase/core';

const MINUTE_MS = 60_000;
/** Above this many addresses in one minute, counting begins anew rather than growing. */
const MOST_ADDRESSES = 10_000;

/**
 * Refuses calls by key from an address that has tried so many different unknown keys in this minute. Different ones: a program
 * with an old key must not shut out the others behind its address. Nor does a stranger behind the same address shut out whoever
 * was let in there in this minute or the one before. Counted in this process, as `addressLimit` does.
 */
export function unknownKeyLimit(keysPerMinute: number, clock: () => Date): UnknownKeys {
  let minute = 0;
  const tried = new Map<string, Set<string>>();
  // By address and key: the minute in which it was good there last.
  const good = new Map<string, number>();
  const triedFrom = (address: string): Set<string> => {
    const current = Math.floor(clock().getTime() / MINUTE_MS);
    if (current !== minute || tried.size > MOST_ADDRESSES) tried.clear();
    minute = current;
    return tried.get(addressGroup(address)) ?? new Set();
  };
  return {
    check(address, publicId) {
      const isShut = triedFrom(address).size >= keysPerMinute;
      if (isShut && minute - (good.get(`${addressGroup(address)} ${publicId}`) ?? Number.NEGATIVE_INFINITY) > 1)
        throw new DomainError('RATE_LIMITED', { retryAfter: secondsToNextMinute(clock()) });
    },
    note(address, publicId, isGood) {
      const from = triedFrom(address);
      const group = addressGroup(address);
      if (!isGood) {
        tried.set(group, from.add(publicId));
        return;
      }
      if (good.size > MOST_ADDRESSES) good.clear();
      good.set(`${group} ${publicId}`, minute);
    },
  };
}
