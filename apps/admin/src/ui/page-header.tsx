import { Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

type PageHeaderProps = {
  readonly title: string;
  /** Of the browser's tab, if not the same. */
  readonly tabTitle?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
};

/** The one heading of a page, and the tab's title. */
export function PageHeader({ title, tabTitle = title, description, actions }: PageHeaderProps) {
  useDocumentTitle(`${tabTitle} · Reqbase`);
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb="lg">
      <div style={{ flex: '1 1 20rem', minWidth: 0, overflowWrap: 'anywhere' }}>
        <Title order={1}>{title}</Title>
        {description !== undefined && (
          <Text c="dimmed" size="sm" mt={4}>
            {description}
          </Text>
        )}
      </div>
      {actions}
    </Group>
  );
}
