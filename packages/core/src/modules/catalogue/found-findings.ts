import { findingFingerprint } from './identity.ts';
import { FindingSeverity, type NormalizedFinding } from './ingest-schema.ts';

export type FoundFinding = NormalizedFinding & { readonly fingerprint: string };

/** The findings of a scan by what they are found again by; of those that are the same, the gravest. */
export function foundIn(findings: readonly NormalizedFinding[]): FoundFinding[] {
  const found = new Map<string, FoundFinding>();
  for (const finding of findings) {
    const fingerprint = findingFingerprint(finding);
    const known = found.get(fingerprint);
    if (known === undefined || isGraver(finding, known)) found.set(fingerprint, { ...finding, fingerprint });
  }
  return [...found.values()];
}

function isGraver(one: NormalizedFinding, other: NormalizedFinding): boolean {
  const gravity = ({ severity }: NormalizedFinding) => FindingSeverity.options.indexOf(severity);
  return gravity(one) > gravity(other);
}
