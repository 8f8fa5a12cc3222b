import type { conversationSchemas } from '@reqbase/core/contract';
import { expect, it } from 'vitest';
import { eventText } from './event-text.ts';

type ConversationEvent = conversationSchemas.ConversationEvent;

const nameOf = (userId: string) => (userId === 'ben' ? 'Ben' : null);

function text(kind: ConversationEvent['kind'], data: Partial<ConversationEvent['data']>): string {
  const event: ConversationEvent = {
    id: 'e',
    conversationId: 'c',
    kind,
    actorId: 'ada',
    actorName: 'Ada',
    data: { from: null, to: null, ...data },
    createdAt: '2026-11-20T10:00:00.000Z',
  };
  return eventText(event, nameOf);
}

it.each<[ConversationEvent['kind'], Partial<ConversationEvent['data']>, string]>([
  ['status_changed', { from: 'resolved', to: 'open' }, 'Ada opened it again'],
  ['status_changed', { from: 'open', to: 'resolved' }, 'Ada resolved it'],
  ['assigned', { to: 'ada' }, 'Ada took it'],
  ['assigned', { to: 'ben' }, 'Ada assigned it to Ben'],
  ['assigned', { to: 'gone' }, 'Ada assigned it to a member'],
  ['assigned', { from: 'ben' }, 'Ada took the assignment away'],
  ['woken', { from: 'snoozed', to: 'open' }, 'The snooze ended'],
  ['priority_changed', { from: 'low', to: 'urgent' }, 'Ada set the priority to urgent'],
  ['tags_changed', { from: ['a'], to: ['b', 'c'] }, 'Ada added the tags b, c and removed the tag a'],
  ['tags_changed', { from: ['a', 'b'], to: ['b', 'a'] }, 'Ada put the tags in another order'],
  ['marked_spam', { from: false, to: true }, 'Ada marked it as spam'],
])('%s %o is told as “%s”', (kind, data, expected) => {
  expect(text(kind, data)).toBe(expected);
});

it('says until when something is snoozed', () => {
  expect(text('snoozed', { to: '2026-11-23T08:00:00.000Z' })).toMatch(/^Ada snoozed it until Nov 23, 2026/);
});
