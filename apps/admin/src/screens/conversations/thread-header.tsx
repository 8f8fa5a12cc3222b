import { ActionIcon, Button, Group, Title, Tooltip } from '@mantine/core';
import type { conversationSchemas } from '@reqbase/core/contract';
import { IconArrowLeft, IconCheck, IconInfoCircle, IconRotate } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { ActionIconLink } from '../../ui/links.tsx';
import { duration } from '../../ui/relative-time.ts';
import { useShortcuts } from '../../ui/use-shortcuts.ts';
import { AssignControl } from './assign-control.tsx';
import {
  CHANNEL_WORDS,
  ConversationStatus,
  conversationTitle,
  PRIORITY_WORDS,
  PriorityIcon,
  requesterLabel,
} from './conversation-words.tsx';
import { MoreMenu } from './more-menu.tsx';
import { SnoozeControl } from './snooze-control.tsx';
import { shortInstant } from './snooze-presets.ts';
import classes from './thread.module.css';
import { useChangeConversation } from './use-change-conversation.ts';
import { useIsOnePane } from './use-is-one-pane.ts';

const route = getRouteApi('/app/projects/$slug/inbox/$conversationId');

type ThreadHeaderProps = {
  readonly projectId: string;
  readonly conversation: conversationSchemas.Conversation;
  readonly mayWrite: boolean;
  /** Not given where the details are beside the thread anyway. */
  readonly onDetails: (() => void) | undefined;
  readonly onLeaveUnread: () => void;
};

export function ThreadHeader({ projectId, conversation, mayWrite, onDetails, onLeaveUnread }: ThreadHeaderProps) {
  const filters = route.useSearch();
  const isOnePane = useIsOnePane();
  return (
    <header className={classes.header}>
      <Group gap="xs" wrap="nowrap" align="flex-start" mb={4}>
        {isOnePane && (
          <ActionIconLink
            to="/projects/$slug/inbox"
            params={{ slug: projectId }}
            search={filters}
            variant="subtle"
            color="gray"
            size="md"
            aria-label="Back to the inbox"
          >
            <IconArrowLeft size={18} />
          </ActionIconLink>
        )}
        <Title order={isOnePane ? 1 : 2} className={classes.title ?? ''} lineClamp={2} flex={1}>
          {conversationTitle(conversation)}
        </Title>
        {onDetails !== undefined && (
          <Tooltip label="Details">
            <ActionIcon variant="subtle" color="gray" size="md" aria-label="Details" onClick={onDetails}>
              <IconInfoCircle size={20} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      <Facts conversation={conversation} />
      {mayWrite && <Actions projectId={projectId} conversation={conversation} onLeaveUnread={onLeaveUnread} />}
    </header>
  );
}

function Facts({ conversation }: Pick<ThreadHeaderProps, 'conversation'>) {
  const { status, priority, channel, waitingSince, snoozedUntil, isSpam } = conversation;
  const now = new Date();
  return (
    <div className={classes.facts}>
      <span style={{ color: 'var(--mantine-color-text)' }}>{requesterLabel(conversation)}</span>
      <ConversationStatus status={status} />
      {snoozedUntil !== null && <span>until {shortInstant(new Date(snoozedUntil), now)}</span>}
      {waitingSince !== null && <span>waits {duration(now.getTime() - Date.parse(waitingSince))}</span>}
      {isSpam && <span>Spam</span>}
      {priority !== 'normal' && (
        <Group gap={4} component="span">
          <PriorityIcon priority={priority} />
          {PRIORITY_WORDS[priority]}
        </Group>
      )}
      <span>{CHANNEL_WORDS[channel]}</span>
    </div>
  );
}

function Actions({
  projectId,
  conversation,
  onLeaveUnread,
}: Pick<ThreadHeaderProps, 'projectId' | 'conversation' | 'onLeaveUnread'>) {
  const { status } = conversation;
  return (
    <Group gap="xs" mt="xs" role="toolbar" aria-label="Actions">
      <ResolveButton projectId={projectId} conversation={conversation} />
      {(status === 'open' || status === 'pending' || status === 'snoozed') && (
        <SnoozeControl projectId={projectId} conversation={conversation} />
      )}
      <AssignControl projectId={projectId} conversation={conversation} />
      <MoreMenu projectId={projectId} conversation={conversation} onLeaveUnread={onLeaveUnread} />
    </Group>
  );
}

function ResolveButton({ projectId, conversation }: Pick<ThreadHeaderProps, 'projectId' | 'conversation'>) {
  const { id, status } = conversation;
  const { change, isPending } = useChangeConversation(projectId, id);
  const isDone = status === 'resolved';
  const act = () => {
    if (status === 'closed' || isPending) return;
    // From resolved there is a way back to open only.
    if (isDone) change({ status: 'open' }, { done: 'The conversation is open again.', undo: { status: 'resolved' } });
    else change({ status: 'resolved' }, { done: 'The conversation is resolved.', undo: { status: 'open' } });
  };
  useShortcuts([['e', act]]);
  if (status === 'closed') return null;
  return (
    <Button
      size="compact-md"
      fz="sm"
      variant={isDone ? 'default' : 'filled'}
      leftSection={isDone ? <IconRotate size={16} /> : <IconCheck size={16} />}
      loading={isPending}
      aria-keyshortcuts="e"
      onClick={act}
    >
      {isDone ? 'Open again' : 'Resolve'}
    </Button>
  );
}
