import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import type { Failure } from '../failure.ts';

/** Tells that something was done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'pine', icon: <IconCheck size={16} />, withBorder: true });
}

type Where = {
  /** Where it is not in the way of what is done next. */
  readonly position?: 'top-center';
};

/** Tells that something failed, with the id that finds it in the server's log. */
export function notifyFailure({ message, requestId }: Failure, { position }: Where = {}): void {
  notifications.show({
    title: message,
    message: requestId === null ? 'Nothing was changed.' : `Request ${requestId}`,
    color: 'red',
    icon: <IconAlertTriangle size={16} />,
    withBorder: true,
    autoClose: 8_000,
    role: 'alert',
    ...(position !== undefined && { position }),
  });
}

const UNDO_MS = 8_000;

/** Tells that something was done, and offers to take it back for a while. */
export function notifyUndoable(message: string, onUndo?: () => void): void {
  if (onUndo === undefined) {
    notifyDone(message);
    return;
  }
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap">
        {message}
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            onUndo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
    color: 'pine',
    icon: <IconCheck size={16} />,
    withBorder: true,
    autoClose: UNDO_MS,
    // Not over what is at work with next: the reply box is at the bottom.
    position: 'top-center',
  });
}
