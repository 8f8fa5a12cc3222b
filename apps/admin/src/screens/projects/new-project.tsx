import { ActionIcon, Button, Group, Stack, TextInput, Tooltip } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { projectsQuery } from './projects-query.ts';

type NewProjectProps = { readonly organizationId: string };

/** A small button beside the choice of projects. */
export function NewProjectIcon({ organizationId }: NewProjectProps) {
  const [isOpen, dialog] = useDisclosure();
  return (
    <>
      <Tooltip label="New project">
        <ActionIcon variant="default" size={36} aria-label="New project" onClick={dialog.open}>
          <IconPlus size={18} />
        </ActionIcon>
      </Tooltip>
      {isOpen && <NewProjectDialog organizationId={organizationId} onClose={dialog.close} />}
    </>
  );
}

/** The same where there is nothing else to do yet. */
export function NewProjectButton({ organizationId, label }: NewProjectProps & { readonly label: string }) {
  const [isOpen, dialog] = useDisclosure();
  return (
    <>
      <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
        {label}
      </Button>
      {isOpen && <NewProjectDialog organizationId={organizationId} onClose={dialog.close} />}
    </>
  );
}

function NewProjectDialog({ organizationId, onClose }: NewProjectProps & { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: '', slug: '', domain: '' },
    validate: { name: isNotEmpty('Give it a name.') },
  });
  const creating = useMutation(
    trpc.organizationProjects.create.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => {
        const failure = readFailure(error);
        form.setErrors(failure.code === 'SLUG_CONFLICT' ? { slug: failure.message } : issuesByField(failure));
      },
      onSuccess: async ({ slug, name }) => {
        // First: the page that is gone to looks for it in the list.
        await queryClient.refetchQueries({ queryKey: projectsQuery(trpc).queryKey });
        onClose();
        notifyDone(`${name} is there.`);
        await navigate({ to: '/projects/$slug/backlog', params: { slug } });
      },
    }),
  );
  const isShownInForm = Object.keys(form.errors).length > 0;
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} title="New project" centered>
      <form
        onSubmit={form.onSubmit(({ name, slug, domain }) =>
          creating.mutate({
            organizationId,
            name,
            timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
            ...(slug !== '' && { slug }),
            ...(domain !== '' && { domain }),
          }),
        )}
        noValidate
      >
        <Stack>
          {creating.isError && !isShownInForm && <ErrorPanel error={creating.error} />}
          <TextInput label="Name" maxLength={100} data-autofocus {...form.getInputProps('name')} />
          <TextInput
            label="Slug"
            description="Its name in addresses and in the widget. Left empty, it is made of the name."
            maxLength={60}
            {...form.getInputProps('slug')}
          />
          <TextInput label="Domain" description="Where the product lives, if it has a place." {...form.getInputProps('domain')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={creating.isPending}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
