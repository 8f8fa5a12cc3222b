import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import type { AppRouter } from './app-router.ts';

type EventSourceClass = NonNullable<Parameters<typeof httpSubscriptionLink>[0]['EventSource']>;

export type ClientOptions = {
  /** Where the installation answers, e.g. `https://requests.example.com`. */
  readonly url: string;
  readonly apiKey: string;
  /** For subscriptions: an EventSource that asks through a `fetch` which it is given, as the package `eventsource` has it. */
  readonly EventSource?: EventSourceClass;
};

/**
 * A typed client for internal services: `createClient({ url, apiKey }).backlog.list.query({ projectId: 'demo' })`.
 * Refusals are `TRPCClientError`s; `error.data.appCode` is a code of the catalogue.
 */
export function createClient({ url, apiKey, EventSource }: ClientOptions) {
  const endpoint = new URL('/trpc', url).href;
  const headers = { authorization: `Bearer ${apiKey}` };
  const fetchWithKey = (input: string | URL, init: RequestInit = {}) =>
    fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...headers } });
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({
          url: endpoint,
          ...(EventSource !== undefined && { EventSource }),
          eventSourceOptions: { fetch: fetchWithKey },
        }),
        false: httpBatchLink({ url: endpoint, headers }),
      }),
    ],
  });
}
export type Client = ReturnType<typeof createClient>;
