import { Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** The heading of a step, which has the focus when the step comes: also who does not see it hears where they are. */
export function StepTitle({ children }: { readonly children: ReactNode }) {
  return (
    <Title order={1} tabIndex={-1} ref={focus} style={{ outline: 'none', overflowWrap: 'anywhere' }}>
      {children}
    </Title>
  );
}

function focus(element: HTMLElement | null): void {
  element?.focus();
}
