import { Box, Button, Center } from '@mantine/core';
import type { conversationSchemas } from '@reqbase/core/contract';
import { IconArrowDown } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Fragment, useRef, useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { EventLine } from './event-line.tsx';
import { DayLine, Message, OutgoingMessage, UnreadLine } from './message.tsx';
import classes from './thread.module.css';
import { threadItems, unreadMessages } from './thread-items.ts';
import { eventsQuery, messagesQuery } from './thread-queries.ts';
import { useMarkRead } from './use-mark-read.ts';
import { useMemberNames } from './use-member-names.ts';
import { useOutgoing } from './use-outgoing.ts';

type ThreadMessagesProps = {
  readonly projectId: string;
  readonly conversation: conversationSchemas.Conversation;
  readonly mayWrite: boolean;
};

/** How far from its end a thread counts as scrolled away from it, in pixels. */
const AWAY = 160;

export function ThreadMessages({ projectId, conversation, mayWrite }: ThreadMessagesProps) {
  const trpc = useTRPC();
  const ref = { projectId, id: conversation.id };
  const messages = useInfiniteQuery(messagesQuery(trpc, ref));
  const events = useQuery(eventsQuery(trpc, ref));
  if (messages.isPending || events.isPending) {
    return (
      <Box p="md" flex={1}>
        <TableSkeleton rows={4} height={64} />
      </Box>
    );
  }
  if (messages.data === undefined || events.data === undefined) {
    const retry = () => Promise.all([messages.refetch(), events.refetch()]);
    return (
      <Box p="md" flex={1}>
        <ErrorPanel error={messages.error ?? events.error} onRetry={retry} />
      </Box>
    );
  }
  return (
    <MessageScroll
      projectId={projectId}
      conversation={conversation}
      mayWrite={mayWrite}
      messages={messages.data.pages.toReversed().flatMap(({ items }) => items)}
      events={events.data}
      older={messages}
    />
  );
}

type MessageScrollProps = ThreadMessagesProps & {
  readonly messages: readonly conversationSchemas.Message[];
  readonly events: readonly conversationSchemas.ConversationEvent[];
  readonly older: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly fetchNextPage: () => unknown };
};

function MessageScroll({ projectId, conversation, mayWrite, messages, events, older }: MessageScrollProps) {
  const scroller = useRef<HTMLElement>(null);
  const nameOf = useMemberNames(projectId);
  const outgoing = useOutgoing(conversation.id);
  const [isAway, setIsAway] = useState(false);
  // Of the moment in which the thread was opened: the line stays where it was while what is under it is read.
  const unreadIds = unreadMessages(messages, conversation.unreadCount).map(({ id }) => id);
  const [firstUnreadId] = useState(unreadIds[0] ?? null);
  useMarkRead({ projectId, conversationId: conversation.id, unreadIds, scroller, isAllowed: mayWrite });
  const items = threadItems(messages, events, { hasOlder: older.hasNextPage, firstUnreadId });
  return (
    <section
      ref={scroller}
      className={classes.scroll}
      aria-label="Messages"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached with the keyboard.
      tabIndex={0}
      // Downwards it is counted from the end.
      onScroll={(event) => setIsAway(event.currentTarget.scrollTop < -AWAY)}
    >
      {isAway && (
        <div className={classes.jump}>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowDown size={14} />}
            onClick={() => scroller.current?.scrollTo({ top: 0 })}
          >
            {conversation.unreadCount > 0 ? 'New message' : 'To the newest'}
          </Button>
        </div>
      )}
      <div>
        {older.hasNextPage && (
          <Center pt="md">
            <Button variant="default" size="compact-sm" loading={older.isFetchingNextPage} onClick={() => older.fetchNextPage()}>
              Older messages
            </Button>
          </Center>
        )}
        <ol className={classes.messages} aria-live="polite" aria-relevant="additions">
          {items.map((item) => (
            <Fragment key={item.key}>
              {item.kind === 'day' && <DayLine at={item.at} />}
              {item.kind === 'unread' && <UnreadLine />}
              {item.kind === 'message' && <Message message={item.message} isContinued={item.isContinued} />}
              {item.kind === 'event' && <EventLine event={item.event} nameOf={nameOf} />}
            </Fragment>
          ))}
          {outgoing.map((message) => (
            <OutgoingMessage key={message.messageId} message={message} />
          ))}
        </ol>
      </div>
    </section>
  );
}
