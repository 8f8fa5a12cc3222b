import { describe, expect, it } from 'vitest';
import { toChart } from './chart-series.ts';

const key = (id: string, calls: number) => ({ id, name: `Key ${id}`, prefix: null, calls });

describe('the chart of the calls', () => {
  it('has a bar for every day and a part for every key, also where it made no calls', () => {
    const days = [
      { day: '2026-11-20', calls: 3, byKey: { a: 3 } },
      { day: '2026-11-21', calls: 0, byKey: {} },
    ];
    const { series, data } = toChart({ keys: [key('a', 3), key('b', 0)], days });
    expect(series.map(({ label }) => label)).toEqual(['Key a', 'Key b']);
    expect(data).toEqual([
      { day: '2026-11-20', a: 3, b: 0 },
      { day: '2026-11-21', a: 0, b: 0 },
    ]);
  });

  it('puts the keys with the fewest calls together, and loses no call', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const byKey = Object.fromEntries(ids.map((id, index) => [id, 10 - index]));
    const calls = Object.values(byKey).reduce((sum, count) => sum + count, 0);
    const { series, data } = toChart({
      keys: ids.map((id, index) => key(id, 10 - index)),
      days: [{ day: '2026-11-21', calls, byKey }],
    });
    expect(series.at(-1)).toMatchObject({ label: 'Other keys' });
    expect(new Set(series.map(({ color }) => color)).size).toBe(6);
    const { day, ...counts } = data[0] ?? {};
    expect(day).toBe('2026-11-21');
    expect(Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0)).toBe(calls);
  });
});
