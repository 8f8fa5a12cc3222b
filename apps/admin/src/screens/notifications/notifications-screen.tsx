import { Button, Group, MultiSelect, SegmentedControl } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can, notificationSchemas } from '@reqbase/core/contract';
import { IconBellOff, IconSearchOff, IconSpeakerphone } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { meQuery } from '../members/me-query.ts';
import { useProject } from '../projects/use-project.ts';
import { AnnouncementDialog } from './announcement-dialog.tsx';
import { isNew, seenUntil } from './new-since.ts';
import { type NotificationFilters, readNotificationFilters } from './notification-filters.ts';
import { NotificationList } from './notification-list.tsx';
import { TYPE_WORDS } from './notification-words.tsx';
import { useMarkSeen } from './use-mark-seen.ts';

const route = getRouteApi('/app/projects/$slug/notifications');

const AUDIENCES = [
  { value: 'all', label: 'All' },
  { value: 'team', label: 'For the team' },
  { value: 'requesters', label: 'To requesters' },
];

export function NotificationsScreen() {
  const project = useProject();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const [isAnnouncing, dialog] = useDisclosure();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: readNotificationFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  return (
    <>
      <PageHeader
        title="Notifications"
        tabTitle={`Notifications · ${project.name}`}
        description="What happened in the project, and what its requesters were told."
        actions={
          can(project.role, 'sendBroadcasts') ? (
            <Button leftSection={<IconSpeakerphone size={16} />} onClick={dialog.open}>
              New announcement
            </Button>
          ) : undefined
        }
      />
      <Group gap="sm" mb="md" role="search" aria-label="Filter notifications">
        <SegmentedControl
          aria-label="Audience"
          data={AUDIENCES}
          value={filters.audience ?? 'all'}
          onChange={(audience) => set({ audience })}
        />
        <MultiSelect
          aria-label="Type"
          placeholder={filters.type === undefined ? 'Any type' : ''}
          miw={220}
          data={notificationSchemas.NotificationType.options.map((value) => ({ value, label: TYPE_WORDS[value] }))}
          value={filters.type ?? []}
          onChange={(type) => set({ type })}
          clearable
        />
      </Group>
      <section aria-label="Notifications">
        <Feed projectId={project.slug} filters={filters} onClear={() => set({ type: undefined, audience: undefined })} />
      </section>
      {isAnnouncing && <AnnouncementDialog projectId={project.slug} onClose={dialog.close} />}
    </>
  );
}

type FeedProps = { readonly projectId: string; readonly filters: NotificationFilters; readonly onClear: () => void };

function Feed({ projectId, filters, onClear }: FeedProps) {
  const trpc = useTRPC();
  const { data: me } = useSuspenseQuery(meQuery(trpc));
  const unread = useQuery(trpc.notifications.unreadCount.queryOptions({ projectId }));
  const [until, setUntil] = useState<string | null>(null);
  const feed = useInfiniteQuery(
    trpc.notifications.list.infiniteQueryOptions({ projectId, ...filters }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  const isFiltered = filters.type !== undefined || filters.audience !== undefined;
  // What a filter hides has not been seen.
  const latest = isFiltered ? undefined : feed.data?.pages[0]?.items;
  // Once, before all of it counts as seen.
  if (until === null && latest !== undefined && unread.data !== undefined)
    setUntil(seenUntil(latest, unread.data.unreadCount, me.userId));
  useMarkSeen(projectId, until === null ? null : (latest?.[0]?.createdAt ?? null));
  if (feed.isPending) return <TableSkeleton rows={8} height={56} />;
  if (feed.isError) return <ErrorPanel error={feed.error} onRetry={feed.refetch} />;
  const rows = feed.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) {
    return isFiltered ? (
      <Blank icon={<IconSearchOff size={28} />} title="Nothing matches" description="No notification passes these filters.">
        <Button variant="default" onClick={onClear}>
          Clear filters
        </Button>
      </Blank>
    ) : (
      <Blank
        icon={<IconBellOff size={28} />}
        title="Nothing has happened yet"
        description="New requests, messages and what requesters are told appear here."
      />
    );
  }
  return (
    <>
      <NotificationList rows={rows} slug={projectId} isNew={(entry) => until !== null && isNew(entry, until, me.userId)} />
      <LoadMore query={feed} />
    </>
  );
}
