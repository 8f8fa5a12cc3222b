import type { catalogueSchemas } from '@reqbase/core/contract';
import { expect, it } from 'vitest';
import { severitySeries, trendPoints, trendSummary } from './trend-data.ts';

const none = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
const run = (number: number, endpointCount: number, counts: Partial<typeof none>) =>
  ({
    number,
    endpointCount,
    createdAt: `2026-11-0${number}T10:00:00.000Z`,
    findingsBySeverity: { ...none, ...counts },
  }) as catalogueSchemas.ScanRun;
const runs = [run(1, 4, { low: 2 }), run(2, 7, { low: 1, critical: 1 })];

it('the chart has a bar for every run and a part for every severity that any of them has, the gravest first', () => {
  expect(severitySeries(runs).map(({ label }) => label)).toEqual(['Critical', 'Low']);
  expect(trendPoints(runs)).toMatchObject([
    { run: '#1', day: '2026-11-01', endpoints: 4, low: 2, critical: 0 },
    { run: '#2', day: '2026-11-02', endpoints: 7, low: 1, critical: 1 },
  ]);
});

it('who does not see the chart is told from where to where it leads', () => {
  const summary = (of: typeof runs) => trendSummary('Endpoints', of, ({ endpointCount }) => endpointCount);
  expect(summary(runs)).toBe('Endpoints from scan 1 to scan 2: from 4 to 7. The table has each of them.');
  expect(summary(runs.slice(0, 1))).toBe('Endpoints: 4 in scan 1.');
  expect(summary([])).toBe('Endpoints: no scan yet.');
});
