import { conversationSchemas } from '@reqbase/core/contract';

type ListInput = conversationSchemas.ListConversations;

export const INBOX_VIEWS = ['open', 'mine', 'unassigned', 'snoozed', 'resolved', 'all', 'spam'] as const;
export type InboxView = (typeof INBOX_VIEWS)[number];
export const DEFAULT_VIEW = 'open' satisfies InboxView;

/** What each view asks for. Mine and unassigned are of the unresolved, as their figures are. */
const VIEWS: Readonly<Record<InboxView, Partial<Pick<ListInput, 'status' | 'assigneeId' | 'isSpam'>>>> = {
  open: { status: ['open'] },
  mine: { status: ['unresolved'], assigneeId: 'me' },
  unassigned: { status: ['unresolved'], assigneeId: 'none' },
  snoozed: { status: ['snoozed'] },
  resolved: { status: ['resolved', 'closed'] },
  all: {},
  spam: { isSpam: true },
};

export const INBOX_ORDERS = ['newest', 'oldest', 'waiting', 'created'] as const;
export type InboxOrder = (typeof INBOX_ORDERS)[number];
export const DEFAULT_ORDER = 'newest' satisfies InboxOrder;

const ORDERS: Readonly<Record<InboxOrder, Pick<ListInput, 'sort' | 'order'>>> = {
  newest: { sort: 'lastMessageAt', order: 'desc' },
  oldest: { sort: 'lastMessageAt', order: 'asc' },
  waiting: { sort: 'waitingSince', order: 'asc' },
  created: { sort: 'createdAt', order: 'desc' },
};

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
  return { projectId, ...narrowing, ...VIEWS[view], ...ORDERS[order] };
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
