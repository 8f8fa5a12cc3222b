import { ActionIcon, Group } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';

type CopyTextProps = { readonly label: string; readonly value: string; readonly shown: string };

/** The beginning of a long text, and a button that copies it whole; where the browser forbids that, it is shown whole. */
export function CopyText({ label, value, shown }: CopyTextProps) {
  const clipboard = useClipboard();
  return (
    <Group component="span" gap={4} wrap="nowrap">
      <span className="mono" title={value} style={{ overflowWrap: 'anywhere' }}>
        {clipboard.error === null ? shown : value}
      </span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={clipboard.copied ? `${label} is copied` : `Copy ${label.toLowerCase()}`}
        onClick={() => clipboard.copy(value)}
      >
        {clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      </ActionIcon>
    </Group>
  );
}
