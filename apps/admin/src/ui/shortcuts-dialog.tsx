import { Group, Kbd, Modal, Switch, Table, Text } from '@mantine/core';
import { useShortcutsSetting } from './use-shortcuts.ts';

type ShortcutsDialogProps = {
  readonly shortcuts: readonly { readonly keys: readonly string[]; readonly does: string }[];
  readonly note?: string;
  readonly onClose: () => void;
};

/** What each key does on a screen, and whether single keys act at all. */
export function ShortcutsDialog({ shortcuts, note = '', onClose }: ShortcutsDialogProps) {
  const [isOn, setIsOn] = useShortcutsSetting();
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts">
      <Table verticalSpacing={6} withRowBorders={false}>
        <Table.Tbody>
          {shortcuts.map(({ keys, does }) => (
            <Table.Tr key={does}>
              <Table.Th scope="row" fw={400} c="var(--mantine-color-text)" fz="sm">
                {does}
              </Table.Th>
              <Table.Td>
                <Group gap={4} justify="flex-end" wrap="nowrap">
                  {keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="sm">
        None of them acts while you type. {note}
      </Text>
      <Switch
        mt="md"
        label="Use single keys as shortcuts"
        checked={isOn}
        onChange={(event) => setIsOn(event.currentTarget.checked)}
      />
    </Modal>
  );
}
