import type { catalogueSchemas } from '@reqbase/core/contract';
import { plural } from '../../ui/number-format.ts';

type Finding = catalogueSchemas.Finding;

/** What is to become of a finding. */
export type Decision = Pick<catalogueSchemas.TriageFinding, 'state' | 'reason' | 'ignoredUntil'>;

/** What a scan has resolved is not for people to decide. */
export function isDecidable({ state }: Pick<Finding, 'state'>): boolean {
  return state !== 'resolved';
}

/** The decision that leads back to how a finding is. @throws for one that is resolved */
export function presentDecision({ state, reason, ignoredUntil }: Finding): Decision {
  if (state === 'resolved') throw new Error('what is resolved was not decided');
  if (state === 'open') return { state };
  return { state, ...(reason !== null && { reason }), ...(ignoredUntil !== null && { ignoredUntil }) };
}

const DONE = { open: 'open again', accepted: 'accepted', ignored: 'ignored' } as const;

/** `3 findings are accepted.` */
export function doneText(count: number, state: Decision['state']): string {
  return `${plural(count, 'finding')} ${count === 1 ? 'is' : 'are'} ${DONE[state]}.`;
}
