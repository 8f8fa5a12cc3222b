import { Skeleton, Stack, VisuallyHidden } from '@mantine/core';

/** Holds the place of rows that are on their way. */
export function TableSkeleton({ rows, height = 44 }: { readonly rows: number; readonly height?: number }) {
  return (
    <Stack gap="xs" aria-busy="true">
      <VisuallyHidden role="status">Loading</VisuallyHidden>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same, and never move.
        <Skeleton key={index} height={height} radius="md" />
      ))}
    </Stack>
  );
}
