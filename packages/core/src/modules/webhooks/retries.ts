/** Seconds to wait after each attempt that may be repeated. Source: wire-facts, RogerIQ, Webhooks. */
const DELAYS_SECONDS = [1, 5, 30, 60, 300, 1_800, 7_200, 43_200] as const;

/** The attempts that follow each other within a minute: an outage as short as that is one failure, and not four. */
const SHORT_ATTEMPTS = 4;

/** When to try again after the attempt of this number, counted from 1; null after the last. */
export function nextAttemptAt(attempt: number, now: Date): Date | null {
  const seconds = DELAYS_SECONDS[attempt - 1];
  return seconds === undefined ? null : new Date(now.getTime() + seconds * 1_000);
}

/** Whether a failed attempt counts towards disabling the webhook: the last of the short ones, and each one after. */
export function countsAsFailure(attempt: number, isFinal: boolean): boolean {
  return isFinal || attempt >= SHORT_ATTEMPTS;
}

const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** Says whether another attempt may do better. Source: wire-facts, RogerIQ, Webhooks. */
export function isPassing(status: number): boolean {
  return status >= 500 || PASSING.has(status);
}
