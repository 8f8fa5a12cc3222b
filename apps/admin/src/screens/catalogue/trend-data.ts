import type { catalogueSchemas } from '@reqbase/core/contract';
import { SEVERITIES, SEVERITY_WORDS } from './catalogue-words.tsx';

type ScanRun = catalogueSchemas.ScanRun;

const COLORS = { critical: 'red.8', high: 'orange.6', medium: 'yellow.5', low: 'blue.5', info: 'gray.5' } as const;

/** The severities that any of the runs has, the gravest at the bottom of the bars. */
export function severitySeries(runs: readonly ScanRun[]) {
  return SEVERITIES.filter((severity) => runs.some(({ findingsBySeverity }) => findingsBySeverity[severity] > 0)).map(
    (severity) => ({ name: severity, label: SEVERITY_WORDS[severity], color: COLORS[severity] }),
  );
}

/** A point for each run, the oldest first. */
export function trendPoints(runs: readonly ScanRun[]) {
  return runs.map(({ number, createdAt, endpointCount, findingsBySeverity }) => ({
    run: `#${number}`,
    day: createdAt.slice(0, 10),
    endpoints: endpointCount,
    ...findingsBySeverity,
  }));
}

/** What the charts say, for who does not see them. */
export function trendSummary(what: string, runs: readonly ScanRun[], countOf: (run: ScanRun) => number): string {
  const [first, last] = [runs.at(0), runs.at(-1)];
  if (first === undefined || last === undefined) return `${what}: no scan yet.`;
  if (first === last) return `${what}: ${countOf(last)} in scan ${last.number}.`;
  return `${what} from scan ${first.number} to scan ${last.number}: from ${countOf(first)} to ${countOf(last)}. The table has each of them.`;
}
