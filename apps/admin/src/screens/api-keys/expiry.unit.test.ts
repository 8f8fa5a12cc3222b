import { describe, expect, it } from 'vitest';
import { expiryOf, faultOfDay } from './expiry.ts';

const now = new Date('2026-11-21T09:30:00.000Z');

describe('the expiry of a new key', () => {
  it('is counted in days from now', () => {
    expect(expiryOf('30', '', now)?.toISOString()).toBe('2026-12-21T09:30:00.000Z');
    expect(expiryOf('90', '', now)?.toISOString()).toBe('2027-02-19T09:30:00.000Z');
    expect(expiryOf('365', '', now)?.toISOString()).toBe('2027-11-21T09:30:00.000Z');
  });

  it('is none for a key that never expires', () => {
    expect(expiryOf('never', '2026-12-31', now)).toBeNull();
  });

  it("is the end of a chosen day of the reader's calendar", () => {
    const end = expiryOf('custom', '2026-12-31', now);
    expect([end?.getFullYear(), end?.getMonth(), end?.getDate(), end?.getHours(), end?.getMinutes()]).toEqual([
      2026, 11, 31, 23, 59,
    ]);
  });

  it('asks for a date, and for one that is not past', () => {
    expect(faultOfDay('custom', '', now)).toBe('Choose a date.');
    expect(faultOfDay('custom', '2026-11-19', now)).toBe('Must lie in the future.');
    expect(faultOfDay('custom', '2026-11-23', now)).toBeNull();
    expect(faultOfDay('90', '', now)).toBeNull();
  });
});
