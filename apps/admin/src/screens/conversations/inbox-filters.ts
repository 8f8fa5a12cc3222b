import { conversationSchemas } from '@reqbase/core/contract';

type ListInput = Pick<conversationSchemas.ListConversations, 'sort' | 'order'> &
  Partial<Pick<conversationSchemas.ListConversations, 'status' | 'assigneeId' | 'isSpam'>>;

/** What each view of the inbox asks for, in the order in which they are offered; the first is the one that opens. */
const VIEWS = {
  open: { status: ['open'] },
  mine: { status: ['unresolved'], assigneeId: 'me' },
  unassigned: { status: ['unresolved'], assigneeId: 'none' },
  snoozed: { status: ['snoozed'] },
  resolved: { status: ['resolved', 'closed'] },
  all: {},
  spam: { isSpam: true },
} as const satisfies Record<string, { status?: readonly string[]; assigneeId?: string; isSpam?: boolean }>;
export type InboxView = keyof typeof VIEWS;
export const INBOX_VIEWS = Object.keys(VIEWS) as InboxView[];
export const DEFAULT_VIEW = 'open' satisfies InboxView;

/** The orders that are offered. */
const ORDERS = {
  newest: { sort: 'lastMessageAt', order: 'desc' },
  oldest: { sort: 'lastMessageAt', order: 'asc' },
  waiting: { sort: 'waitingSince', order: 'asc' },
  created: { sort: 'createdAt', order: 'desc' },
} as const satisfies Record<string, ListInput>;
export type InboxOrder = keyof typeof ORDERS;
export const INBOX_ORDERS = Object.keys(ORDERS) as InboxOrder[];
export const DEFAULT_ORDER = 'newest' satisfies InboxOrder;

/** What the address says of the inbox; what it does not say is the default. */
export type InboxFilters = {
  view?: InboxView | undefined;
  priority?: conversationSchemas.ConversationPriority[] | undefined;
  tag?: string[] | undefined;
  featureId?: string | undefined;
  requesterId?: string | undefined;
  q?: string | undefined;
  order?: InboxOrder | undefined;
};

const { priority, tag, featureId, requesterId, q } = conversationSchemas.ListConversations.shape;

/** Reads the filters of an address. What the API would refuse is undefined, and so leaves the address. */
export function readInboxFilters(search: Record<string, unknown>): InboxFilters {
  return {
    view: unlessDefault(oneOf(INBOX_VIEWS, search['view']), DEFAULT_VIEW),
    priority: unlessEmpty(priority.safeParse(listOf(search['priority'])).data),
    tag: unlessEmpty(tag.safeParse(listOf(search['tag'])).data),
    featureId: featureId.safeParse(search['featureId']).data,
    requesterId: requesterId.safeParse(search['requesterId']).data,
    q: unlessEmpty(q.safeParse(search['q']).data),
    order: unlessDefault(oneOf(INBOX_ORDERS, search['order']), DEFAULT_ORDER),
  };
}

/** With some of them changed; what says nothing stays out of the address. */
export function withInboxFilters(filters: InboxFilters, change: InboxFilters): InboxFilters {
  return readInboxFilters({ ...filters, ...change });
}

/** How many things narrow the list, beside its view; the order does not. */
export function countFilters({ priority, tag, featureId, requesterId, q }: InboxFilters): number {
  return [priority, tag, featureId, requesterId, q].filter((value) => value !== undefined).length;
}

/** Without anything that narrows it: the same view in the same order. */
export function withoutFilters({ view, order }: InboxFilters): InboxFilters {
  return readInboxFilters({ view, order });
}

/** What the API is asked for. */
export function toListInput(projectId: string, filters: InboxFilters) {
  const { view = DEFAULT_VIEW, order = DEFAULT_ORDER, ...narrowing } = filters;
  const { status, ...rest }: { status?: readonly conversationSchemas.ConversationStatus[] | readonly ['unresolved'] } = VIEWS[view];
  return { projectId, ...narrowing, ...rest, ...(status !== undefined && { status: [...status] }), ...ORDERS[order] };
}

function oneOf<Value extends string>(values: readonly Value[], value: unknown): Value | undefined {
  return values.find((candidate) => candidate === value);
}

function unlessDefault<Value>(value: Value | undefined, usual: Value): Value | undefined {
  return value === usual ? undefined : value;
}

function unlessEmpty<Value extends string | unknown[]>(value: Value | undefined): Value | undefined {
  return value?.length === 0 ? undefined : value;
}

function listOf(value: unknown): unknown {
  return value === undefined || Array.isArray(value) ? value : [value];
}
