import { Button, Checkbox, Group, Stack, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { notifyDone } from '../../ui/notify.tsx';

type CommentFormProps = { readonly projectId: string; readonly featureId: string };

export function CommentForm({ projectId, featureId }: CommentFormProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { body: '', isInternal: false },
    validate: { body: (body) => (body.trim() === '' ? 'Write something first.' : null) },
  });
  const commenting = useMutation(
    trpc.backlog.createComment.mutationOptions({
      onError: (error) => form.setErrors(issuesByField(readFailure(error))),
      onSuccess: async () => {
        form.reset();
        // A comment counts as a change of the request: its version grows, and the list shows the number.
        await queryClient.invalidateQueries(trpc.backlog.pathFilter());
        notifyDone('The comment is added.');
      },
    }),
  );
  return (
    <form onSubmit={form.onSubmit((values) => commenting.mutate({ projectId, id: featureId, ...values }))} noValidate>
      <Stack gap="xs">
        <Textarea label="Add a comment" autosize minRows={2} maxRows={10} maxLength={5_000} {...form.getInputProps('body')} />
        <Group justify="space-between">
          <Checkbox label="Internal: for the team only" {...form.getInputProps('isInternal', { type: 'checkbox' })} />
          <Button type="submit" loading={commenting.isPending}>
            Comment
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
