import * as z from 'zod';
import { Cursor, Id, Instant, Limit, MAX_INT, ProjectRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';

export const FeatureCategory = z.enum(['FEATURE', 'ERROR', 'FEEDBACK', 'OTHER']).meta({
  id: 'FeatureCategory',
  description:
    'FEATURE and OTHER (questions) are public; ERROR and FEEDBACK are private: without `conversations:read` they do not exist.',
});
export type FeatureCategory = z.infer<typeof FeatureCategory>;

export const FeatureStatus = z.enum(['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED']).meta({ id: 'FeatureStatus' });
export type FeatureStatus = z.infer<typeof FeatureStatus>;

export const CompletionKind = z.enum(['SHIPPED', 'NEXT_UPDATE']).meta({ id: 'CompletionKind' });
export const CloseReason = z.enum(['DECLINED', 'DUPLICATE', 'OUT_OF_SCOPE']).meta({ id: 'CloseReason' });
export const FeatureSource = z.enum(['widget', 'api', 'mcp', 'dashboard', 'email']).meta({ id: 'FeatureSource' });

/** The categories that end users see; the others are the team's inbox. */
export const PUBLIC_CATEGORIES = ['FEATURE', 'OTHER'] as const satisfies readonly FeatureCategory[];

/** The statuses that a feature of each category can take. Source: wire-facts, Feature model. */
export const STATUSES_OF: Readonly<Record<FeatureCategory, readonly FeatureStatus[]>> = {
  FEATURE: ['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'],
  ERROR: ['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'],
  FEEDBACK: ['NEEDS_ACTION', 'COMPLETED'],
  OTHER: ['NEEDS_ACTION', 'COMPLETED'],
};

const STATUS_TEXTS = {
  IN_PROGRESS: 'We are working on it.',
  COMPLETED: 'It is done.',
  SHIPPED: 'It has shipped.',
  NEXT_UPDATE: 'It comes with the next update.',
  DECLINED: 'We have decided against it.',
  DUPLICATE: 'It was asked for before.',
  OUT_OF_SCOPE: 'It is beyond what we do.',
} as const;

/** What subscribers are told of a status unless the editor has other words; null where they are told nothing. */
export function statusText({
  status,
  completionKind,
  closeReason,
}: Pick<Feature, 'status' | 'completionKind' | 'closeReason'>): string | null {
  return status === 'NEEDS_ACTION' ? null : STATUS_TEXTS[completionKind ?? closeReason ?? status];
}

export const Tag = z.string().trim().min(1).max(40).check(storable);

const featureFields = {
  id: Id,
  number: z.int().meta({ description: 'Counted per project, from 1', examples: [42] }),
  title: z.string().meta({ examples: ['Dark mode'] }),
  description: z.string().nullable(),
  category: FeatureCategory,
  subtype: z
    .string()
    .nullable()
    .meta({ examples: ['BUG'] }),
  status: FeatureStatus,
  completionKind: CompletionKind.nullable().meta({ description: 'Only with COMPLETED' }),
  closeReason: CloseReason.nullable().meta({ description: 'Only with COMPLETED: why it was closed without being done' }),
  duplicateOfId: Id.nullable(),
  visibility: z.enum(['public', 'private']),
  rating: z.int().min(1).max(5).nullable().meta({ description: 'FEEDBACK only' }),
  voteCount: z.int(),
  commentCount: z.int(),
  revenueWeight: z.int().meta({ description: 'Monthly revenue of those who asked, in cents' }),
  tags: z.array(z.string()),
  requesterId: Id.nullable(),
  pageUrl: z.string().nullable(),
  hasScreenshot: z.boolean(),
  source: FeatureSource,
  version: z.int().meta({ description: 'Grows with every change; the ETag is made of it' }),
  statusChangedAt: Timestamp,
  createdAt: Timestamp,
  updatedAt: Timestamp,
};

const SUMMARY_EXAMPLE = {
  id: '01a200a4-972f-789c-9aa1-739d1bba6fb7',
  number: 42,
  title: 'Export invoices as CSV',
  description: 'Our finance team needs it for the month end.',
  category: 'FEATURE' as const,
  subtype: null,
  status: 'IN_PROGRESS' as const,
  completionKind: null,
  closeReason: null,
  duplicateOfId: null,
  visibility: 'public' as const,
  rating: null,
  voteCount: 12,
  commentCount: 3,
  revenueWeight: 58_800,
  tags: ['billing'],
  requesterId: '01a200a4-972a-74b4-ba6b-0967b5d4058b',
  pageUrl: 'https://app.example.com/invoices',
  hasScreenshot: false,
  source: 'widget' as const,
  version: 7,
  statusChangedAt: '2026-11-20T09:12:00.000Z',
  createdAt: '2026-11-18T16:40:03.120Z',
  updatedAt: '2026-11-20T09:12:00.000Z',
};
const FEATURE_EXAMPLE = {
  ...SUMMARY_EXAMPLE,
  errorReport: null,
  context: null,
  diagnostics: null,
  developerNote: null,
  developerNoteUpdatedAt: null,
};

export const FeatureSummary = z.object(featureFields).meta({ id: 'FeatureSummary', examples: [SUMMARY_EXAMPLE] });
export type FeatureSummary = z.infer<typeof FeatureSummary>;

const ReportText = z.string().max(5_000).check(storable);
export const ErrorReport = z.object({ doing: ReportText, expected: ReportText, happened: ReportText });

export const Feature = z
  .object({
    ...featureFields,
    errorReport: ErrorReport.nullable().meta({ description: 'ERROR only' }),
    context: z.string().nullable().meta({ description: 'The error report as text' }),
    diagnostics: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What the widget captured of the page' }),
    developerNote: z.string().nullable().meta({ description: 'For the team: null when unset, or not yours to see' }),
    developerNoteUpdatedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Feature', examples: [FEATURE_EXAMPLE] });
export type Feature = z.infer<typeof Feature>;

export const FeatureSort = z.enum(['createdAt', 'updatedAt', 'votes', 'revenue', 'comments']);
export type FeatureSort = z.infer<typeof FeatureSort>;

export const ListFeatures = z.object({
  projectId: ProjectRef,
  status: z.array(FeatureStatus).max(3).optional(),
  category: z.array(FeatureCategory).max(4).optional(),
  source: z.array(FeatureSource).max(5).optional(),
  tag: z.array(Tag).max(20).optional().meta({ description: 'With all of these tags' }),
  q: z
    .string()
    .trim()
    .max(200)
    .check(storable)
    .optional()
    .meta({ description: 'Words in title or description; the last may be incomplete' }),
  requesterId: Id.optional(),
  hasComments: z.boolean().optional(),
  minVotes: z.int().min(0).max(MAX_INT).optional(),
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({ description: 'For incremental sync: changed at this instant or later' }),
  sort: FeatureSort.default('createdAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
  limit: Limit,
  cursor: Cursor,
});
export type ListFeatures = z.infer<typeof ListFeatures>;
export const FeaturePage = pageOf(FeatureSummary).meta({ id: 'FeaturePage' });

export const ProjectOnly = z.object({ projectId: ProjectRef });

export const FeatureRef = z.object({ projectId: ProjectRef, id: Id });
export type FeatureRef = z.infer<typeof FeatureRef>;

export const RequesterInput = z
  .object({
    externalId: z.string().trim().min(1).max(200).check(storable).optional(),
    email: z.email().max(320).optional(),
    name: z.string().trim().max(200).check(storable).optional(),
  })
  .refine(
    (requester) => requester.externalId !== undefined || requester.email !== undefined,
    'Somebody needs an id of yours or an e-mail address.',
  )
  .meta({ description: 'On whose behalf; found by externalId or e-mail, or made' });
export type RequesterInput = z.infer<typeof RequesterInput>;

export const CreateFeature = z.object({
  projectId: ProjectRef,
  title: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .check(storable)
    .meta({ examples: ['Dark mode'] }),
  description: z.string().max(10_000).check(storable).nullish(),
  category: FeatureCategory.default('FEATURE'),
  subtype: z.string().trim().min(1).max(40).check(storable).nullish(),
  rating: z.int().min(1).max(5).nullish().meta({ description: 'FEEDBACK only' }),
  errorReport: ErrorReport.nullish().meta({ description: 'ERROR only' }),
  pageUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .check(storable)
    .nullish(),
  tags: z.array(Tag).max(20).default([]),
  requester: RequesterInput.nullish(),
});
export type CreateFeature = z.infer<typeof CreateFeature>;

export const CreatedFeature = Feature.extend({
  possibleDuplicates: z
    .array(z.object({ id: Id, number: z.int(), title: z.string(), status: FeatureStatus, voteCount: z.int() }))
    .meta({ description: 'Open ones of the same title; nothing is merged by itself' }),
}).meta({ id: 'CreatedFeature', examples: [{ ...FEATURE_EXAMPLE, possibleDuplicates: [] }] });
export type CreatedFeature = z.infer<typeof CreatedFeature>;

const IfVersion = z
  .int()
  .min(0)
  .max(MAX_INT)
  .optional()
  .meta({ description: 'Refused with PRECONDITION_FAILED when the feature has moved on' });

export const ChangeStatus = FeatureRef.extend({
  status: FeatureStatus,
  completionKind: CompletionKind.nullish().meta({ description: 'With COMPLETED: shipped, or coming with the next update' }),
  closeReason: CloseReason.nullish().meta({ description: 'With COMPLETED: closed without being done' }),
  duplicateOfId: Id.nullish().meta({ description: 'With closeReason DUPLICATE: the feature that gets the votes' }),
  notifyText: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .check(storable)
    .nullish()
    .meta({ description: 'What the subscribers are told, instead of the usual words; with IN_PROGRESS and COMPLETED' }),
  ifVersion: IfVersion,
});
export type ChangeStatus = z.infer<typeof ChangeStatus>;

export const DeleteFeature = FeatureRef;
export const Done = z.void();

/** In characters, the agent's part included. */
export const LONGEST_NOTE = 20_000;
export const DeveloperNote = z
  .object({
    text: z.string().nullable().meta({ description: 'Markdown, for the team: null when unset, or not yours to see' }),
    updatedAt: Timestamp.nullable(),
    version: z.int().meta({ description: "The feature's: it grows with every change, and the ETag is made of it" }),
  })
  .meta({ id: 'DeveloperNote' });
export type DeveloperNote = z.infer<typeof DeveloperNote>;
export const WriteNote = FeatureRef.extend({
  text: z.string().max(LONGEST_NOTE).check(storable).nullable().meta({ description: 'Markdown; null removes the note' }),
  ifVersion: IfVersion,
});
export type WriteNote = z.infer<typeof WriteNote>;

export const AgentSection = z
  .object({
    text: z.string().nullable().meta({ description: 'Null when the note has no line `## Reqio agent`' }),
    updatedAt: Timestamp.nullable().meta({ description: 'Of the whole note' }),
    version: z.int(),
  })
  .meta({ id: 'AgentSection' });
export type AgentSection = z.infer<typeof AgentSection>;
export const WriteAgentSection = FeatureRef.extend({
  ifVersion: IfVersion,
  text: z.string().max(LONGEST_NOTE).check(storable).meta({
    description:
      'Markdown, for the part of the note from under the line `## Reqio agent` to the next heading of the first or second level. Such headings of your own are kept as text.',
  }),
});
export type WriteAgentSection = z.infer<typeof WriteAgentSection>;

export const ScreenshotType = z.enum(['image/png', 'image/jpeg', 'image/webp']);
export type ScreenshotType = z.infer<typeof ScreenshotType>;
export const Screenshot = z
  .object({ image: z.string().meta({ description: 'Base64', examples: ['iVBORw0KGgo='] }), mimeType: ScreenshotType })
  .meta({ id: 'Screenshot' });
export type Screenshot = z.infer<typeof Screenshot>;

export const TagCount = z.object({ tag: z.string(), count: z.int() });
export type TagCount = z.infer<typeof TagCount>;
export const TagCounts = z
  .object({ items: z.array(TagCount) })
  .meta({ id: 'TagCounts', description: 'Counted over the latest 1,000 feature requests that the caller may see' });

export const CommentAuthorKind = z.enum(['TEAM', 'REQUESTER', 'SYSTEM', 'AGENT']);
export const Comment = z
  .object({
    id: Id,
    featureId: Id,
    parentId: Id.nullable(),
    authorKind: CommentAuthorKind,
    authorId: Id.nullable(),
    authorName: z.string(),
    body: z.string().meta({ description: 'Empty once deleted' }),
    isInternal: z.boolean().meta({ description: 'For the team only' }),
    createdAt: Timestamp,
    editedAt: Timestamp.nullable(),
    deletedAt: Timestamp.nullable(),
  })
  .meta({
    id: 'Comment',
    examples: [
      {
        id: '01a200a5-0b11-7c02-8f3e-2f8f2a0d7d10',
        featureId: SUMMARY_EXAMPLE.id,
        parentId: null,
        authorKind: 'TEAM',
        authorId: '01a200a5-7658-7f9a-bd63-96d88375e00c',
        authorName: 'Ada',
        body: 'Planned for the next release.',
        isInternal: false,
        createdAt: '2026-11-20T09:15:00.000Z',
        editedAt: null,
        deletedAt: null,
      },
    ],
  });
export type Comment = z.infer<typeof Comment>;

export const ListComments = FeatureRef.extend({
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({
    description: 'For incremental sync: written, edited or deleted at this instant or later',
  }),
  limit: Limit,
  cursor: Cursor,
});
export type ListComments = z.infer<typeof ListComments>;
export const CommentPage = pageOf(Comment).meta({ id: 'CommentPage' });

export const CreateComment = FeatureRef.extend({
  body: z.string().trim().min(1).max(5_000).check(storable),
  parentId: Id.nullish().meta({ description: 'The comment that this one answers' }),
  isInternal: z.boolean().default(false).meta({ description: 'For the team only; what answers such a comment always is' }),
});
export type CreateComment = z.infer<typeof CreateComment>;

export const CommentRef = FeatureRef.extend({ commentId: Id });
export type CommentRef = z.infer<typeof CommentRef>;
export const EditComment = CommentRef.extend({ body: z.string().trim().min(1).max(5_000).check(storable) });
export type EditComment = z.infer<typeof EditComment>;

export const Voter = z
  .object({
    requesterId: Id,
    name: z.string().nullable(),
    email: z.string().nullable(),
    externalId: z.string().nullable(),
    votedAt: Timestamp,
  })
  .meta({ id: 'Voter' });
export type Voter = z.infer<typeof Voter>;
export const ListVoters = FeatureRef.extend({ limit: Limit, cursor: Cursor });
export type ListVoters = z.infer<typeof ListVoters>;
export const VoterPage = pageOf(Voter).meta({ id: 'VoterPage' });
export const AddVote = FeatureRef.extend({ requester: RequesterInput });
export type AddVote = z.infer<typeof AddVote>;
export const RemoveVote = FeatureRef.extend({ requesterId: Id });
export type RemoveVote = z.infer<typeof RemoveVote>;
export const VoteCount = z.object({ voteCount: z.int() }).meta({ id: 'VoteCount' });

export const LaneCount = z.object({ status: FeatureStatus, count: z.int() });
export const BacklogStats = z
  .object({ featureCount: z.int(), totalVoteCount: z.int(), laneBreakdown: z.array(LaneCount) })
  .meta({ id: 'BacklogStats', description: 'Of what the caller may see' });
export type BacklogStats = z.infer<typeof BacklogStats>;
export const ProjectStats = z.object({ projectId: Id, ...BacklogStats.shape }).meta({ id: 'ProjectStats' });
export type ProjectStats = z.infer<typeof ProjectStats>;
