import { Button, Code, Group, Modal, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { notifyDone } from '../../ui/notify.tsx';
import { projectsQuery } from './projects-query.ts';

type DeleteProjectProps = { readonly projectId: string; readonly name: string };

/** For its owner. */
export function DeleteProject({ projectId, name }: DeleteProjectProps) {
  const [isAsking, dialog] = useDisclosure();
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="delete">
      <Group justify="space-between">
        <div>
          <Title order={2} id="delete">
            The end of it
          </Title>
          <Text size="sm" c="dimmed" mt={4}>
            Its requests, conversations, requesters and keys go with it.
          </Text>
        </div>
        <Button variant="light" color="red" onClick={dialog.open}>
          Delete the project
        </Button>
      </Group>
      {isAsking && <Question projectId={projectId} name={name} onClose={dialog.close} />}
    </Paper>
  );
}

/** Nobody deletes a project by a slip: its slug has to be typed. */
function Question({ projectId, name, onClose }: DeleteProjectProps & { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const deleting = useMutation(
    trpc.projects.remove.mutationOptions({
      onError: onClose,
      onSuccess: async () => {
        notifyDone(`${name} is deleted.`);
        await queryClient.refetchQueries({ queryKey: projectsQuery(trpc).queryKey });
        await navigate({ to: '/' });
      },
    }),
  );
  return (
    <Modal opened onClose={onClose} title={`Delete ${name}?`} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text === projectId) deleting.mutate({ projectId });
        }}
      >
        <Stack>
          <Text size="sm">
            It is gone for everybody at once, and its keys are refused from the next call on. What is in it is removed for good
            after 30 days.
          </Text>
          <TextInput
            label={
              <>
                Type <Code>{projectId}</Code> to confirm
              </>
            }
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" color="red.9" loading={deleting.isPending} disabled={text !== projectId}>
              Delete for good
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
