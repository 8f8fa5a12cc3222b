import { TagsInput, type TagsInputProps } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';

const MOST_TAGS = 20;

/** Tags, with those in use to choose from. */
export function TagsField({ projectId, ...props }: TagsInputProps & { readonly projectId: string }) {
  const trpc = useTRPC();
  const tags = useQuery(trpc.backlog.tags.queryOptions({ projectId }));
  return <TagsInput data={tags.data?.items.map(({ tag }) => tag) ?? []} limit={8} maxTags={MOST_TAGS} {...props} />;
}
