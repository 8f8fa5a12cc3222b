import { Alert, Button, Group, Modal, Text } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { useState } from 'react';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { CreateKeyForm } from './create-key-form.tsx';
import type { KeyHome } from './key-api.ts';
import { NewKeyPanel } from './new-key-panel.tsx';

type CreateKeyDialogProps = {
  readonly home: KeyHome;
  /** Of the curl that is shown: a project that the key may call. */
  readonly projectSlug: string | null;
  /** Whose service accounts may own the key; null where the person may not see them. */
  readonly organizationSlug: string | null;
  readonly onClose: () => void;
};

/** From the form to the new key, which is shown here once: leaving without having copied it takes a second word. */
export function CreateKeyDialog({ home, projectSlug, organizationSlug, onClose }: CreateKeyDialogProps) {
  const [created, setCreated] = useState<apiKeySchemas.CreatedApiKey | null>(null);
  const [isCopied, setIsCopied] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const isNarrow = useIsNarrow();
  const leave = () => (created === null || isCopied ? onClose() : setIsLeaving(true));
  return (
    <Modal
      opened
      onClose={leave}
      closeOnClickOutside={false}
      size={820}
      fullScreen={isNarrow}
      title={created === null ? `New API key of the ${home.kind}` : `Key “${created.name}” is ready`}
    >
      {created === null ? (
        <CreateKeyForm home={home} organizationSlug={organizationSlug} onCreated={setCreated} onCancel={onClose} />
      ) : (
        <NewKeyPanel apiKey={created} projectSlug={projectSlug} onCopy={() => setIsCopied(true)}>
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
