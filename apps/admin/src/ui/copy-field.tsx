import { Button, Group, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useRef } from 'react';
import classes from './copy-field.module.css';

type CopyFieldProps = { readonly label: string; readonly value: string; readonly onCopy?: () => void };

/** A text to take away, and a button that copies it; where the browser forbids that (plain HTTP), it selects the text. */
export function CopyField({ label, value, onCopy }: CopyFieldProps) {
  const clipboard = useClipboard();
  const text = useRef<HTMLElement>(null);
  const copy = () => {
    clipboard.copy(value);
    if (text.current !== null) getSelection()?.selectAllChildren(text.current);
    onCopy?.();
  };
  return (
    <section aria-label={label}>
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <Button
          size="compact-sm"
          variant="light"
          aria-label={`Copy ${label.toLowerCase()}`}
          leftSection={clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          onClick={copy}
        >
          {clipboard.copied ? 'Copied' : 'Copy'}
        </Button>
      </Group>
      <pre className={classes.text}>
        <code ref={text}>{value}</code>
      </pre>
      <Text size="xs" c="dimmed" mt={4} role="status" hidden={clipboard.error === null}>
        The browser does not let this page copy. The text is selected: press Ctrl+C or ⌘C.
      </Text>
    </section>
  );
}
