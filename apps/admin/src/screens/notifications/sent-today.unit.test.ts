import { describe, expect, it } from 'vitest';
import { sentToday } from './sent-today.ts';

const NOW = new Date('2026-11-22T00:30:00+02:00');

describe('announcements of today', () => {
  it('are counted by the UTC day, whatever the time zone of the reader', () => {
    const latest = ['2026-11-21T22:29:00.000Z', '2026-11-21T00:00:00.000Z', '2026-11-20T23:59:59.999Z'];
    expect(
      sentToday(
        latest.map((createdAt) => ({ createdAt })),
        NOW,
      ),
    ).toBe(2);
  });

  it('are none where there are none', () => {
    expect(sentToday([], NOW)).toBe(0);
  });
});
