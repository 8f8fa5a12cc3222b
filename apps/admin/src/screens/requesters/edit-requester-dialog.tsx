import { Alert, Button, Checkbox, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { requesterSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';

type EditRequesterDialogProps = {
  readonly projectId: string;
  readonly requester: requesterSchemas.Requester;
  readonly onClose: () => void;
};

/** An emptied field is nothing, not an empty text. */
const orNull = (text: string) => (text.trim() === '' ? null : text);

export function EditRequesterDialog({ projectId, requester, onClose }: EditRequesterDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isNarrow = useIsNarrow();
  const form = useForm({
    initialValues: {
      name: requester.name ?? '',
      company: requester.company ?? '',
      jobTitle: requester.jobTitle ?? '',
      phone: requester.phone ?? '',
      emailOptOut: requester.emailOptOut,
    },
  });
  const saving = useMutation(
    trpc.requesters.update.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => form.setErrors(issuesByField(readFailure(error))),
      onSuccess: (changed) => {
        queryClient.setQueryData(trpc.requesters.get.queryKey({ projectId, id: requester.id }), changed);
        void queryClient.invalidateQueries(trpc.requesters.list.pathFilter());
        notifyDone('The details are saved.');
        onClose();
      },
    }),
  );
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} title="Edit details" fullScreen={isNarrow}>
      <form
        onSubmit={form.onSubmit(({ name, company, jobTitle, phone, emailOptOut }) =>
          saving.mutate({
            projectId,
            id: requester.id,
            name: orNull(name),
            company: orNull(company),
            jobTitle: orNull(jobTitle),
            phone: orNull(phone),
            emailOptOut,
          }),
        )}
        noValidate
      >
        <Stack>
          {saving.isError && (
            <Alert color="red" role="alert" title={saving.error.message}>
              Request {readFailure(saving.error).requestId}
            </Alert>
          )}
          <TextInput label="Name" maxLength={200} data-autofocus {...form.getInputProps('name')} />
          <TextInput label="Company" maxLength={200} {...form.getInputProps('company')} />
          <TextInput label="Job title" maxLength={200} {...form.getInputProps('jobTitle')} />
          <TextInput label="Phone" type="tel" maxLength={50} {...form.getInputProps('phone')} />
          <Checkbox label="Wants no e-mail notices" {...form.getInputProps('emailOptOut', { type: 'checkbox' })} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={saving.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
