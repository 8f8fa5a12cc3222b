import { DomainError, secondsToNextMinute } from '@reqbase/auth';

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
    const network = networkOf(address);
    const made = (calls.get(network) ?? 0) + 1;
    if (made > callsPerMinute) throw new DomainError('RATE_LIMITED', { retryAfter: secondsToNextMinute(now) });
    calls.set(network, made);
  };
}

/** Whoever has one IPv6 address has the 2^64 of its network (RFC 6177 §2). An IPv4 one may come mapped (RFC 4291 §2.5.5). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const [before, after] = [head, tail ?? ''].map((half) => (half === '' ? [] : half.split(':')));
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - (before?.length ?? 0) - (after?.length ?? 0));
  return [...(before ?? []), ...Array<string>(zeros).fill('0'), ...(after ?? [])]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
