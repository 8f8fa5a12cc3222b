/** Seconds between two polls, as a device is told at first (wire-facts, Device flow): 12 a minute and code. */
export const INTERVAL_SECONDS = 5;
/** What a device is told more for each poll that comes too early (RFC 8628 §3.5). */
const STEP_SECONDS = 5;
const LONGEST_SECONDS = 60;
/** What the network may take away between two polls. */
const TOLERANCE_MS = 1_000;

export type Pace = {
  /** Seconds, as the device has been told last. */
  readonly interval: number;
  /** Null before the first poll. */
  readonly nextPollAt: Date | null;
};

/**
 * Decides whether a poll comes too early, and what is kept for the next.
 *
 * Too early is who has not waited five seconds since the last poll that was in time; they are told five seconds more. That
 * moves nothing else: whoever waits five seconds after it is in time, so that a device of a fixed pace recovers, and is told five
 * again. What is early within the tolerance counts as of when it was due, so that nobody gains on the limit by it.
 */
export function paced({ interval, nextPollAt }: Pace, now: Date): Pace & { readonly isTooEarly: boolean } {
  const due = nextPollAt?.getTime() ?? now.getTime();
  if (now.getTime() < due - TOLERANCE_MS)
    return { isTooEarly: true, interval: Math.min(interval + STEP_SECONDS, LONGEST_SECONDS), nextPollAt };
  const next = Math.max(now.getTime(), due) + INTERVAL_SECONDS * 1_000;
  return { isTooEarly: false, interval: INTERVAL_SECONDS, nextPollAt: new Date(next) };
}
