import { Box, Button } from '@mantine/core';
import { IconInbox, IconInboxOff, IconSearchOff } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { ConversationRow } from './conversation-row.tsx';
import classes from './inbox.module.css';
import { countFilters, DEFAULT_VIEW, type InboxFilters, type InboxView, toListInput, withoutFilters } from './inbox-filters.ts';
import { useMemberNames } from './use-member-names.ts';

const NOTHING_IN: Readonly<Record<InboxView, string>> = {
  open: 'Nobody waits for an answer. New messages appear here by themselves.',
  mine: 'Nothing is assigned to you.',
  unassigned: 'Everything has somebody who sees to it.',
  snoozed: 'Nothing is put aside.',
  resolved: 'Nothing has been resolved yet.',
  all: 'Conversations begin when somebody writes through the widget.',
  spam: 'No spam.',
};

type ConversationListProps = {
  readonly projectId: string;
  readonly filters: InboxFilters;
  readonly onChange: (filters: InboxFilters) => void;
};

export function ConversationList({ projectId, filters, onChange }: ConversationListProps) {
  const trpc = useTRPC();
  const nameOf = useMemberNames(projectId);
  const conversations = useInfiniteQuery(
    trpc.conversations.list.infiniteQueryOptions(toListInput(projectId, filters), {
      getNextPageParam: ({ nextCursor }) => nextCursor,
      // While a search is typed the last answer stays; another view begins from nothing, since its rows are others.
      placeholderData: keepPreviousData,
    }),
  );
  if (conversations.isPending) {
    return (
      <Box p="sm">
        <TableSkeleton rows={7} height={62} />
      </Box>
    );
  }
  // What cannot be read again for the moment is still there to be read.
  if (conversations.data === undefined) {
    return (
      <Box p="sm">
        <ErrorPanel error={conversations.error} onRetry={conversations.refetch} />
      </Box>
    );
  }
  const rows = conversations.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return <NoConversations filters={filters} onChange={onChange} />;
  return (
    <div aria-busy={conversations.isPlaceholderData || undefined}>
      <ul className={classes.rows}>
        {rows.map((conversation) => (
          <li key={conversation.id}>
            <ConversationRow
              slug={projectId}
              conversation={conversation}
              filters={filters}
              assigneeName={conversation.assigneeId === null ? null : (nameOf(conversation.assigneeId) ?? 'a member')}
            />
          </li>
        ))}
      </ul>
      <Box pb="md">
        <LoadMore query={conversations} label="More conversations" />
      </Box>
    </div>
  );
}

function NoConversations({ filters, onChange }: Pick<ConversationListProps, 'filters' | 'onChange'>) {
  const { view = DEFAULT_VIEW } = filters;
  return (
    <Box p="sm">
      {countFilters(filters) > 0 ? (
        <Blank
          icon={<IconSearchOff size={28} />}
          title="Nothing matches"
          description="No conversation of this view passes all of the filters."
        >
          <Button variant="default" onClick={() => onChange(withoutFilters(filters))}>
            Clear filters
          </Button>
        </Blank>
      ) : (
        <Blank
          icon={view === 'all' ? <IconInboxOff size={28} /> : <IconInbox size={28} />}
          title={view === 'all' ? 'No conversations yet' : 'Nothing here'}
          description={NOTHING_IN[view]}
        />
      )}
    </Box>
  );
}
