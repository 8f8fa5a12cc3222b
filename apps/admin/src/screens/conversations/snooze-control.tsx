import { Button, Group, Menu, Modal, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { conversationSchemas } from '@reqbase/core/contract';
import { IconBellRinging, IconBellZ, IconCalendarTime, IconClock } from '@tabler/icons-react';
import { useState } from 'react';
import { useShortcuts } from '../../ui/use-shortcuts.ts';
import { fromLocalInput, shortInstant, snoozePresets, toLocalInput } from './snooze-presets.ts';
import { useChangeConversation } from './use-change-conversation.ts';

type SnoozeControlProps = { readonly projectId: string; readonly conversation: conversationSchemas.Conversation };

/** Puts a conversation aside until a time, at which it comes back by itself; earlier, if the requester writes. */
export function SnoozeControl({ projectId, conversation }: SnoozeControlProps) {
  const { id, status, snoozedUntil } = conversation;
  const { change, isPending } = useChangeConversation(projectId, id);
  const [isOpen, menu] = useDisclosure();
  const [isChoosing, dialog] = useDisclosure();
  useShortcuts([['s', menu.open]]);
  const now = new Date();
  const back =
    status === 'snoozed' && snoozedUntil !== null && new Date(snoozedUntil) > now
      ? ({ status: 'snoozed', snoozedUntil } as const)
      : ({ status: status === 'pending' ? 'pending' : 'open' } as const);
  const snooze = (until: Date) =>
    change(
      { status: 'snoozed', snoozedUntil: until.toISOString() },
      { done: `Snoozed until ${shortInstant(until, new Date())}.`, undo: back },
    );
  return (
    <>
      <Menu
        opened={isOpen}
        onChange={(opened) => (opened ? menu.open() : menu.close())}
        position="bottom-start"
        width={270}
        shadow="md"
      >
        <Menu.Target>
          <Button
            size="compact-md"
            fz="sm"
            variant="default"
            leftSection={<IconBellZ size={16} />}
            loading={isPending}
            aria-keyshortcuts="s"
          >
            Snooze
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {status === 'snoozed' && (
            <>
              <Menu.Item
                leftSection={<IconBellRinging size={16} />}
                onClick={() => change({ status: 'open' }, { done: 'Awake again.', undo: back })}
              >
                Wake now
              </Menu.Item>
              <Menu.Divider />
            </>
          )}
          {snoozePresets(now).map(({ label, until }) => (
            <Menu.Item
              key={label}
              leftSection={<IconClock size={16} />}
              rightSection={
                <Text size="xs" c="dimmed">
                  {shortInstant(until, now)}
                </Text>
              }
              onClick={() => snooze(until)}
            >
              {label}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<IconCalendarTime size={16} />} onClick={dialog.open}>
            Date and time…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isChoosing && (
        <SnoozeDialog
          onClose={dialog.close}
          onChoose={(until) => {
            dialog.close();
            snooze(until);
          }}
        />
      )}
    </>
  );
}

type SnoozeDialogProps = { readonly onClose: () => void; readonly onChoose: (until: Date) => void };

function SnoozeDialog({ onClose, onChoose }: SnoozeDialogProps) {
  const [text, setText] = useState(() => toLocalInput(snoozePresets(new Date()).at(-1)?.until ?? new Date()));
  const [error, setError] = useState<string | null>(null);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const choose = () => {
    const until = fromLocalInput(text, new Date());
    if (until === null) setError('Choose a time to come.');
    else onChoose(until);
  };
  return (
    <Modal opened onClose={onClose} title="Snooze until">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          choose();
        }}
      >
        <TextInput
          type="datetime-local"
          label="Date and time"
          description={`Your time zone: ${zone}`}
          min={toLocalInput(new Date())}
          max="9999-12-30T23:59"
          value={text}
          error={error}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setError(null);
          }}
          data-autofocus
        />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">Snooze</Button>
        </Group>
      </form>
    </Modal>
  );
}
