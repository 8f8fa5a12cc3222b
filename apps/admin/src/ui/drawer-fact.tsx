import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';

type DrawerFactProps = { readonly label: string; readonly action?: ReactNode; readonly children: ReactNode };

/** A fact about a thing, in the `<dl>` of its drawer. */
export function DrawerFact({ label, action, children }: DrawerFactProps) {
  return (
    <div>
      <Group component="dt" justify="space-between" wrap="nowrap" mih={22}>
        <Text component="span" size="xs" c="dimmed">
          {label}
        </Text>
        {action}
      </Group>
      <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </div>
  );
}

export function Mono({ children }: { readonly children: ReactNode }) {
  return (
    <Text component="span" size="xs" className="mono">
      {children}
    </Text>
  );
}
