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
    'picture a': trpc.backlog.getScreenshot.queryKey({ ...input, id: 'a' }),
    'voters a': trpc.backlog.listVoters.infiniteQueryKey({ ...input, id: 'a' }),
    tags: trpc.backlog.tags.queryKey(input),
    'feature b': trpc.backlog.get.queryKey({ ...input, id: 'b' }),
    feed: trpc.notifications.list.infiniteQueryKey(input),
    requesters: trpc.requesters.list.infiniteQueryKey(input),
    'requester a': trpc.requesters.get.queryKey({ ...input, id: 'a' }),
    members: trpc.members.list.queryKey(input),
    invitations: trpc.members.listInvitations.queryKey(input),
    me: trpc.members.me.queryKey({}),
    project: trpc.projects.get.queryKey(input),
    projects: trpc.projects.list.queryKey({}),
    widget: trpc.widget.get.queryKey(input),
    usage: trpc.usage.today.queryKey(input),
    keys: trpc.apiKeys.list.queryKey(input),
  };
  for (const queryKey of Object.values(keys)) queryClient.setQueryData([...queryKey], {});
  for (const filters of concernedBy(trpc, 'demo', updates.reduce(withUpdate, NO_CHANGES)))
    void queryClient.invalidateQueries(filters);
  return Object.entries(keys)
    .filter(([, queryKey]) => queryClient.getQueryState(queryKey)?.isInvalidated)
    .map(([name]) => name);
}

const ofConversation = ['list', 'counts', 'conversation a', 'messages a', 'events a'];
const ofFeature = ['backlog', 'stats', 'feature a', 'comments a', 'picture a', 'voters a', 'tags'];
const ofRequesters = ['requesters', 'requester a'];
const ofMembers = ['members', 'invitations', 'me'];
const ofProjects = ['project', 'projects'];

describe('an update makes old', () => {
  const of = (kind: LiveUpdate['kind']) => oldAfter({ ...nothing, kind }).toSorted();

  it('of a conversation: its own queries, the lists and the figures of the inbox, and what counts them', () => {
    expect(oldAfter({ ...nothing, kind: 'conversation', conversationId: 'a' })).toEqual([...ofConversation, ...ofRequesters]);
  });

  it('of a feature: its own queries, the lists and the figures of the backlog, and what counts them', () => {
    expect(oldAfter({ ...nothing, kind: 'feature', featureId: 'a' }).toSorted()).toEqual(
      [...ofFeature, ...ofRequesters].toSorted(),
    );
  });

  it('of conversations or features without an id: all of the kind, since any may have changed', () => {
    expect(of('conversation')).toEqual([...ofConversation, 'conversation b', ...ofRequesters].toSorted());
    expect(of('feature')).toEqual([...ofFeature, 'feature b', ...ofRequesters].toSorted());
  });

  it('of a notification: the feed', () => {
    expect(oldAfter({ ...nothing, kind: 'notification', notificationId: 'n' })).toEqual(['feed']);
  });

  it('of requesters, members, the project or the widget: what shows them', () => {
    expect(of('requester')).toEqual([...ofRequesters, 'list', 'conversation a', 'conversation b', 'voters a'].toSorted());
    expect(of('member')).toEqual(ofMembers.toSorted());
    expect(of('project')).toEqual(ofProjects.toSorted());
    expect(of('widget')).toEqual(['widget']);
  });

  it('of several: what each of them does', () => {
    const feature = { ...nothing, kind: 'feature', featureId: 'a' } as const;
    const all = oldAfter({ ...nothing, kind: 'conversation', conversationId: 'a' }, feature, { ...nothing, kind: 'widget' });
    expect(all.toSorted()).toEqual([...ofConversation, ...ofFeature, ...ofRequesters, 'widget'].toSorted());
  });

  it.each(['ready', 'reset'] as const)('by a %s: all that is told of as it happens, and nothing else', (kind) => {
    expect(of(kind)).toEqual(
      [
        ...[...ofConversation, 'conversation b', ...ofFeature, 'feature b', 'feed'],
        ...[...ofRequesters, ...ofMembers, ...ofProjects, 'widget'],
      ].toSorted(),
    );
  });
});
