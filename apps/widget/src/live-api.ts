import type { Api, Comment, Config, Conversation, Message, NotificationPage, Page, Request, Voted, Written } from './contract.ts';
import type { Visitor } from './visitor.ts';

const TIMEOUT_MS = 30_000;

/** A refusal of the server, or that there was no answer (`OFFLINE`). */
export class ApiError extends Error {
  readonly code: string;
  /** Seconds. */
  readonly retryAfter: number | null;
  readonly fields: readonly string[];
  constructor(code: string, retryAfter: number | null = null, fields: readonly string[] = []) {
    super(code);
    this.name = 'ApiError';
    this.code = code;
    this.retryAfter = retryAfter;
    this.fields = fields;
  }
}

type Query = Record<string, string | number | undefined>;
type Call = {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Query;
  readonly body?: unknown;
  /** An `Idempotency-Key`. */
  readonly key?: string;
  readonly identity?: () => Promise<string | null>;
};
type Answer = { data?: unknown; error?: { code?: string; retryAfter?: number; issues?: { path?: string }[] } };

/** Taken as it is when the script starts: what the page puts in its place later is not called. */
const send = globalThis.fetch.bind(globalThis);

/** The endpoints of a project, called as the visitor. No cookies, and no address of the page. */
export function createLiveApi(base: string, project: string, visitor: Visitor): Api {
  const root = `${base}/w/${encodeURIComponent(project)}`;
  const call = async <Data>(path: string, { method = 'GET', query = {}, body, key, identity = visitor.identity }: Call = {}) => {
    const who = await identity();
    const headers: Record<string, string> = {
      'x-reqbase-visitor': visitor.id(),
      ...(who !== null && { 'x-reqbase-identity': who }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const request = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    return answerTo<Data>(root + path + textOf(query), request);
  };
  const get = <Data>(path: string, query: Query = {}) => call<Data>(path, { query });
  const post = <Data>(path: string, body: unknown = {}, key?: string) =>
    call<Data>(path, { method: 'POST', body, ...(key !== undefined && { key }) });
  const at = encodeURIComponent;

  return {
    config: () => answerTo<Config>(`${root}/config`, {}),
    async submit(body, key) {
      // Better without the identity than not at all: with the next one that is signed, it is theirs again.
      const sent = { method: 'POST', body, key, identity: visitor.livingIdentity } as const;
      return (await call<{ request: Request }>('/submit', sent)).request;
    },
    requests: (query) => get<Page<Request>>('/features', query),
    request: (id) => get<Request>(`/features/${at(id)}`),
    vote: (id) => post<Voted>(`/features/${at(id)}/vote`),
    unvote: (id) => call<Voted>(`/features/${at(id)}/vote`, { method: 'DELETE' }),
    mine: (cursor) => get<Page<Request>>('/mine', { cursor }),
    conversations: (cursor) => get<Page<Conversation>>('/conversations', { cursor }),
    messages: (id, query) => get<Page<Message>>(`/conversations/${at(id)}/messages`, query),
    write: (id, body, key) => post<Written>(`/conversations/${at(id)}/messages`, { body }, key),
    startConversation: (featureId, body, key) => post<Written>('/conversations', { featureId, body }, key),
    async readConversation(id) {
      await post(`/conversations/${at(id)}/read`);
    },
    notifications: (cursor) => get<NotificationPage>('/notifications', { cursor }),
    async readNotifications() {
      await post('/notifications/read');
    },
    comments: (id, cursor) => get<Page<Comment>>(`/features/${at(id)}/comments`, { cursor }),
    comment: (id, body, key) => post<Comment>(`/features/${at(id)}/comments`, { body }, key),
  };
}

function textOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

async function answerTo<Data>(url: string, request: RequestInit): Promise<Data> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  try {
    const answer = await send(url, { ...request, credentials: 'omit', referrerPolicy: 'no-referrer', signal: stop.signal });
    const { data, error = {} } = (await answer.json()) as Answer;
    if (answer.ok) return data as Data;
    const fields = (error.issues ?? []).flatMap(({ path }) => path ?? []);
    throw new ApiError(error.code ?? 'INTERNAL_ERROR', error.retryAfter, fields);
  } catch (failure) {
    // Whatever is no answer of ours: no connection, no time left, a proxy's page.
    throw failure instanceof ApiError ? failure : new ApiError('OFFLINE');
  } finally {
    clearTimeout(timer);
  }
}
