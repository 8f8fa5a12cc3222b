import type { TrpcOptions } from '../../trpc.ts';

/** Who is signed in. */
export function meQuery(trpc: TrpcOptions) {
  return trpc.members.me.queryOptions({}, { staleTime: Number.POSITIVE_INFINITY, meta: { isSessionCheck: true } });
}
