import { createTRPCClient, httpBatchLink } from '@trpc/client';
import type { AppRouter } from './app-router.ts';

export type ClientOptions = {
  /** Where the installation answers, e.g. `https://requests.example.com`. */
  readonly url: string;
  readonly apiKey: string;
};

/**
 * A typed client for internal services: `createClient({ url, apiKey }).backlog.list.query({ projectId: 'demo' })`.
 * Refusals are `TRPCClientError`s; `error.data.appCode` is a code of the catalogue.
 */
export function createClient({ url, apiKey }: ClientOptions) {
  return createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: new URL('/trpc', url).href,
        headers: { authorization: `Bearer ${apiKey}` },
      }),
    ],
  });
}
export type Client = ReturnType<typeof createClient>;
