import { Button, Center } from '@mantine/core';

type LoadMoreProps = {
  readonly query: Pages & {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: (options: { readonly cancelRefetch: boolean }) => Promise<Pages & { readonly isError: boolean }>;
  };
  readonly label?: string;
};

/** Fetches the next page of a list, as long as there is one. */
export function LoadMore({ query, label = 'Load more' }: LoadMoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <Center mt="md">
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void loadNext(query)}>
        {label}
      </Button>
    </Center>
  );
}

type Pages = { readonly data: { readonly pages: readonly unknown[] } | undefined };

const ATTEMPTS = 3;

/** What happens live may have the list read anew just then, and that takes the place of the next page: then once more, after it. */
async function loadNext({ data, fetchNextPage }: LoadMoreProps['query']): Promise<void> {
  const had = data?.pages.length ?? 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { data: now, isError } = await fetchNextPage({ cancelRefetch: false });
    if (isError || (now?.pages.length ?? 0) > had) return;
  }
}
