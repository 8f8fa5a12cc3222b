import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fromLocalInput, shortInstant, snoozePresets, toLocalInput } from './snooze-presets.ts';

beforeAll(() => void vi.stubEnv('TZ', 'Europe/Berlin'));
afterAll(() => void vi.unstubAllEnvs());

const presetsAt = (now: string) =>
  Object.fromEntries(snoozePresets(new Date(now)).map(({ label, until }) => [label, toLocalInput(until)]));

describe('the times that are offered for a snooze', () => {
  it('are later today, tomorrow at nine and next Monday at nine', () => {
    expect(presetsAt('2026-11-20T10:10:00')).toEqual({
      'Later today': '2026-11-20T13:30',
      Tomorrow: '2026-11-21T09:00',
      'Next Monday': '2026-11-23T09:00',
    });
  });

  it('leave out today when the day is nearly over', () => {
    expect(presetsAt('2026-11-20T17:31:00')).not.toHaveProperty('Later today');
    expect(presetsAt('2026-11-20T22:30:00')).not.toHaveProperty('Later today');
  });

  it('name Monday once when tomorrow is one, and mean the next one on a Monday', () => {
    expect(presetsAt('2026-11-22T10:00:00')).toEqual({ 'Later today': '2026-11-22T13:00', Tomorrow: '2026-11-23T09:00' });
    expect(presetsAt('2026-11-23T10:00:00')).toMatchObject({ 'Next Monday': '2026-11-30T09:00' });
  });

  it('keep to nine o’clock when the clocks change, over the end of a month and of a year', () => {
    expect(presetsAt('2026-10-24T10:00:00')).toMatchObject({ Tomorrow: '2026-10-25T09:00' });
    expect(presetsAt('2026-03-28T10:00:00')).toMatchObject({ Tomorrow: '2026-03-29T09:00' });
    expect(presetsAt('2026-12-31T10:00:00')).toMatchObject({ Tomorrow: '2027-01-01T09:00', 'Next Monday': '2027-01-04T09:00' });
  });
});

describe('a time of one’s own', () => {
  const now = new Date('2026-11-20T10:10:00');

  it('is read in the reader’s time zone, and comes back as it was written', () => {
    const at = fromLocalInput('2026-11-20T18:45', now);
    expect(at?.toISOString()).toBe('2026-11-20T17:45:00.000Z');
    expect(at && toLocalInput(at)).toBe('2026-11-20T18:45');
  });

  it('is none when it is empty, no time or past', () => {
    for (const text of ['', 'soon', '2026-11-20T10:10', '2026-11-19T23:00']) expect(fromLocalInput(text, now)).toBeNull();
  });
});

it('says when that is, the shorter the nearer', () => {
  const now = new Date('2026-11-20T10:10:00');
  expect(shortInstant(new Date('2026-11-20T13:30:00'), now)).toBe('1:30 PM');
  expect(shortInstant(new Date('2026-11-23T09:00:00'), now)).toBe('Mon 9:00 AM');
  expect(shortInstant(new Date('2026-12-24T09:00:00'), now)).toBe('Thu, Dec 24, 9:00 AM');
});
