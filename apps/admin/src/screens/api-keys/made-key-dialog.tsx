import { Alert, Button, Group, Modal, Text } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { type ReactNode, useState } from 'react';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { NewKeyPanel } from './new-key-panel.tsx';

type MadeKeyDialogProps = {
  /** Before there is a key, and what is asked for it then. */
  readonly title: string;
  readonly children: ReactNode;
  readonly size: number;
  readonly made: apiKeySchemas.CreatedApiKey | null;
  /** What else there is to say of it. */
  readonly note?: ReactNode;
  /** Of the curl that is shown: a project that the key may call. */
  readonly projectSlug: string | null;
  readonly onClose: () => void;
};

/** From a question to the new key, which is shown here once: leaving without having copied it takes a second word. */
export function MadeKeyDialog({ title, children, size, made, note, projectSlug, onClose }: MadeKeyDialogProps) {
  const [isCopied, setIsCopied] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const isNarrow = useIsNarrow();
  const leave = () => (made === null || isCopied ? onClose() : setIsLeaving(true));
  return (
    <Modal
      opened
      onClose={leave}
      closeOnClickOutside={false}
      size={made === null ? size : 820}
      fullScreen={isNarrow}
      title={made === null ? title : `Key “${made.name}” is ready`}
    >
      {made === null ? (
        children
      ) : (
        <NewKeyPanel apiKey={made} projectSlug={projectSlug} onCopy={() => setIsCopied(true)}>
          {note}
          {isLeaving ? (
            <Alert color="orange" title="You have not copied the key" role="alert">
              <Text size="sm">It is not shown again. Without it, you will have to make another one.</Text>
              <Group justify="flex-end" mt="sm">
                <Button variant="default" onClick={onClose}>
                  Close anyway
                </Button>
                <Button onClick={() => setIsLeaving(false)} data-autofocus>
                  Back to the key
                </Button>
              </Group>
            </Alert>
          ) : (
            <Group justify="flex-end">
              <Button onClick={leave}>Done</Button>
            </Group>
          )}
        </NewKeyPanel>
      )}
    </Modal>
  );
}
