import { describe, expect, it } from 'vitest';
import { isTeamThere } from './hours.ts';

const hours = {
  timezone: 'Europe/Berlin',
  days: [
    { day: 'mon' as const, from: '09:00', to: '17:00' },
    { day: 'sat' as const, from: '20:00', to: '24:00' },
  ],
};

describe('the team is there', () => {
  it.each([
    ['2026-03-16T07:59:00Z', false],
    ['2026-03-16T08:00:00Z', true],
    ['2026-03-16T15:59:00Z', true],
    ['2026-03-16T16:00:00Z', false],
    ['2026-03-17T10:00:00Z', false],
    // After midnight in Greenwich it is still Saturday evening, or already Sunday, in Berlin.
    ['2026-03-14T22:59:00Z', true],
    ['2026-03-14T23:00:00Z', false],
    // In summer, an hour earlier.
    ['2026-06-15T07:00:00Z', true],
  ])('at %s: %s', (at, isThere) => {
    expect(isTeamThere(hours, new Date(at))).toBe(isThere);
  });

  it('or not is not said without hours, or in a time zone that the browser does not know', () => {
    expect(isTeamThere(null, new Date())).toBeNull();
    expect(isTeamThere({ ...hours, timezone: 'Mars/Olympus' }, new Date())).toBeNull();
  });
});
