import { Alert, Button, Group } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';

type ConflictAlertProps = {
  /** What somebody else has changed. */
  readonly what: string;
  readonly children?: ReactNode;
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
};

/** Somebody else was faster. What was entered here stays, until it is said what shall become of it. */
export function ConflictAlert({ what, children, onKeep, onDiscard }: ConflictAlertProps) {
  return (
    <Alert
      color="orange"
      role="alert"
      icon={<IconAlertTriangle size={18} />}
      title={`Somebody else has changed ${what} meanwhile`}
    >
      Nothing of yours was saved.
      {children}
      <Group gap="xs" mt="xs">
        <Button size="xs" variant="default" onClick={onKeep}>
          Reload, keep my changes
        </Button>
        <Button size="xs" variant="subtle" color="gray" onClick={onDiscard}>
          Reload, drop my changes
        </Button>
      </Group>
    </Alert>
  );
}
