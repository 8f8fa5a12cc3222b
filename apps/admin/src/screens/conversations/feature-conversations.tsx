import { Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { ConversationStatus, conversationTitle, requesterLabel } from './conversation-words.tsx';

const SHOWN = 5;

type FeatureConversationsProps = { readonly projectId: string; readonly featureId: string };

/** What is being said about a request in the inbox. */
export function FeatureConversations({ projectId, featureId }: FeatureConversationsProps) {
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="conversations">
      <Title order={2} id="conversations" mb="sm">
        Conversations
      </Title>
      <List projectId={projectId} featureId={featureId} />
    </Paper>
  );
}

function List({ projectId, featureId }: FeatureConversationsProps) {
  const trpc = useTRPC();
  const conversations = useQuery(trpc.conversations.list.queryOptions({ projectId, featureId, limit: SHOWN }));
  if (conversations.isPending) return <Skeleton height={44} />;
  if (conversations.isError) return <ErrorPanel error={conversations.error} onRetry={conversations.refetch} />;
  const { items, hasMore } = conversations.data;
  if (items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nobody has written about it.
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {items.map((conversation) => (
        <div key={conversation.id}>
          <TextLink
            to="/projects/$slug/inbox/$conversationId"
            params={{ slug: projectId, conversationId: conversation.id }}
            size="sm"
            lineClamp={2}
          >
            {requesterLabel(conversation)}: {conversation.lastMessagePreview ?? conversationTitle(conversation)}
          </TextLink>
          <Group gap="sm" fz="xs" c="dimmed">
            <ConversationStatus status={conversation.status} />
            <TimeAgo at={conversation.lastMessageAt} />
          </Group>
        </div>
      ))}
      {hasMore && (
        <TextLink to="/projects/$slug/inbox" params={{ slug: projectId }} search={{ view: 'all', featureId }} size="sm">
          All of them
        </TextLink>
      )}
    </Stack>
  );
}
