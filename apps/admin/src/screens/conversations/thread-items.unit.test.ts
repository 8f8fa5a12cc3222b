import type { conversationSchemas } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import { type ThreadItem, threadItems, unreadMessages } from './thread-items.ts';

type Message = conversationSchemas.Message;

function message(id: string, createdAt: string, change: Partial<Message> = {}): Message {
  return {
    id,
    conversationId: 'c',
    authorKind: 'REQUESTER',
    authorId: 'grace',
    authorName: 'Grace',
    body: id,
    contentType: 'text',
    isInternal: false,
    via: 'widget',
    deliveredAt: null,
    readAt: null,
    createdAt,
    ...change,
  };
}

function event(id: string, createdAt: string): conversationSchemas.ConversationEvent {
  return {
    id,
    conversationId: 'c',
    kind: 'assigned',
    actorId: null,
    actorName: 'Ada',
    data: { from: null, to: null },
    createdAt,
  };
}

const keys = (items: ThreadItem[]) => items.filter(({ kind }) => kind !== 'day').map(({ key }) => key);
const whole = { hasOlder: false, firstUnreadId: null };

describe('a thread', () => {
  it('is messages and events in the order of time, a message before what it brought about', () => {
    const messages = [message('m1', '2026-11-20T10:00:00.000Z'), message('m2', '2026-11-20T12:00:00.000Z')];
    const events = [
      event('e0', '2026-11-20T09:00:00.000Z'),
      event('e1', '2026-11-20T11:00:00.000Z'),
      event('e2', '2026-11-20T12:00:00.000Z'),
      event('e3', '2026-11-20T13:00:00.000Z'),
    ];
    expect(keys(threadItems(messages, events, whole))).toEqual(['e0', 'm1', 'e1', 'm2', 'e2', 'e3']);
  });

  it('leaves out what happened before the first message that is loaded', () => {
    const messages = [message('m1', '2026-11-20T10:00:00.000Z')];
    const events = [event('e0', '2026-11-20T09:00:00.000Z'), event('e1', '2026-11-20T11:00:00.000Z')];
    expect(keys(threadItems(messages, events, { ...whole, hasOlder: true }))).toEqual(['m1', 'e1']);
  });

  it('says the day wherever a new one begins', () => {
    const messages = [
      message('m1', '2026-11-20T10:00:00.000Z'),
      message('m2', '2026-11-20T10:30:00.000Z'),
      message('m3', '2026-11-22T10:00:00.000Z'),
    ];
    expect(threadItems(messages, [], whole).map(({ kind }) => kind)).toEqual(['day', 'message', 'message', 'day', 'message']);
  });

  it('is empty without messages and events', () => {
    expect(threadItems([], [], whole)).toEqual([]);
  });
});

describe('a turn', () => {
  const first = message('m1', '2026-11-20T10:00:00.000Z');
  const isContinued = (second: Message, events = [] as Parameters<typeof threadItems>[1]) =>
    threadItems([first, second], events, whole).findLast((item) => item.kind === 'message')?.isContinued;

  it('goes on with what the same author says right after', () => {
    expect(isContinued(message('m2', '2026-11-20T10:04:00.000Z'))).toBe(true);
  });

  it('ends with another author, a note, a pause, an event or what comes by e-mail', () => {
    expect(isContinued(message('m2', '2026-11-20T10:01:00.000Z', { via: 'email' }))).toBe(false);
    expect(isContinued(message('m2', '2026-11-20T10:01:00.000Z', { via: 'api' }))).toBe(true);
    expect(isContinued(message('m2', '2026-11-20T10:01:00.000Z', { authorKind: 'TEAM', authorId: 'ada' }))).toBe(false);
    expect(isContinued(message('m2', '2026-11-20T10:01:00.000Z', { isInternal: true }))).toBe(false);
    expect(isContinued(message('m2', '2026-11-20T10:06:00.000Z'))).toBe(false);
    expect(isContinued(message('m2', '2026-11-20T10:02:00.000Z'), [event('e1', '2026-11-20T10:01:00.000Z')])).toBe(false);
  });
});

describe('what is new', () => {
  it('begins with the first message of the requester that nobody has read', () => {
    const messages = [
      message('m1', '2026-11-20T10:00:00.000Z', { readAt: '2026-11-20T10:05:00.000Z' }),
      message('m2', '2026-11-20T11:00:00.000Z', { authorKind: 'TEAM' }),
      message('m3', '2026-11-20T12:00:00.000Z'),
      message('m4', '2026-11-20T12:01:00.000Z'),
    ];
    expect(unreadMessages(messages, 2).map(({ id }) => id)).toEqual(['m3', 'm4']);
    expect(keys(threadItems(messages, [], { ...whole, firstUnreadId: 'm3' }))).toEqual(['m1', 'm2', 'unread', 'm3', 'm4']);
  });

  it('is as much as the conversation counts, from the end, and nothing when it counts none', () => {
    const messages = [message('m1', '2026-11-20T10:00:00.000Z'), message('m2', '2026-11-20T11:00:00.000Z')];
    expect(unreadMessages(messages, 1).map(({ id }) => id)).toEqual(['m2']);
    expect(unreadMessages(messages, 0)).toEqual([]);
    const read = messages.map((each) => ({ ...each, readAt: '2026-11-20T12:00:00.000Z' }));
    expect(unreadMessages(read, 1)).toEqual([]);
  });
});
