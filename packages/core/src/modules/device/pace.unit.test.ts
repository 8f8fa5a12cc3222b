import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTERVAL_SECONDS, type Pace, paced } from './pace.ts';

const START = Date.parse('2026-03-14T10:20:30.250Z');
const FRESH: Pace = { interval: INTERVAL_SECONDS, nextPollAt: null };

type Answer = { readonly at: number; readonly isTooEarly: boolean; readonly interval: number };

/** What a device is answered that waits as it likes: by what it has been answered before. */
function poll(waitOf: (answers: readonly Answer[]) => number, polls: number): Answer[] {
  const answers: Answer[] = [];
  let pace = FRESH;
  let at = START;
  for (let n = 0; n < polls; n++) {
    if (n > 0) at += waitOf(answers);
    const { isTooEarly, ...next } = paced(pace, new Date(at));
    pace = next;
    answers.push({ at, isTooEarly, interval: next.interval });
  }
  return answers;
}

const inTime = (answers: readonly Answer[]) => answers.filter(({ isTooEarly }) => !isTooEarly);
const isTwiceInARow = (answers: readonly Answer[]) =>
  answers.some(({ isTooEarly }, index) => isTooEarly && answers[index + 1]?.isTooEarly === true);

/** Milliseconds between polls of somebody who waits now as they should and now as they like. */
const waits = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 1, maxLength: 60 });
/** What a wait takes longer. */
const jitter = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 60 });

describe('a device that polls', () => {
  it('as often as it was told is never too early, though each poll is up to a second on its way', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 60 }), (delays) => {
        const delay = (n: number) => delays[n] ?? 0;
        const answers = poll(({ length: n }) => INTERVAL_SECONDS * 1_000 + delay(n) - delay(n - 1), delays.length);
        return answers.every(({ isTooEarly, interval }) => !isTooEarly && interval === INTERVAL_SECONDS);
      }),
      { numRuns: 500 },
    );
  });

  it('and waits as it is told after SLOW_DOWN is never told so twice in a row', () => {
    fc.assert(
      fc.property(waits, (before) => {
        const answers = poll((sofar) => {
          const last = sofar.at(-1);
          return last?.isTooEarly === true ? last.interval * 1_000 : (before[sofar.length] ?? 0);
        }, before.length);
        return !isTwiceInARow(answers);
      }),
      { numRuns: 500 },
    );
  });

  it('and goes on at its first pace after SLOW_DOWN, as if it had not been told, is not told so again', () => {
    fc.assert(
      fc.property(waits, jitter, (before, noise) => {
        const rude = poll((sofar) => before[sofar.length] ?? 0, before.length);
        const answers = poll(
          (sofar) =>
            sofar.length < before.length
              ? (before[sofar.length] ?? 0)
              : INTERVAL_SECONDS * 1_000 + (noise[sofar.length % noise.length] ?? 0),
          before.length + 20,
        );
        expect(answers.slice(0, before.length)).toEqual(rude);
        return answers.slice(before.length).every(({ isTooEarly, interval }) => !isTooEarly && interval === INTERVAL_SECONDS);
      }),
      { numRuns: 500 },
    );
  });

  it('is let through once in five seconds however it polls, and gains nothing by the tolerance', () => {
    fc.assert(
      fc.property(waits, (each) => {
        const through = inTime(poll((sofar) => each[sofar.length] ?? 0, each.length));
        return through.every(({ at }, index) => at - START >= index * INTERVAL_SECONDS * 1_000 - 1_000);
      }),
      { numRuns: 500 },
    );
    // A second early, every time.
    expect(inTime(poll(() => 4_000, 16)).length).toBeLessThanOrEqual(13);
  });

  it('too fast at a fixed pace still gets through: what came too early moves nothing', () => {
    for (const every of [100, 1_000, 3_000, 3_999]) {
      const answers = poll(() => every, 60);
      expect(inTime(answers).length).toBeGreaterThanOrEqual(Math.floor((60 * every) / (2 * 4_000)));
    }
  });

  it('is told five seconds more for each time, up to a minute, and five again as soon as it is in time', () => {
    const impatient = poll(() => 10, 20);
    expect(impatient.map(({ interval }) => interval)).toEqual([5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, ...Array(9).fill(60)]);
    const better = poll((sofar) => (sofar.length < 5 ? 10 : 5_000), 6);
    expect(better.map(({ interval }) => interval)).toEqual([5, 10, 15, 20, 25, 5]);
  });

  it('is not throttled the first time, and not forgiven a clock that went back', () => {
    expect(paced(FRESH, new Date(0)).isTooEarly).toBe(false);
    const { nextPollAt } = paced(FRESH, new Date(START));
    expect(paced({ interval: 5, nextPollAt }, new Date(START - 60_000)).isTooEarly).toBe(true);
  });
});
