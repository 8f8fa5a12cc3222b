import type { conversationSchemas } from '@reqbase/core/contract';
import { absoluteTime } from '../../ui/relative-time.ts';

type ConversationEvent = conversationSchemas.ConversationEvent;
type Value = ConversationEvent['data']['to'];

/** What a status is brought about by, as something that somebody did. */
const STATUS_DEEDS: Readonly<Record<string, string>> = {
  open: 'opened it again',
  pending: 'set it to pending: the requester’s turn',
  resolved: 'resolved it',
  closed: 'closed it for good',
};

/** The event as a sentence. @param nameOf gives a member's name, or null for one that is not known */
export function eventText(
  { kind, actorId, actorName, data }: ConversationEvent,
  nameOf: (userId: string) => string | null,
): string {
  const { from, to } = data;
  switch (kind) {
    case 'status_changed':
      return `${actorName} ${STATUS_DEEDS[String(to)] ?? `changed its status to ${String(to)}`}`;
    case 'assigned':
      if (typeof to !== 'string') return `${actorName} took the assignment away`;
      return to === actorId ? `${actorName} took it` : `${actorName} assigned it to ${nameOf(to) ?? 'a member'}`;
    case 'snoozed':
      return `${actorName} snoozed it${typeof to === 'string' ? ` until ${absoluteTime(new Date(to))}` : ''}`;
    case 'woken':
      return 'The snooze ended';
    case 'priority_changed':
      return `${actorName} set the priority to ${String(to)}`;
    case 'tags_changed':
      return `${actorName} ${tagsText(listOf(from), listOf(to))}`;
    case 'marked_spam':
      return `${actorName} marked it as ${to === true ? 'spam' : 'no spam'}`;
    default:
      return `${actorName} changed it`;
  }
}

function tagsText(from: readonly string[], to: readonly string[]): string {
  const named = (verb: string, tags: readonly string[]) =>
    tags.length === 0 ? [] : [`${verb} the ${tags.length === 1 ? 'tag' : 'tags'} ${tags.join(', ')}`];
  const added = to.filter((tag) => !from.includes(tag));
  const removed = from.filter((tag) => !to.includes(tag));
  return [...named('added', added), ...named('removed', removed)].join(' and ') || 'put the tags in another order';
}

function listOf(value: Value): readonly string[] {
  return Array.isArray(value) ? value : [];
}
