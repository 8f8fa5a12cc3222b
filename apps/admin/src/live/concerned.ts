import type { InvalidateQueryFilters } from '@tanstack/react-query';
import type { TrpcOptions } from '../trpc.ts';
import type { LiveUpdate } from './watch-project.ts';

/** What has changed since the queries were last read. */
export type Changes = {
  /** All of it may have. */
  readonly isEverything: boolean;
  /** Null among them: any may have. */
  readonly conversationIds: ReadonlySet<string | null>;
  readonly featureIds: ReadonlySet<string | null>;
  /** What is told of as a whole. */
  readonly kinds: ReadonlySet<WholeKind>;
};

type WholeKind = Exclude<LiveUpdate['kind'], 'ready' | 'reset' | 'conversation' | 'feature'>;

export const NO_CHANGES: Changes = {
  isEverything: false,
  conversationIds: new Set(),
  featureIds: new Set(),
  kinds: new Set(),
};

/** The changes with one more among them. */
export function withUpdate(changes: Changes, { kind, conversationId, featureId }: LiveUpdate): Changes {
  if (kind === 'ready' || kind === 'reset') return { ...changes, isEverything: true };
  if (kind === 'conversation') return { ...changes, conversationIds: new Set([...changes.conversationIds, conversationId]) };
  if (kind === 'feature') return { ...changes, featureIds: new Set([...changes.featureIds, featureId]) };
  return { ...changes, kinds: new Set([...changes.kinds, kind]) };
}

/** The queries of a project whose answers the changes have made old, and no others. */
export function concernedBy(trpc: TrpcOptions, projectId: string, changes: Changes): InvalidateQueryFilters[] {
  const { isEverything, conversationIds, featureIds, kinds } = changes;
  if (isEverything) return LIVE_SLICES.map((slice) => trpc[slice].pathFilter());
  return [
    ...ofConversations(trpc, projectId, conversationIds),
    ...ofFeatures(trpc, projectId, featureIds),
    // How much somebody has asked for and written, and who is new.
    ...(conversationIds.size + featureIds.size > 0 ? [trpc.requesters.pathFilter()] : []),
    ...[...kinds].flatMap((kind) => WHOLE[kind](trpc)),
  ];
}

/** What is told of as it happens. */
const LIVE_SLICES = ['conversations', 'notifications', 'backlog', 'requesters', 'members', 'projects', 'widget'] as const;

const WHOLE: Readonly<Record<WholeKind, (trpc: TrpcOptions) => InvalidateQueryFilters[]>> = {
  notification: (trpc) => [trpc.notifications.pathFilter()],
  // Their names stand in the inbox and among the voters too.
  requester: (trpc) => [
    trpc.requesters.pathFilter(),
    trpc.conversations.list.pathFilter(),
    trpc.conversations.get.pathFilter(),
    trpc.backlog.listVoters.pathFilter(),
  ],
  member: (trpc) => [trpc.members.pathFilter()],
  project: (trpc) => [trpc.projects.pathFilter()],
  widget: (trpc) => [trpc.widget.pathFilter()],
};

function ofConversations(trpc: TrpcOptions, projectId: string, ids: ReadonlySet<string | null>): InvalidateQueryFilters[] {
  if (ids.has(null)) return [trpc.conversations.pathFilter()];
  if (ids.size === 0) return [];
  const { get, listMessages, listEvents, list, counts } = trpc.conversations;
  return [...aboutEach([get, listMessages, listEvents], projectId, ids), list.pathFilter(), counts.pathFilter()];
}

function ofFeatures(trpc: TrpcOptions, projectId: string, ids: ReadonlySet<string | null>): InvalidateQueryFilters[] {
  if (ids.has(null)) return [trpc.backlog.pathFilter()];
  if (ids.size === 0) return [];
  const { get, getScreenshot, listComments, listVoters, list, stats, tags } = trpc.backlog;
  return [
    ...aboutEach([get, getScreenshot, listComments, listVoters], projectId, ids),
    ...[list, stats, tags].map((query) => query.pathFilter()),
  ];
}

/** The queries about each of them; a page of a list and the whole of it alike: the input is matched in part. */
function aboutEach(
  queries: readonly { pathKey: () => readonly unknown[] }[],
  projectId: string,
  ids: ReadonlySet<string | null>,
): InvalidateQueryFilters[] {
  return [...ids].flatMap((id) => queries.map((query) => ({ queryKey: [...query.pathKey(), { input: { projectId, id } }] })));
}
