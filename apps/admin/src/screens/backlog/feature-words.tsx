import type { backlogSchemas } from '@reqbase/core/contract';
import { IconBug, IconBulb, IconHelpCircle, IconMessage } from '@tabler/icons-react';
import { StatusDot, type Tone } from '../../ui/status-dot.tsx';

type FeatureSummary = backlogSchemas.FeatureSummary;

export const STATUS_WORDS: Readonly<Record<backlogSchemas.FeatureStatus, string>> = {
  NEEDS_ACTION: 'Needs action',
  IN_PROGRESS: 'In progress',
  COMPLETED: 'Completed',
};
const STATUS_TONES: Readonly<Record<backlogSchemas.FeatureStatus, Tone>> = {
  NEEDS_ACTION: 'waiting',
  IN_PROGRESS: 'active',
  COMPLETED: 'good',
};

export const CATEGORY_WORDS: Readonly<Record<backlogSchemas.FeatureCategory, string>> = {
  FEATURE: 'Feature',
  ERROR: 'Error',
  FEEDBACK: 'Feedback',
  OTHER: 'Question',
};
const CATEGORY_ICONS = { FEATURE: IconBulb, ERROR: IconBug, FEEDBACK: IconMessage, OTHER: IconHelpCircle } as const;

export const OUTCOME_WORDS = {
  SHIPPED: 'Shipped',
  NEXT_UPDATE: 'Next update',
  DECLINED: 'Declined',
  DUPLICATE: 'Duplicate',
  OUT_OF_SCOPE: 'Out of scope',
} as const;

/** The lane, and for a completed one how it ended. */
export function FeatureStatus({
  feature,
}: {
  readonly feature: Pick<FeatureSummary, 'status' | 'completionKind' | 'closeReason'>;
}) {
  const outcome = feature.completionKind ?? feature.closeReason;
  return (
    <StatusDot tone={feature.closeReason === null ? STATUS_TONES[feature.status] : 'neutral'}>
      {outcome === null ? STATUS_WORDS[feature.status] : OUTCOME_WORDS[outcome]}
    </StatusDot>
  );
}

export function FeatureCategory({ category }: { readonly category: backlogSchemas.FeatureCategory }) {
  const Icon = CATEGORY_ICONS[category];
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 6, whiteSpace: 'nowrap', verticalAlign: 'middle' }}>
      <Icon size={16} stroke={1.6} aria-hidden="true" />
      {CATEGORY_WORDS[category]}
    </span>
  );
}
