import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import type { Failure } from '../failure.ts';

/** Tells that something was done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'pine', icon: <IconCheck size={16} />, withBorder: true });
}

type FailureOptions = {
  /** Where it is not in the way of what is done next. */
  readonly position?: 'top-center';
  /** Done again, it is done once. */
  readonly isSafeToRepeat?: boolean;
};

function aftermathOf({ code, requestId, isTransient }: Failure, isSafeToRepeat: boolean): string {
  if (requestId !== null) return `Request ${requestId}`;
  if (code !== null || !isTransient) return 'Nothing was changed.';
  return isSafeToRepeat
    ? 'If it has arrived all the same, sending it again does not double it.'
    : 'It may have been done all the same.';
}

/** Tells that something failed, with the id that finds it in the server's log. */
export function notifyFailure(failure: Failure, { position, isSafeToRepeat = false }: FailureOptions = {}): void {
  notifications.show({
    title: failure.message,
    message: aftermathOf(failure, isSafeToRepeat),
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
