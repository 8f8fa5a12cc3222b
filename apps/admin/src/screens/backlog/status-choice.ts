import { backlogSchemas } from '@reqbase/core/contract';

type CompletionKind = NonNullable<backlogSchemas.Feature['completionKind']>;
type CloseReason = NonNullable<backlogSchemas.Feature['closeReason']>;
/** How a completed request ended, as the form asks it: one of the two fields that the API has, or neither. */
export type Outcome = CompletionKind | CloseReason | 'UNSAID';

export type StatusChoice = {
  readonly status: backlogSchemas.FeatureStatus;
  readonly outcome: Outcome;
  readonly duplicateOfId: string | null;
};

export const OUTCOMES: readonly Outcome[] = [
  'UNSAID',
  ...backlogSchemas.CompletionKind.options,
  ...backlogSchemas.CloseReason.options,
];

/** Where the feature is now, as a choice of the form. */
export function choiceOf({ status, completionKind, closeReason, duplicateOfId }: backlogSchemas.Feature): StatusChoice {
  return { status, outcome: completionKind ?? closeReason ?? 'UNSAID', duplicateOfId };
}

/** Changes when the status does, and not with a vote or a comment: those must not throw away a choice half made. */
export function statusKey(feature: backlogSchemas.Feature): string {
  return Object.values(choiceOf(feature)).join();
}

/**
 * The version that a change counts on: the present one, as long as only votes, comments and the like have moved it since
 * the form was seen.
 */
export function presentVersion(seen: backlogSchemas.Feature, present: backlogSchemas.Feature | undefined): number {
  return present !== undefined && statusKey(present) === statusKey(seen) ? present.version : seen.version;
}

/** The fields of the API for a choice of the form; what does not go with the status is cleared. */
export function toStatusChange({ status, outcome, duplicateOfId }: StatusChoice) {
  const isCompleted = status === 'COMPLETED';
  const completionKind = backlogSchemas.CompletionKind.safeParse(outcome).data ?? null;
  const closeReason = backlogSchemas.CloseReason.safeParse(outcome).data ?? null;
  return {
    status,
    completionKind: isCompleted ? completionKind : null,
    closeReason: isCompleted ? closeReason : null,
    duplicateOfId: isCompleted && closeReason === 'DUPLICATE' ? duplicateOfId : null,
  };
}

/** Says what the choice still lacks, or null. */
export function faultOf({ status, outcome, duplicateOfId }: StatusChoice): string | null {
  return status === 'COMPLETED' && outcome === 'DUPLICATE' && duplicateOfId === null
    ? 'Choose the request that it duplicates.'
    : null;
}

/** Says whether saving the choice would change anything. */
export function isChange(feature: backlogSchemas.Feature, choice: StatusChoice): boolean {
  const next = toStatusChange(choice);
  return (
    feature.status !== next.status ||
    feature.completionKind !== next.completionKind ||
    feature.closeReason !== next.closeReason ||
    feature.duplicateOfId !== next.duplicateOfId
  );
}
