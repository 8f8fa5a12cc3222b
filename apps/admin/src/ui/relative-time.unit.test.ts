import { describe, expect, it } from 'vitest';
import { duration, relativeTime, shortDay } from './relative-time.ts';

const now = new Date('2026-11-21T12:00:00Z');

describe('relativeTime', () => {
  it.each([
    ['2026-11-21T11:59:31Z', 'just now'],
    ['2026-11-21T11:59:00Z', '1 minute ago'],
    ['2026-11-21T10:00:01Z', '1 hour ago'],
    ['2026-11-20T12:00:00Z', 'yesterday'],
    ['2026-11-15T12:00:00Z', '6 days ago'],
    ['2026-11-07T12:00:00Z', '2 weeks ago'],
    ['2025-11-21T12:00:00Z', 'last year'],
    ['2026-11-21T12:05:00Z', 'in 5 minutes'],
    ['2027-01-20T12:00:00Z', 'in 2 months'],
  ])('%s is %s', (at, expected) => {
    expect(relativeTime(new Date(at), now)).toBe(expected);
  });
});

it('a UTC day keeps its date in every time zone', () => {
  expect(shortDay('2026-11-21')).toBe('Nov 21');
});

it.each([
  [0, '1 min'],
  [59_000, '1 min'],
  [150_000, '2 min'],
  [3_600_000, '1 h'],
  [86_399_999, '23 h'],
  [30 * 86_400_000, '30 d'],
])('%i ms are %s', (milliseconds, expected) => {
  expect(duration(milliseconds)).toBe(expected);
});
