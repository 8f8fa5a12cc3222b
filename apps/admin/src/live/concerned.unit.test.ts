import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { createOptionsProxy } from '../trpc.ts';
import { concernedBy, NO_CHANGES, withUpdate } from './concerned.ts';
import type { LiveUpdate } from './watch-project.ts';

const nothing = { conversationId: null, featureId: null, notificationId: null };

/** The names of the cached queries that the updates make old. */
function oldAfter(...updates: LiveUpdate[]): string[] {
  const queryClient = new QueryClient();
  const trpc = createOptionsProxy(queryClient);
  const input = { projectId: 'demo' };
  const keys = {
    list: trpc.conversations.list.infiniteQueryKey({ ...input, status: ['open'] }),
    counts: trpc.conversations.counts.queryKey(input),
    'conversation a': trpc.conversations.get.queryKey({ ...input, id: 'a' }),
    'messages a': trpc.conversations.listMessages.infiniteQueryKey({ ...input, id: 'a' }),
    'events a': trpc.conversations.listEvents.queryKey({ ...input, id: 'a' }),
    'conversation b': trpc.conversations.get.queryKey({ ...input, id: 'b' }),
    backlog: trpc.backlog.list.queryKey(input),
    stats: trpc.backlog.stats.queryKey(input),
    'feature a': trpc.backlog.get.queryKey({ ...input, id: 'a' }),
    'comments a': trpc.backlog.listComments.infiniteQueryKey({ ...input, id: 'a' }),
    'feature b': trpc.backlog.get.queryKey({ ...input, id: 'b' }),
    feed: trpc.notifications.list.infiniteQueryKey(input),
    usage: trpc.usage.today.queryKey(input),
    me: trpc.members.me.queryKey({}),
  };
  for (const queryKey of Object.values(keys)) queryClient.setQueryData([...queryKey], {});
  for (const filters of concernedBy(trpc, 'demo', updates.reduce(withUpdate, NO_CHANGES)))
    void queryClient.invalidateQueries(filters);
  return Object.entries(keys)
    .filter(([, queryKey]) => queryClient.getQueryState(queryKey)?.isInvalidated)
    .map(([name]) => name);
}

const ofConversation = ['list', 'counts', 'conversation a', 'messages a', 'events a'];
const ofFeature = ['backlog', 'stats', 'feature a', 'comments a'];

describe('an update makes old', () => {
  it('of a conversation: its own queries, the lists and the figures of the inbox', () => {
    expect(oldAfter({ ...nothing, kind: 'conversation', conversationId: 'a' })).toEqual(ofConversation);
  });

  it('of a feature: its own queries, the lists and the figures of the backlog', () => {
    expect(oldAfter({ ...nothing, kind: 'feature', featureId: 'a' })).toEqual(ofFeature);
  });

  it('of a notification: the feed', () => {
    expect(oldAfter({ ...nothing, kind: 'notification', notificationId: 'n' })).toEqual(['feed']);
  });

  it('of several: what each of them does', () => {
    const feature = { ...nothing, kind: 'feature', featureId: 'a' } as const;
    expect(oldAfter({ ...nothing, kind: 'conversation', conversationId: 'a' }, feature)).toEqual([
      ...ofConversation,
      ...ofFeature,
    ]);
  });

  it.each(['ready', 'reset'] as const)('by a %s: all that is told of as it happens, and nothing else', (kind) => {
    const old = oldAfter({ ...nothing, kind });
    expect(old).toEqual([...ofConversation, 'conversation b', ...ofFeature, 'feature b', 'feed']);
  });
});
