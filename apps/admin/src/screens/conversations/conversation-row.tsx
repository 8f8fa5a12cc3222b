import { Avatar, VisuallyHidden } from '@mantine/core';
import type { conversationSchemas } from '@reqbase/core/contract';
import { IconBellZ, IconHourglass } from '@tabler/icons-react';
import { BlockLink } from '../../ui/links.tsx';
import { plural } from '../../ui/number-format.ts';
import { duration } from '../../ui/relative-time.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import classes from './conversation-row.module.css';
import { ConversationStatus, PRIORITY_WORDS, PriorityIcon, requesterLabel } from './conversation-words.tsx';
import { DEFAULT_VIEW, type InboxFilters } from './inbox-filters.ts';
import { shortInstant } from './snooze-presets.ts';

type ConversationRowProps = {
  readonly slug: string;
  readonly conversation: conversationSchemas.Conversation;
  readonly filters: InboxFilters;
  readonly assigneeName: string | null;
};

export function ConversationRow({ slug, conversation, filters, assigneeName }: ConversationRowProps) {
  const { id, subject, lastMessagePreview, lastMessageAt, unreadCount } = conversation;
  return (
    <BlockLink
      to="/projects/$slug/inbox/$conversationId"
      params={{ slug, conversationId: id }}
      search={filters}
      activeOptions={{ exact: true, includeSearch: false }}
      className={classes.row ?? ''}
      data-conversation={id}
      data-unread={unreadCount > 0 || undefined}
    >
      <span className={classes.dot} aria-hidden="true" />
      <div style={{ minWidth: 0 }}>
        <div className={classes.line}>
          <span className={classes.name}>
            {unreadCount > 0 && <VisuallyHidden>{plural(unreadCount, 'unread message')} of </VisuallyHidden>}
            {requesterLabel(conversation)}
          </span>
          <span className={classes.time}>
            <TimeAgo at={lastMessageAt} />
          </span>
        </div>
        {subject !== null && <div className={classes.subject}>{subject}</div>}
        {lastMessagePreview !== null && <div className={classes.preview}>{lastMessagePreview}</div>}
        <Facts conversation={conversation} assigneeName={assigneeName} view={filters.view ?? DEFAULT_VIEW} />
      </div>
    </BlockLink>
  );
}

type FactsProps = Pick<ConversationRowProps, 'conversation' | 'assigneeName'> & { readonly view: InboxFilters['view'] };

/** What sets this one apart; what all of the view have in common is left out. */
function Facts({ conversation, assigneeName, view }: FactsProps) {
  const { status, priority, waitingSince, snoozedUntil, tags } = conversation;
  const now = new Date();
  const isOpenView = view === 'open' || view === 'snoozed';
  return (
    <div className={classes.facts}>
      {waitingSince !== null && (
        <span className={classes.fact} title="Waits for an answer of the team">
          <IconHourglass size={13} aria-hidden="true" />
          waits {duration(now.getTime() - Date.parse(waitingSince))}
        </span>
      )}
      {!isOpenView && status !== 'open' && <ConversationStatus status={status} />}
      {snoozedUntil !== null && (
        <span className={classes.fact}>
          <IconBellZ size={13} aria-hidden="true" />
          until {shortInstant(new Date(snoozedUntil), now)}
        </span>
      )}
      {priority !== 'normal' && (
        <span className={classes.fact}>
          <PriorityIcon priority={priority} size={13} />
          {PRIORITY_WORDS[priority]}
        </span>
      )}
      {tags.length > 0 && <span>{tags.join(', ')}</span>}
      {assigneeName !== null && (
        <span className={classes.fact} style={{ marginLeft: 'auto' }}>
          <VisuallyHidden>Assigned to {assigneeName}</VisuallyHidden>
          <Avatar
            name={assigneeName}
            size={18}
            color="pine"
            className={classes.avatar ?? ''}
            aria-hidden="true"
            title={`Assigned to ${assigneeName}`}
          />
        </span>
      )}
    </div>
  );
}
