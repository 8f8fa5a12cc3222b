import type { TrpcOptions } from '../../trpc.ts';

/** The organizations that the person has a part in, with plan and role. */
export function organizationsQuery(trpc: TrpcOptions) {
  return trpc.organizations.list.queryOptions({}, { meta: { isSessionCheck: true } });
}
