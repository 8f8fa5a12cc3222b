import { Badge } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { NavigationLink } from '../../ui/links.tsx';

const MOST_SHOWN = 99;

/** The way to the feed, with how much of it is new. */
export function NotificationsLink({ slug }: { readonly slug: string }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.notifications.unreadCount.queryOptions({ projectId: slug }));
  const count = data?.unreadCount ?? 0;
  return (
    <NavigationLink
      to="/projects/$slug/notifications"
      params={{ slug }}
      label="Notifications"
      leftSection={<IconBell size={18} />}
      rightSection={
        count > 0 ? (
          <Badge size="sm" variant="light" aria-label={`${count} new`}>
            {count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}
          </Badge>
        ) : undefined
      }
    />
  );
}
