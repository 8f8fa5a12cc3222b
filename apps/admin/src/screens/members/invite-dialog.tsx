import { Button, Group, Stack, TextInput } from '@mantine/core';
import { isEmail, useForm } from '@mantine/form';
import type { memberSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Refusal } from './member-dialog.tsx';
import { RoleChoice } from './role-choice.tsx';

type InviteDialogProps = { readonly projectId: string; readonly onClose: () => void };

export function InviteDialog({ projectId, onClose }: InviteDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { email: '', role: 'viewer' as memberSchemas.GivenRole },
    validate: { email: isEmail('Enter an e-mail address.') },
  });
  const inviting = useMutation(
    trpc.members.invite.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => form.setErrors(issuesByField(readFailure(error))),
      onSuccess: ({ email }) => {
        void queryClient.invalidateQueries(trpc.members.pathFilter());
        notifyDone(`${email} is invited. The link is good for seven days.`);
        onClose();
      },
    }),
  );
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} title="Invite to the project" centered>
      <form onSubmit={form.onSubmit((values) => inviting.mutate({ projectId, ...values }))} noValidate>
        <Stack>
          {inviting.isError && <Refusal error={inviting.error} />}
          <TextInput label="E-mail" type="email" maxLength={254} data-autofocus {...form.getInputProps('email')} />
          <RoleChoice projectId={projectId} value={form.values.role} onChange={(role) => form.setFieldValue('role', role)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={inviting.isPending}>
              Send invitation
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
