import type { Api, Config, Page, Request } from './contract.ts';

const HOUR_MS = 3_600_000;
const pageOf = <Item>(items: Item[]): Page<Item> => ({ items, hasMore: false, nextCursor: null });

/** Answers from memory with examples, so that the real widget can be looked at without anything being sent. */
export function createPreviewApi(config: () => Config, now: () => number = Date.now): Api {
  const ago = (hours: number) => new Date(now() - hours * HOUR_MS).toISOString();
  let made = 0;
  const request = (changes: Partial<Request>): Request => ({
    id: `preview-${++made}`,
    number: made,
    title: '',
    description: null,
    category: 'FEATURE',
    status: 'NEEDS_ACTION',
    completionKind: null,
    closeReason: null,
    rating: null,
    voteCount: 0,
    errorReport: null,
    hasVoted: false,
    isMine: false,
    hasScreenshot: false,
    conversationId: null,
    createdAt: ago(30),
    updatedAt: ago(3),
    ...changes,
  });
  const requests = [
    request({ title: 'Dark mode', description: 'For working late.', status: 'IN_PROGRESS', voteCount: 42, hasVoted: true }),
    request({ title: 'Export invoices as CSV', voteCount: 17 }),
    request({ title: 'Keyboard shortcuts', voteCount: 9, isMine: true, conversationId: 'preview' }),
  ];
  const messages = [
    { id: 'm1', seq: 1, author: 'you' as const, authorName: '', body: 'Could the list be sorted by date?', createdAt: ago(5) },
    { id: 'm2', seq: 2, author: 'team' as const, authorName: 'Ada', body: 'Good idea: we are on it.', createdAt: ago(4) },
  ];
  const find = (id: string) => requests.find((each) => each.id === id) ?? request({ title: '…' });
  const vote = async (id: string, hasVoted: boolean) => {
    const found = find(id);
    if (found.hasVoted !== hasVoted) Object.assign(found, { hasVoted, voteCount: found.voteCount + (hasVoted ? 1 : -1) });
    return { voteCount: found.voteCount, hasVoted };
  };
  const write = async (body: string) => {
    const message = {
      id: `m${messages.length + 1}`,
      seq: messages.length + 1,
      author: 'you' as const,
      authorName: '',
      body,
      createdAt: ago(0),
    };
    messages.push(message);
    return { conversationId: 'preview', message };
  };

  return {
    config: async () => config(),
    submit: async ({ category, title, text }) => {
      const added = request({ category, title: title ?? text ?? '…', isMine: true, createdAt: ago(0), updatedAt: ago(0) });
      requests.push(added);
      return added;
    },
    requests: async ({ q, similar }) => {
      const words = (q ?? similar ?? '')
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word.length > 2);
      const found = requests.filter(({ title }) => words.some((word) => title.toLowerCase().includes(word)));
      return pageOf(words.length === 0 && similar === undefined ? [...requests] : found);
    },
    request: async (id) => find(id),
    vote: (id) => vote(id, true),
    unvote: (id) => vote(id, false),
    mine: async () => pageOf(requests.filter(({ isMine }) => isMine)),
    conversations: async () =>
      pageOf([
        {
          id: 'preview',
          featureId: null,
          subject: 'Sorting the list',
          state: 'open' as const,
          lastMessage: messages.at(-1)?.body ?? null,
          lastMessageAt: messages.at(-1)?.createdAt ?? ago(4),
          unreadCount: 0,
          createdAt: ago(5),
        },
      ]),
    messages: async (_id, { after = 0 }) => pageOf(messages.filter(({ seq }) => seq > after)),
    write: (_id, body) => write(body),
    startConversation: (_id, body) => write(body),
    readConversation: async () => {},
    notifications: async () => ({
      ...pageOf([
        {
          id: 'n1',
          type: 'feature.status_changed' as const,
          title: 'Dark mode',
          body: 'We have begun to work on it.',
          featureId: requests[0]?.id ?? null,
          conversationId: null,
          createdAt: ago(3),
          isRead: false,
        },
      ]),
      unreadCount: 1,
    }),
    readNotifications: async () => {},
    comments: async () => pageOf([]),
    comment: async (_id, body) => ({
      id: `c${++made}`,
      parentId: null,
      isTeam: false,
      isMine: true,
      authorName: '',
      body,
      isDeleted: false,
      createdAt: ago(0),
    }),
  };
}
