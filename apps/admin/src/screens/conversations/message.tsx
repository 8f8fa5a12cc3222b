import { Anchor, Badge, Button } from '@mantine/core';
import type { conversationSchemas } from '@reqbase/core/contract';
import { IconLock, IconRobot } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useIsHeld } from '../../ui/hold.ts';
import { absoluteTime } from '../../ui/relative-time.ts';
import { htmlToText, textParts } from './message-text.ts';
import classes from './thread.module.css';
import { type Outgoing, takeBack } from './use-outgoing.ts';

type MessageData = conversationSchemas.Message;
type Side = 'requester' | 'team' | 'note' | 'system';

function sideOf({ authorKind, isInternal }: Pick<MessageData, 'authorKind' | 'isInternal'>): Side {
  if (isInternal) return 'note';
  return authorKind === 'REQUESTER' ? 'requester' : authorKind === 'SYSTEM' ? 'system' : 'team';
}

/** Whose words they are is told by side, frame and label, so that nobody needs the colour for it. */
export function Message({ message, isContinued }: { readonly message: MessageData; readonly isContinued: boolean }) {
  const { authorKind, authorName, contentType, body, via, createdAt, readAt } = message;
  const side = sideOf(message);
  const text = contentType === 'html' ? htmlToText(body) : body;
  if (side === 'system') {
    return (
      <li className={classes.event}>
        <span>{text}</span>
        <Clock at={createdAt} />
      </li>
    );
  }
  return (
    <li className={classes.message} data-side={side} data-continued={isContinued || undefined} data-message={message.id}>
      {!isContinued && (
        <div className={classes.byline}>
          <span className={classes.author}>{authorName}</span>
          <SideBadge side={side} isAi={authorKind === 'AI'} />
          <Clock at={createdAt} />
          {side === 'requester' && via === 'email' && <span>· by e-mail</span>}
          {side === 'team' && readAt !== null && <span title={absoluteTime(new Date(readAt))}>· seen</span>}
        </div>
      )}
      <div className={classes.bubble} title={absoluteTime(new Date(createdAt))}>
        <LinkedText text={text} />
      </div>
    </li>
  );
}

function SideBadge({ side, isAi }: { readonly side: Side; readonly isAi: boolean }) {
  if (side === 'note') {
    return (
      <Badge variant="light" color="orange" size="sm" tt="none" leftSection={<IconLock size={11} />}>
        Internal note
      </Badge>
    );
  }
  return (
    <Badge variant="default" size="sm" tt="none" {...(isAi && { leftSection: <IconRobot size={11} /> })}>
      {isAi ? 'AI' : side === 'team' ? 'Team' : 'Requester'}
    </Badge>
  );
}

function LinkedText({ text }: { readonly text: string }) {
  return textParts(text).map(({ kind, text: part }, index) =>
    kind === 'link' ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never move.
      <Anchor key={index} href={part} target="_blank" rel="noopener noreferrer nofollow" inherit underline="always" c="inherit">
        {part}
      </Anchor>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never move.
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}

/** What has been written and is on its way. */
export function OutgoingMessage({ message }: { readonly message: Outgoing }) {
  const { body, kind, hold } = message;
  const canUndo = useIsHeld(hold) && kind === 'reply';
  return (
    <li className={classes.message} data-side={kind === 'note' ? 'note' : 'team'} data-outgoing>
      <div className={classes.byline}>
        <span>Sending…</span>
        {canUndo && (
          <Button size="compact-xs" variant="subtle" onClick={() => takeBack(message)}>
            Undo
          </Button>
        )}
      </div>
      <div className={classes.bubble}>{body}</div>
    </li>
  );
}

const time = new Intl.DateTimeFormat('en', { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** The time of day: the day is said by the line above. */
function Clock({ at }: { readonly at: string }) {
  const instant = new Date(at);
  return (
    <time dateTime={at} title={absoluteTime(instant)}>
      {time.format(instant)}
    </time>
  );
}

export function DayLine({ at }: { readonly at: string }) {
  return <li className={classes.separator}>{day.format(new Date(at))}</li>;
}

export function UnreadLine() {
  return (
    <li className={classes.separator} data-unread-line>
      New
    </li>
  );
}
