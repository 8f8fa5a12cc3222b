import { Badge, VisuallyHidden } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { NavigationLink } from '../../ui/links.tsx';
import { formatInboxCount } from './inbox-count.ts';

/** The way to the inbox, with the number of conversations in which something is unread. */
export function InboxLink({ slug }: { readonly slug: string }) {
  const trpc = useTRPC();
  const counts = useQuery(trpc.conversations.counts.queryOptions({ projectId: slug }));
  const unread = counts.data?.unread ?? 0;
  return (
    <NavigationLink
      to="/projects/$slug/inbox"
      params={{ slug }}
      label="Inbox"
      leftSection={<IconInbox size={18} />}
      rightSection={
        unread > 0 ? (
          <Badge size="sm" variant="light">
            {formatInboxCount(unread)}
            <VisuallyHidden> unread</VisuallyHidden>
          </Badge>
        ) : null
      }
    />
  );
}
