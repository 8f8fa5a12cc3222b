import { Container, Skeleton } from '@mantine/core';
import { TableSkeleton } from './table-skeleton.tsx';

/** Holds the place of a page whose code or whose first data is on its way. */
export function PageSkeleton() {
  return (
    <Container size={1180} px={0} py="xs">
      <Skeleton height={24} width={180} mb="sm" />
      <Skeleton height={14} width={280} mb="xl" />
      <TableSkeleton rows={6} height={48} />
    </Container>
  );
}
