import { EmptyState, Paper } from '@mantine/core';
import type { ReactNode } from 'react';

type BlankProps = {
  readonly icon: ReactNode;
  readonly title: string;
  readonly description: ReactNode;
  readonly children?: ReactNode;
};

/** What a list shows when there is nothing in it. */
export function Blank({ icon, title, description, children }: BlankProps) {
  return (
    <Paper withBorder py="xl" px="md">
      <EmptyState icon={icon} title={title} description={description} withIndicatorBackground>
        {children !== undefined && <EmptyState.Actions>{children}</EmptyState.Actions>}
      </EmptyState>
    </Paper>
  );
}
