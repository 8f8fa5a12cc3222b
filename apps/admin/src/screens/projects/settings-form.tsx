import { Alert, Button, Group, Paper, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { can, type projectSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ConflictAlert } from '../../ui/conflict-alert.tsx';
import { LeaveGuard } from '../../ui/leave-guard.tsx';
import { TextLink } from '../../ui/links.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { TimeZoneSelect } from '../../ui/time-zone-select.tsx';
import { useProject } from './use-project.ts';

type SettingsFormProps = { readonly project: projectSchemas.Project; readonly mayEdit: boolean };
type Settings = Pick<projectSchemas.Project, 'name' | 'domain' | 'timezone' | 'agentPaused'>;

/** What is changed here, over the settings that it was changed from. */
type Draft = { readonly base: projectSchemas.Project; readonly changes: Partial<Settings> };

/** What is changed here outlives whatever else changes meanwhile, and is not saved over it unseen. */
export function SettingsForm({ project, mayEdit }: SettingsFormProps) {
  const [held, setHeld] = useState<Draft | null>(null);
  const { saving, faults } = useSave(() => setHeld(null));
  const { base, changes } = held ?? { base: project, changes: {} };
  const values: Settings = { ...project, ...changes };
  const isDirty = Object.entries(changes).some(([field, value]) => value !== project[field as keyof Settings]);
  const isOutdated = isDirty && base.version !== project.version;
  const replace = (next: Draft | null) => {
    saving.reset();
    setHeld(next);
  };
  const set = (change: Partial<Settings>) => {
    saving.reset();
    setHeld((before) =>
      before === null || !isDirty
        ? { base: project, changes: change }
        : { base: before.base, changes: { ...before.changes, ...change } },
    );
  };
  const isNameless = values.name.trim() === '';
  const isDisabled = !mayEdit || saving.isPending;
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="project">
      <Title order={2} id="project" mb="sm">
        Project
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isNameless && !isOutdated) saving.mutate({ projectId: project.slug, ...changes, ifVersion: base.version });
        }}
        noValidate
      >
        <Stack>
          {isOutdated && (
            <ConflictAlert
              what="the settings"
              onKeep={() => replace({ base: project, changes })}
              onDiscard={() => replace(null)}
            />
          )}
          {saving.isError && !isOutdated && (
            <Alert color="red" role="alert" title={saving.error.message}>
              Nothing was changed. Request {readFailure(saving.error).requestId}
            </Alert>
          )}
          <TextInput
            label="Name"
            maxLength={100}
            value={values.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
            error={isNameless ? 'A project needs a name.' : faults.name}
            disabled={isDisabled}
          />
          <TextInput
            label="Domain"
            description="Of your product, such as example.com. For your own orientation."
            maxLength={253}
            value={values.domain ?? ''}
            onChange={({ currentTarget: { value } }) => set({ domain: value.trim() === '' ? null : value.trim() })}
            error={faults.domain}
            disabled={isDisabled}
          />
          <TimeZoneSelect
            label="Time zone"
            description="Of the team: what “tomorrow at nine” means."
            value={values.timezone}
            onChange={(timezone) => set({ timezone })}
            error={faults.timezone}
            disabled={isDisabled}
          />
          <Switch
            label="Agents are paused"
            description="No agent may claim work on this project."
            checked={values.agentPaused}
            onChange={(event) => set({ agentPaused: event.currentTarget.checked })}
            disabled={isDisabled}
          />
          <OriginsHint project={project} />
          {mayEdit && (
            <Group justify="flex-end">
              <Button variant="default" disabled={!isDirty || saving.isPending} onClick={() => replace(null)}>
                Discard
              </Button>
              <Button type="submit" loading={saving.isPending} disabled={!isDirty || isOutdated}>
                Save settings
              </Button>
            </Group>
          )}
        </Stack>
      </form>
      <LeaveGuard isDirty={isDirty && !saving.isPending} />
    </Paper>
  );
}

function useSave(onSaved: () => void) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const saving = useMutation(
    trpc.projects.update.mutationOptions({
      meta: { showsFailure: true },
      // Then it is said what the present ones are.
      onError: (error, { projectId }) =>
        readFailure(error).code === 'PRECONDITION_FAILED' &&
        queryClient.invalidateQueries(trpc.projects.get.queryFilter({ projectId })),
      onSuccess: (changed, { projectId }) => {
        queryClient.setQueryData(trpc.projects.get.queryKey({ projectId }), changed);
        void queryClient.invalidateQueries(trpc.projects.list.pathFilter());
        onSaved();
        notifyDone('The settings are saved.');
      },
    }),
  );
  return { saving, faults: saving.isError ? issuesByField(readFailure(saving.error)) : {} };
}

/** They belong to the project, and are set where the widget is. */
function OriginsHint({ project: { slug, allowedOrigins } }: { readonly project: projectSchemas.Project }) {
  const { role } = useProject();
  if (!can(role, 'viewWidget')) return null;
  return (
    <Text size="sm" c="dimmed">
      The widget may be loaded by {allowedOrigins.length === 0 ? 'any page' : allowedOrigins.join(', ')}:{' '}
      <TextLink to="/projects/$slug/widget" params={{ slug }} hash="access" inherit underline="always">
        who may use it
      </TextLink>
      .
    </Text>
  );
}
