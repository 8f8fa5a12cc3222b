import { Button, Group, Modal, type ModalProps, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';

type FormModalProps = Omit<ModalProps, 'opened' | 'closeOnEscape' | 'closeOnClickOutside'> & {
  /** Something is typed that closing would throw away. */
  readonly isDirty: boolean;
};

/** A dialog in which something is written: neither a key nor a slip throws that away. */
export function FormModal({ isDirty, onClose, children, ...modal }: FormModalProps) {
  const [isAsking, question] = useDisclosure();
  return (
    <>
      <Modal
        opened
        // The key is the question's as long as that is open.
        closeOnEscape={!isAsking}
        closeOnClickOutside={!isDirty}
        onClose={isDirty ? question.open : onClose}
        {...modal}
      >
        {children}
      </Modal>
      {/* Not there before: it would take the key that brings it for its own, and close again. */}
      {isAsking && (
        <Modal opened onClose={question.close} title="Discard what you have written?" centered>
          <Text size="sm">It is not saved anywhere.</Text>
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={question.close} data-autofocus>
              Keep writing
            </Button>
            <Button color="red.9" onClick={onClose}>
              Discard
            </Button>
          </Group>
        </Modal>
      )}
    </>
  );
}
