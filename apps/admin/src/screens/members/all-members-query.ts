import type { memberSchemas } from '@reqbase/core/contract';
import { queryOptions } from '@tanstack/react-query';
import { type TrpcOptions, trpcClient } from '../../trpc.ts';

/** Everybody on a project: those who can be chosen from, and whose names are shown where only ids are known. */
export function allMembersQuery(trpc: TrpcOptions, projectId: string) {
  return queryOptions({
    queryKey: [...trpc.members.list.pathKey(), 'all', projectId],
    queryFn: async ({ signal }) => {
      const members: memberSchemas.Member[] = [];
      let cursor: string | undefined;
      do {
        const page = await trpcClient.members.list.query({ projectId, limit: 100, cursor }, { signal });
        members.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return members;
    },
    staleTime: 60_000,
  });
}
