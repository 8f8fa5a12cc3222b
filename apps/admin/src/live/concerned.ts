import type { InvalidateQueryFilters } from '@tanstack/react-query';
import type { TrpcOptions } from '../trpc.ts';
import type { LiveUpdate } from './watch-project.ts';

/** What has changed since the queries were last read. */
export type Changes = {
  /** All of it may have. */
  readonly isEverything: boolean;
  readonly conversationIds: ReadonlySet<string>;
  readonly featureIds: ReadonlySet<string>;
  readonly hasNotifications: boolean;
};

export const NO_CHANGES: Changes = {
  isEverything: false,
  conversationIds: new Set(),
  featureIds: new Set(),
  hasNotifications: false,
};

/** The changes with one more among them. */
export function withUpdate(changes: Changes, { kind, conversationId, featureId }: LiveUpdate): Changes {
  const { isEverything, conversationIds, featureIds, hasNotifications } = changes;
  return {
    isEverything: isEverything || kind === 'reset' || kind === 'ready',
    conversationIds:
      kind === 'conversation' && conversationId !== null ? new Set([...conversationIds, conversationId]) : conversationIds,
    featureIds: kind === 'feature' && featureId !== null ? new Set([...featureIds, featureId]) : featureIds,
    hasNotifications: hasNotifications || kind === 'notification',
  };
}

/** The queries of a project whose answers the changes have made old, and no others. */
export function concernedBy(trpc: TrpcOptions, projectId: string, changes: Changes): InvalidateQueryFilters[] {
  const { isEverything, conversationIds, featureIds, hasNotifications } = changes;
  if (isEverything) return LIVE_SLICES.map((slice) => trpc[slice].pathFilter());
  return [
    ...(hasNotifications ? [trpc.notifications.pathFilter()] : []),
    ...[...conversationIds].flatMap((id) => ofConversation(trpc, projectId, id)),
    ...(conversationIds.size > 0 ? [trpc.conversations.list.pathFilter(), trpc.conversations.counts.pathFilter()] : []),
    ...[...featureIds].flatMap((id) => ofFeature(trpc, projectId, id)),
    ...(featureIds.size > 0 ? [trpc.backlog.list.pathFilter(), trpc.backlog.stats.pathFilter()] : []),
  ];
}

/** What is told of as it happens. */
const LIVE_SLICES = ['conversations', 'notifications', 'backlog'] as const;

/** The queries about one conversation. */
function ofConversation(trpc: TrpcOptions, projectId: string, id: string): InvalidateQueryFilters[] {
  const { get, listMessages, listEvents } = trpc.conversations;
  return [get, listMessages, listEvents].map((query) => aboutOne(query.pathKey(), projectId, id));
}

/** The queries about one feature. */
function ofFeature(trpc: TrpcOptions, projectId: string, id: string): InvalidateQueryFilters[] {
  const { get, listComments, listVoters } = trpc.backlog;
  return [get, listComments, listVoters].map((query) => aboutOne(query.pathKey(), projectId, id));
}

/** A page of a list and the whole of it alike: the input is matched in part. */
function aboutOne(pathKey: readonly unknown[], projectId: string, id: string): InvalidateQueryFilters {
  return { queryKey: [...pathKey, { input: { projectId, id } }] };
}
