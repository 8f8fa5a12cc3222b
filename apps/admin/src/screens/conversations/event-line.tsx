import type { conversationSchemas } from '@reqbase/core/contract';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { eventText } from './event-text.ts';
import classes from './thread.module.css';

type EventLineProps = {
  readonly event: conversationSchemas.ConversationEvent;
  readonly nameOf: (userId: string) => string | null;
};

export function EventLine({ event, nameOf }: EventLineProps) {
  return (
    <li className={classes.event}>
      <span>{eventText(event, nameOf)}</span>
      <TimeAgo at={event.createdAt} />
    </li>
  );
}
