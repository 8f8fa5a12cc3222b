import { Paper, Skeleton, Stack } from '@mantine/core';
import { useDisclosure, useDocumentTitle } from '@mantine/hooks';
import { can } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { useShortcuts } from '../../ui/use-shortcuts.ts';
import { useProject } from '../projects/use-project.ts';
import { Composer } from './composer.tsx';
import { ConversationDetails } from './conversation-details.tsx';
import { conversationTitle } from './conversation-words.tsx';
import { DetailsDrawer } from './details-drawer.tsx';
import classes from './thread.module.css';
import { ThreadHeader } from './thread-header.tsx';
import { ThreadMessages } from './thread-messages.tsx';
import { useHasDetailsPane } from './use-is-one-pane.ts';
import { useLeaveUnread } from './use-leave-unread.ts';

const route = getRouteApi('/app/projects/$slug/inbox/$conversationId');

export function ThreadPane() {
  const { conversationId } = route.useParams();
  const leaveUnread = useLeaveUnread();
  const leave = () => void leaveUnread();
  useShortcuts([['u', leave]]);
  return (
    // It stays while what is in it changes, and so keeps the focus.
    <section id="detail" tabIndex={-1} aria-label="Conversation" className={classes.columns}>
      <Thread key={conversationId} conversationId={conversationId} onLeaveUnread={leave} />
    </section>
  );
}

type ThreadProps = { readonly conversationId: string; readonly onLeaveUnread: () => void };

function Thread({ conversationId, onLeaveUnread }: ThreadProps) {
  const { slug: projectId, name, role } = useProject();
  const trpc = useTRPC();
  const hasDetailsPane = useHasDetailsPane();
  const [isDetailsOpen, details] = useDisclosure();
  const query = useQuery(trpc.conversations.get.queryOptions({ projectId, id: conversationId }));
  const conversation = query.data;
  useDocumentTitle(`${conversation === undefined ? 'Conversation' : conversationTitle(conversation)} · ${name} · Reqbase`);
  if (query.isPending) return <ThreadSkeleton />;
  // What cannot be read again for the moment is still there to be read; what is gone is not.
  const isGone = query.isError && readFailure(query.error).code === 'CONVERSATION_NOT_FOUND';
  if (conversation === undefined || isGone) return <NoThread error={query.error} onRetry={query.refetch} />;
  const mayWrite = can(role, 'replyInbox');
  return (
    <>
      <Paper withBorder className={classes.thread ?? ''}>
        <ThreadHeader
          projectId={projectId}
          conversation={conversation}
          mayWrite={mayWrite}
          onDetails={hasDetailsPane ? undefined : details.open}
          onLeaveUnread={onLeaveUnread}
        />
        <ThreadMessages projectId={projectId} conversation={conversation} mayWrite={mayWrite} />
        <Composer projectId={projectId} conversation={conversation} role={role} />
      </Paper>
      {hasDetailsPane ? (
        <Paper withBorder component="section" aria-label="Details" className={classes.details ?? ''}>
          <ConversationDetails projectId={projectId} conversation={conversation} mayWrite={mayWrite} />
        </Paper>
      ) : (
        <DetailsDrawer isOpen={isDetailsOpen} onClose={details.close}>
          <ConversationDetails projectId={projectId} conversation={conversation} mayWrite={mayWrite} />
        </DetailsDrawer>
      )}
    </>
  );
}

function NoThread({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => unknown }) {
  const { slug } = useProject();
  const filters = route.useSearch();
  return (
    <div>
      <ErrorPanel error={error} onRetry={onRetry} />
      <ButtonLink to="/projects/$slug/inbox" params={{ slug }} search={filters} variant="default" mt="md">
        Back to the inbox
      </ButtonLink>
    </div>
  );
}

function ThreadSkeleton() {
  return (
    <Paper withBorder p="md" aria-busy="true" className={classes.thread ?? ''}>
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
