import { Alert, Button, Group, Paper, Select, Stack, Switch, TagsInput, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { projectSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { notifyDone } from '../../ui/notify.tsx';

type SettingsFormProps = { readonly project: projectSchemas.Project; readonly mayEdit: boolean };

const MAX_ORIGINS = 20;

export function SettingsForm({ project, mayEdit }: SettingsFormProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: {
      name: project.name,
      domain: project.domain ?? '',
      timezone: project.timezone,
      allowedOrigins: project.allowedOrigins,
      agentPaused: project.agentPaused,
    },
    validate: { name: (name) => (name.trim() === '' ? 'A project needs a name.' : null) },
  });
  const saving = useMutation(
    trpc.projects.update.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => form.setErrors(issuesByField(readFailure(error))),
      onSuccess: (changed, { projectId }) => {
        queryClient.setQueryData(trpc.projects.get.queryKey({ projectId }), changed);
        void queryClient.invalidateQueries(trpc.projects.list.pathFilter());
        void queryClient.invalidateQueries(trpc.widget.pathFilter());
        notifyDone('The settings are saved.');
      },
    }),
  );
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="project">
      <Title order={2} id="project" mb="sm">
        Project
      </Title>
      <form
        onSubmit={form.onSubmit(({ domain, ...values }) =>
          saving.mutate({ projectId: project.slug, ...values, domain: domain.trim() === '' ? null : domain.trim() }),
        )}
        noValidate
      >
        <fieldset disabled={!mayEdit} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
          <Stack>
            {saving.isError && (
              <Alert color="red" role="alert" title={saving.error.message}>
                Nothing was changed. Request {readFailure(saving.error).requestId}
              </Alert>
            )}
            <TextInput label="Name" maxLength={100} {...form.getInputProps('name')} />
            <TextInput
              label="Domain"
              description="Of your product, such as example.com. For your own orientation."
              maxLength={253}
              {...form.getInputProps('domain')}
            />
            <Select
              label="Time zone"
              description="Of the team: what “tomorrow at nine” means."
              data={[...new Set([form.values.timezone, ...ZONES])]}
              searchable
              allowDeselect={false}
              {...form.getInputProps('timezone')}
            />
            <TagsInput
              label="Allowed origins"
              description="Pages that may load the widget, such as https://app.example.com. None: any page may."
              placeholder={form.values.allowedOrigins.length === 0 ? 'Press Enter after each' : ''}
              maxTags={MAX_ORIGINS}
              {...form.getInputProps('allowedOrigins')}
            />
            <Switch
              label="Agents are paused"
              description="No agent may claim work on this project."
              {...form.getInputProps('agentPaused', { type: 'checkbox' })}
            />
            <Group justify="flex-end">
              <Button type="submit" loading={saving.isPending} disabled={!mayEdit || !form.isDirty()}>
                Save settings
              </Button>
            </Group>
          </Stack>
        </fieldset>
      </form>
    </Paper>
  );
}

/** Browsers leave UTC itself out of their list. */
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
