import type { projectSchemas } from '@reqbase/core/contract';
import { queryOptions } from '@tanstack/react-query';
import { type TrpcOptions, trpcClient } from '../../trpc.ts';

/** All projects of the person, by name: addresses name them by slug, and only the list knows the role on each. */
export function projectsQuery(trpc: TrpcOptions) {
  return queryOptions({
    queryKey: [...trpc.projects.list.pathKey(), 'all'],
    queryFn: async ({ signal }) => {
      const projects: projectSchemas.ProjectSummary[] = [];
      let cursor: string | undefined;
      do {
        const page = await trpcClient.projects.list.query({ limit: 100, cursor }, { signal });
        projects.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return projects;
    },
    meta: { isSessionCheck: true },
  });
}
