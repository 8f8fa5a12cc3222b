import { Box, Paper, Skeleton, Stack } from '@mantine/core';
import { useDisclosure, useDocumentTitle } from '@mantine/hooks';
import { can } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useProject } from '../projects/use-project.ts';
import { Composer } from './composer.tsx';
import { ConversationDetails } from './conversation-details.tsx';
import { conversationTitle } from './conversation-words.tsx';
import { DetailsDrawer } from './details-drawer.tsx';
import { focusRow } from './move-in-list.ts';
import classes from './thread.module.css';
import { ThreadHeader } from './thread-header.tsx';
import { ThreadMessages } from './thread-messages.tsx';
import { useHasDetailsPane } from './use-is-one-pane.ts';
import { useShortcuts } from './use-shortcuts.ts';

const route = getRouteApi('/app/projects/$slug/inbox/$conversationId');

export function ThreadPane() {
  const { slug } = useProject();
  const { conversationId } = route.useParams();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const goBack = async () => {
    await navigate({ to: '/projects/$slug/inbox', params: { slug }, search: filters });
    focusRow(conversationId);
  };
  useShortcuts([['u', () => void goBack()]]);
  return <Thread key={conversationId} conversationId={conversationId} />;
}

function Thread({ conversationId }: { readonly conversationId: string }) {
  const { slug: projectId, name, role } = useProject();
  const trpc = useTRPC();
  const hasDetailsPane = useHasDetailsPane();
  const [isDetailsOpen, details] = useDisclosure();
  const query = useQuery(trpc.conversations.get.queryOptions({ projectId, id: conversationId }));
  useDocumentTitle(`${query.data === undefined ? 'Conversation' : conversationTitle(query.data)} · ${name} · Reqbase`);
  if (query.isPending) return <ThreadSkeleton />;
  if (query.isError) {
    return (
      <Box component="section" id="detail" tabIndex={-1} aria-label="Conversation">
        <ErrorPanel error={query.error} onRetry={query.refetch} />
      </Box>
    );
  }
  const conversation = query.data;
  const mayWrite = can(role, 'replyInbox');
  return (
    <div className={classes.columns}>
      <Paper withBorder component="section" id="detail" tabIndex={-1} aria-label="Conversation" className={classes.thread ?? ''}>
        <ThreadHeader
          projectId={projectId}
          conversation={conversation}
          mayWrite={mayWrite}
          onDetails={hasDetailsPane ? undefined : details.open}
        />
        <ThreadMessages projectId={projectId} conversation={conversation} mayWrite={mayWrite} />
        <Composer projectId={projectId} conversation={conversation} role={role} />
      </Paper>
      {hasDetailsPane ? (
        <Paper withBorder component="aside" aria-label="Details" className={classes.details ?? ''}>
          <ConversationDetails projectId={projectId} conversation={conversation} mayWrite={mayWrite} />
        </Paper>
      ) : (
        <DetailsDrawer isOpen={isDetailsOpen} onClose={details.close}>
          <ConversationDetails projectId={projectId} conversation={conversation} mayWrite={mayWrite} />
        </DetailsDrawer>
      )}
    </div>
  );
}

function ThreadSkeleton() {
  return (
    <Paper
      withBorder
      p="md"
      component="section"
      id="detail"
      tabIndex={-1}
      aria-label="Conversation"
      aria-busy="true"
      className={classes.thread ?? ''}
    >
      <Skeleton height={22} width="50%" mb="xs" />
      <Skeleton height={14} width="70%" mb="xl" />
      <Stack gap="md">
        <Skeleton height={70} width="70%" />
        <Skeleton height={90} width="70%" ml="auto" />
        <Skeleton height={60} width="60%" />
      </Stack>
    </Paper>
  );
}
