import type { SeverityCounts } from './schema.ts';

/** Counts as a statement groups them, with what is not there as none. */
export function bySeverity(counted: Partial<SeverityCounts> | null): SeverityCounts {
  return { info: 0, low: 0, medium: 0, high: 0, critical: 0, ...counted };
}
