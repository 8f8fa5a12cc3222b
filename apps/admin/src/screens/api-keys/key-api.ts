import type { apiKeySchemas } from '@reqbase/core/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { useTRPC, useTRPCClient } from '../../trpc.ts';

/** Whose keys a screen is about. `ref` is the slug of the project or of the organization. */
export type KeyHome = { readonly kind: 'project' | 'organization'; readonly ref: string };
/** A project that the keys of a screen open. */
export type KeyProject = { readonly slug: string; readonly name: string };
export type NewKey = apiKeySchemas.CreateKey;

/** The two families of procedures as one: they differ in the tenant alone. */
export function useKeyApi({ kind, ref }: KeyHome) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const ofProject = { projectId: ref };
  const ofOrganization = { organizationId: ref };
  const isOfProject = kind === 'project';
  const family = isOfProject ? trpc.apiKeys : trpc.organizationKeys;
  return {
    list: infiniteQueryOptions({
      queryKey: [...family.list.pathKey(), ref],
      queryFn: ({ pageParam: cursor, signal }) =>
        isOfProject
          ? client.apiKeys.list.query({ ...ofProject, cursor }, { signal })
          : client.organizationKeys.list.query({ ...ofOrganization, cursor }, { signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
    get: (id: string) =>
      queryOptions({
        queryKey: [...family.get.pathKey(), ref, id],
        // It is shown as it is now.
        staleTime: 0,
        queryFn: ({ signal }) =>
          isOfProject
            ? client.apiKeys.get.query({ ...ofProject, id }, { signal })
            : client.organizationKeys.get.query({ ...ofOrganization, id }, { signal }),
      }),
    /** Of the organization: those for its projects, too. */
    madeWith: (parentKeyId: string) =>
      infiniteQueryOptions({
        queryKey: [...family.list.pathKey(), ref, parentKeyId],
        queryFn: ({ pageParam: cursor, signal }) =>
          isOfProject
            ? client.apiKeys.list.query({ ...ofProject, parentKeyId, cursor }, { signal })
            : client.organizationKeys.list.query({ ...ofOrganization, parentKeyId, cursor }, { signal }),
        initialPageParam: undefined as string | undefined,
        getNextPageParam: ({ nextCursor }) => nextCursor,
      }),
    grantable: queryOptions({
      queryKey: [...family.grantable.pathKey(), ref],
      queryFn: ({ signal }) =>
        isOfProject
          ? client.apiKeys.grantable.query(ofProject, { signal })
          : client.organizationKeys.grantable.query(ofOrganization, { signal }),
    }),
    create: (key: NewKey) =>
      isOfProject
        ? client.apiKeys.create.mutate({ ...ofProject, ...key })
        : client.organizationKeys.create.mutate({ ...ofOrganization, ...key }),
    update: (changes: apiKeySchemas.UpdateKey) =>
      isOfProject
        ? client.apiKeys.update.mutate({ ...ofProject, ...changes })
        : client.organizationKeys.update.mutate({ ...ofOrganization, ...changes }),
    rotate: (id: string, overlapHours: number) =>
      isOfProject
        ? client.apiKeys.rotate.mutate({ ...ofProject, id, overlapHours })
        : client.organizationKeys.rotate.mutate({ ...ofOrganization, id, overlapHours }),
    revoke: (id: string) =>
      isOfProject
        ? client.apiKeys.revoke.mutate({ ...ofProject, id })
        : client.organizationKeys.revoke.mutate({ ...ofOrganization, id }),
  };
}
