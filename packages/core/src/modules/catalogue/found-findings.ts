import { findingFingerprint } from './identity.ts';
import type { NormalizedFinding } from './ingest-schema.ts';

export type FoundFinding = NormalizedFinding & { readonly fingerprint: string };

/** The findings of a scan by what they are found again by; of those that are the same, the first. */
export function foundIn(findings: readonly NormalizedFinding[]): FoundFinding[] {
  const found = new Map<string, FoundFinding>();
  for (const finding of findings) {
    const fingerprint = findingFingerprint(finding);
    if (!found.has(fingerprint)) found.set(fingerprint, { ...finding, fingerprint });
  }
  return [...found.values()];
}
