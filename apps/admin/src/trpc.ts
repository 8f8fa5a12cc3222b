import type { AppRouter } from '@reqbase/core/router';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { createTRPCContext, createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { readFailure } from './failure.ts';
import { notifyFailure } from './ui/notify.tsx';

declare module '@tanstack/react-query' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: declaration merging works on interfaces only.
  interface Register {
    queryMeta: {
      /** Asks whether there is a session: an answer of "no" is for the asker. */
      isSessionCheck?: boolean;
    };
    mutationMeta: {
      /** The form shows its errors itself. */
      showsFailure?: boolean;
    };
  }
}

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

export const trpcClient = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: ({ type }) => type === 'subscription',
      true: httpSubscriptionLink({ url: '/trpc' }),
      false: httpBatchLink({ url: '/trpc', maxItems: 20, maxURLLength: 4_000 }),
    }),
  ],
});

type QueryClientOptions = {
  /** Called when a call finds the session gone. */
  readonly onSignedOut: () => void;
};

/** The one place where server state lives. */
export function createQueryClient({ onSignedOut }: QueryClientOptions): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.meta?.isSessionCheck !== true && readFailure(error).code === 'UNAUTHORIZED') onSignedOut();
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        const failure = readFailure(error);
        if (failure.code === 'UNAUTHORIZED') onSignedOut();
        else if (mutation.meta?.showsFailure !== true) notifyFailure(failure);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // A refusal stays a refusal; only what the network or the server broke is worth a second try.
        retry: (failures, error) => failures < 2 && readFailure(error).isTransient,
      },
    },
  });
}

export function createOptionsProxy(queryClient: QueryClient) {
  return createTRPCOptionsProxy<AppRouter>({ client: trpcClient, queryClient });
}
export type TrpcOptions = ReturnType<typeof createOptionsProxy>;
