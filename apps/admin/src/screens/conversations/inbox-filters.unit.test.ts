import { conversationSchemas } from '@reqbase/core/contract';
import { describe, expect, it } from 'vitest';
import {
  countFilters,
  INBOX_ORDERS,
  INBOX_VIEWS,
  readInboxFilters,
  toListInput,
  withInboxFilters,
  withoutFilters,
} from './inbox-filters.ts';

const FEATURE = '01a200a4-972f-789c-9aa1-739d1bba6fb7';
const filled = {
  view: 'mine',
  priority: ['high', 'urgent'],
  tag: ['billing'],
  featureId: FEATURE,
  requesterId: FEATURE,
  q: 'export',
  order: 'waiting',
} as const;

describe('the filters of an address', () => {
  it('are read from single and from repeated parameters', () => {
    expect(readInboxFilters({ ...filled, tag: 'billing', q: ' export ' })).toEqual(filled);
  });

  it('are dropped, each by itself, where the API would refuse them', () => {
    expect(
      readInboxFilters({
        view: 'trash',
        priority: 'some',
        tag: 'x'.repeat(41),
        featureId: '7',
        requesterId: 'me',
        q: 'x'.repeat(201),
        order: 'up',
      }),
    ).toEqual({});
  });

  it('leave the defaults out', () => {
    expect(readInboxFilters({ view: 'open', order: 'newest', q: '', priority: [] })).toEqual({});
    expect(withInboxFilters({ q: 'a', tag: ['b'] }, { q: undefined })).toEqual({ tag: ['b'] });
  });

  it('are counted and cleared without the view and the order', () => {
    const filters = readInboxFilters(filled);
    expect(countFilters(filters)).toBe(5);
    expect(withoutFilters(filters)).toEqual({ view: 'mine', order: 'waiting' });
    expect(countFilters(withoutFilters(filters))).toBe(0);
  });
});

describe('the list that is asked for', () => {
  it.each(INBOX_VIEWS.flatMap((view) => INBOX_ORDERS.map((order) => ({ view, order }))))(
    'is one that the API takes: $view, $order',
    (filters) => {
      expect(conversationSchemas.ListConversations.safeParse(toListInput('demo', { ...filters, q: 'a' })).success).toBe(true);
    },
  );

  it('is of the open conversations, the newest first, unless the address says otherwise', () => {
    expect(toListInput('demo', {})).toEqual({ projectId: 'demo', status: ['open'], sort: 'lastMessageAt', order: 'desc' });
  });

  it('is of what is not resolved for mine and unassigned, as their figures are', () => {
    expect(toListInput('demo', { view: 'mine' })).toMatchObject({ status: ['unresolved'], assigneeId: 'me' });
    expect(toListInput('demo', { view: 'unassigned' })).toMatchObject({ status: ['unresolved'], assigneeId: 'none' });
  });
});
