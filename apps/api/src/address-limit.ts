import { DomainError, secondsToNextMinute } from '@reqbase/auth';
import { addressGroup } from '@reqbase/core';

const MINUTE_MS = 60_000;
/** Above this many addresses in one minute, counting begins anew rather than growing. */
const MOST_ADDRESSES = 100_000;

/**
 * Admits so many calls a minute from one address. Counted in this process, as the session library counts sign-ins: what
 * it keeps off is guessing and load, for which no other process has to know.
 */
export function addressLimit(callsPerMinute: number, clock: () => Date): (address: string) => void {
  let minute = 0;
  const calls = new Map<string, number>();
  /** @throws {DomainError} RATE_LIMITED, with `retryAfter` */
  return (address) => {
    const now = clock();
    const current = Math.floor(now.getTime() / MINUTE_MS);
    if (current !== minute || calls.size > MOST_ADDRESSES) calls.clear();
    minute = current;
    const group = addressGroup(address);
    const made = (calls.get(group) ?? 0) + 1;
    if (made > callsPerMinute) throw new DomainError('RATE_LIMITED', { retryAfter: secondsToNextMinute(now) });
    calls.set(group, made);
  };
}
