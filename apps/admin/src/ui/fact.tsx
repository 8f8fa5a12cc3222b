import { DataList } from '@mantine/core';
import type { ReactNode } from 'react';

/** A line of a `DataList`. */
export function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <DataList.Item>
      <DataList.ItemLabel style={{ overflowWrap: 'anywhere' }}>{label}</DataList.ItemLabel>
      <DataList.ItemValue style={{ overflowWrap: 'anywhere' }}>{children}</DataList.ItemValue>
    </DataList.Item>
  );
}
