import type { conversationSchemas } from '@reqbase/core/contract';

type Message = conversationSchemas.Message;
type ConversationEvent = conversationSchemas.ConversationEvent;

/** A line of the thread as it is shown. */
export type ThreadItem =
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'message'; readonly key: string; readonly message: Message; readonly isContinued: boolean }
  | { readonly kind: 'event'; readonly key: string; readonly event: ConversationEvent };

export type ThreadFacts = {
  /** There are messages before the first of these. */
  readonly hasOlder: boolean;
  /** The first message that nobody had read when the thread was opened. */
  readonly firstUnreadId: string | null;
};

/** Messages of one author that follow each other within this time are read as one turn. */
const TURN_MS = 5 * 60_000;

/** Messages and events in the order of time, by days of the reader's calendar; a message before what it has brought about. */
export function threadItems(
  messages: readonly Message[],
  events: readonly ConversationEvent[],
  { hasOlder, firstUnreadId }: ThreadFacts,
): ThreadItem[] {
  const [first] = messages;
  // What happened before the first message that is shown comes with the older ones.
  const shown = hasOlder && first !== undefined ? events.filter(({ createdAt }) => createdAt >= first.createdAt) : events;
  const lines = merged(messages, shown);
  const items: ThreadItem[] = [];
  let day = '';
  let previous: Message | null = null;
  for (const line of lines) {
    const dayOfLine = new Date(line.entry.createdAt).toDateString();
    if (dayOfLine !== day) {
      day = dayOfLine;
      previous = null;
      items.push({ kind: 'day', key: `day ${dayOfLine}`, at: line.entry.createdAt });
    }
    if (line.kind === 'event') {
      previous = null;
      items.push({ kind: 'event', key: line.entry.id, event: line.entry });
      continue;
    }
    if (line.entry.id === firstUnreadId) {
      previous = null;
      items.push({ kind: 'unread', key: 'unread' });
    }
    const isContinued = previous !== null && continues(previous, line.entry);
    items.push({ kind: 'message', key: line.entry.id, message: line.entry, isContinued });
    previous = line.entry;
  }
  return items;
}

type Line = { readonly kind: 'message'; readonly entry: Message } | { readonly kind: 'event'; readonly entry: ConversationEvent };

function merged(messages: readonly Message[], events: readonly ConversationEvent[]): Line[] {
  const lines: Line[] = [];
  let next = 0;
  for (const message of messages) {
    for (; next < events.length; next++) {
      const event = events[next];
      if (event === undefined || event.createdAt >= message.createdAt) break;
      lines.push({ kind: 'event', entry: event });
    }
    lines.push({ kind: 'message', entry: message });
  }
  return [...lines, ...events.slice(next).map((entry): Line => ({ kind: 'event', entry }))];
}

function continues(before: Message, after: Message): boolean {
  return (
    before.authorKind === after.authorKind &&
    before.authorId === after.authorId &&
    before.authorName === after.authorName &&
    before.isInternal === after.isInternal &&
    // Said above the first of a turn.
    (before.via === 'email') === (after.via === 'email') &&
    Date.parse(after.createdAt) - Date.parse(before.createdAt) < TURN_MS
  );
}

/** The messages of the requester that nobody has read, as many as the conversation counts. */
export function unreadMessages(messages: readonly Message[], unreadCount: number): Message[] {
  if (unreadCount === 0) return [];
  return messages.filter(({ authorKind, readAt }) => authorKind === 'REQUESTER' && readAt === null).slice(-unreadCount);
}
