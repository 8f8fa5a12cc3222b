import { type Grant, planIncludes, roleAllows } from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import { isoText } from '@reqbase/db/iso-text';
import type { Feature, FeatureSummary } from './schema.ts';
import { isPublic } from './visibility.ts';

/** What a list reads of a feature. */
export const SUMMARY_FIELDS = {
  id: true,
  number: true,
  title: true,
  description: true,
  category: true,
  subtype: true,
  status: true,
  completionKind: true,
  closeReason: true,
  duplicateOfId: true,
  rating: true,
  voteCount: true,
  commentCount: true,
  revenueWeight: true,
  tags: true,
  requesterId: true,
  pageUrl: true,
  hasScreenshot: true,
  source: true,
  version: true,
  statusChangedAt: true,
  createdAt: true,
  updatedAt: true,
} as const satisfies Prisma.FeatureSelect;
type SummaryRow = Prisma.FeatureGetPayload<{ select: typeof SUMMARY_FIELDS }>;

type Instant = 'statusChangedAt' | 'createdAt' | 'updatedAt';
/** The same with its instants as PostgreSQL prints them. */
export type ListedRow = Omit<SummaryRow, Instant> & Readonly<Record<Instant, string>>;

export const FEATURE_FIELDS = {
  ...SUMMARY_FIELDS,
  errorReport: true,
  diagnostics: true,
  developerNote: true,
  developerNoteUpdatedAt: true,
} as const satisfies Prisma.FeatureSelect;
export type FeatureRow = Prisma.FeatureGetPayload<{ select: typeof FEATURE_FIELDS }>;

export function toSummary(row: SummaryRow): FeatureSummary {
  return {
    ...row,
    visibility: visibilityOf(row),
    statusChangedAt: row.statusChangedAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function toListed(row: ListedRow): FeatureSummary {
  return {
    ...row,
    visibility: visibilityOf(row),
    statusChangedAt: isoText(row.statusChangedAt),
    createdAt: isoText(row.createdAt),
    updatedAt: isoText(row.updatedAt),
  };
}

function visibilityOf({ category }: Pick<SummaryRow, 'category'>): FeatureSummary['visibility'] {
  return isPublic(category) ? 'public' : 'private';
}

/** Developer notes are for developers, from the plan Pro on. */
export function seesNotes(grant: Grant): boolean {
  return (
    roleAllows(grant, 'viewNotes') && grant.facts.organization !== null && planIncludes(grant.facts.organization.plan, 'pro')
  );
}

/** The whole feature as this caller may see it. */
export function toFeature(row: FeatureRow, grant: Grant): Feature {
  const hasNotes = seesNotes(grant);
  const errorReport = row.errorReport as Feature['errorReport'];
  return {
    ...toSummary(row),
    errorReport,
    context: errorReport === null ? null : asText(errorReport),
    diagnostics: row.diagnostics as Feature['diagnostics'],
    developerNote: hasNotes ? row.developerNote : null,
    developerNoteUpdatedAt: hasNotes ? (row.developerNoteUpdatedAt?.toISOString() ?? null) : null,
  };
}

/** As clients of the v1 API read it. Source: wire-facts, Reqio, fields seen. */
function asText({ doing, expected, happened }: NonNullable<Feature['errorReport']>): string {
  return [
    ['Trying to do', doing],
    ['Expected', expected],
    ['Happened', happened],
  ]
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `${label}: ${text}`)
    .join('\n');
}
