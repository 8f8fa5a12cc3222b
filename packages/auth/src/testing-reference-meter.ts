import fc from 'fast-check';
import type { Charge, Verdict } from './meter.ts';

/**
 * What a meter is to do, in the plainest words: two limits, all or nothing, in windows that are fixed. Where the first call
 * of a key opens its minute even if it is refused, a clock that goes back then counts into that one.
 */
export function referenceMeter({ opensMinuteOnRefusal }: { opensMinuteOnRefusal: boolean }) {
  const minutes = new Map<string, { start: number; calls: number }>();
  const days = new Map<string, number>();
  const standing = ({ keyId, projectId, at }: Charge) => {
    const now = Math.floor(at.getTime() / 60_000) * 60_000;
    const open = minutes.get(keyId) ?? { start: now, calls: 0 };
    const minute = open.start >= now ? open : { start: now, calls: 0 };
    const date = at.toISOString().slice(0, 10);
    return { minute, day: `day of ${projectId} ${date}`, byKey: `day of ${projectId} by ${keyId} ${date}` };
  };
  const read = (charge: Charge): Verdict => {
    const { minute, day } = standing(charge);
    const dayCalls = charge.projectId === null ? null : (days.get(day) ?? 0);
    const isDayUsedUp =
      charge.cost === 'call' && dayCalls !== null && charge.callsPerDay !== null && dayCalls >= charge.callsPerDay;
    const isMinuteUsedUp = minute.calls >= charge.callsPerMinute;
    return {
      admitted: isDayUsedUp ? 'day exhausted' : isMinuteUsedUp ? 'minute exhausted' : 'yes',
      minute: minute.calls,
      day: dayCalls,
    };
  };
  const charge = (due: Charge): Verdict => {
    const { minute, day, byKey } = standing(due);
    if (opensMinuteOnRefusal && !minutes.has(due.keyId)) minutes.set(due.keyId, minute);
    if (read(due).admitted !== 'yes') return read(due);
    minutes.set(due.keyId, { ...minute, calls: minute.calls + 1 });
    if (due.projectId !== null && due.cost === 'call')
      for (const counter of [day, byKey]) days.set(counter, (days.get(counter) ?? 0) + 1);
    const { minute: minuteCalls, day: dayCalls } = read(due);
    return { admitted: 'yes', minute: minuteCalls, day: dayCalls };
  };
  const counters = () => [
    ...[...minutes]
      .filter(([, { calls }]) => calls > 0)
      .map(([keyId, { start, calls }]) => `minute of ${keyId} ${new Date(start).toISOString().slice(0, 16)}: ${calls}`),
    ...[...days].map(([counter, calls]) => `${counter}: ${calls}`),
  ];
  return { read, charge, counters };
}

const SECOND = 1_000;
/** Calls in any order, by few keys on few projects, low limits, under a clock that also goes back. */
export const meterSteps = fc.array(
  fc.record({
    key: fc.nat(2),
    project: fc.constantFrom(0, 0, 1, null),
    callsPerMinute: fc.constantFrom(2, 3, 5),
    callsPerDay: fc.constantFrom(2, 4, 7, null),
    cost: fc.constantFrom('call' as const, 'call' as const, 'call' as const, 'minute' as const),
    clockMoves: fc.constantFrom(
      0,
      0,
      0,
      1,
      20 * SECOND,
      60 * SECOND,
      3_600 * SECOND,
      86_400 * SECOND,
      -1,
      -SECOND,
      -60 * SECOND,
      -3_600 * SECOND,
    ),
  }),
  { minLength: 1, maxLength: 25 },
);
