import { Alert, Text } from '@mantine/core';
import { IconCircleArrowUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Says what the present plan does not include, and from which plan it does. */
export function UpgradeNotice({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Alert color="pine" icon={<IconCircleArrowUp size={18} />} title={title}>
      <Text size="sm">{children}</Text>
    </Alert>
  );
}
