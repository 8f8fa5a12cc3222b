import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { ConversationStatus, conversationTitle } from '../conversations/conversation-words.tsx';

type RequesterConversationsProps = { readonly projectId: string; readonly requesterId: string };

/** Their threads with the team, the latest first. */
export function RequesterConversations(props: RequesterConversationsProps) {
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="conversations">
      <Title order={2} id="conversations" mb="sm">
        Conversations
      </Title>
      <ConversationList {...props} />
    </Paper>
  );
}

function ConversationList({ projectId, requesterId }: RequesterConversationsProps) {
  const trpc = useTRPC();
  const conversations = useInfiniteQuery(
    trpc.conversations.list.infiniteQueryOptions(
      { projectId, requesterId, limit: 10 },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  if (conversations.isPending) return <TableSkeleton rows={3} height={40} />;
  if (conversations.isError) return <ErrorPanel error={conversations.error} onRetry={conversations.refetch} />;
  const rows = conversations.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        They have not written yet.
      </Text>
    );
  }
  return (
    <>
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
        {rows.map((conversation) => (
          <li key={conversation.id}>
            <TextLink
              to="/projects/$slug/inbox/$conversationId"
              params={{ slug: projectId, conversationId: conversation.id }}
              fw={500}
              fz="sm"
              c="var(--mantine-color-text)"
            >
              {conversationTitle(conversation)}
            </TextLink>
            <Group gap="md" fz="xs" c="dimmed" mt={2}>
              <ConversationStatus status={conversation.status} />
              <TimeAgo at={conversation.lastMessageAt} />
            </Group>
          </li>
        ))}
      </Stack>
      <LoadMore query={conversations} label="More conversations" />
    </>
  );
}
