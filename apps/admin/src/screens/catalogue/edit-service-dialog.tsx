import { Alert, Button, Group, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ConflictAlert } from '../../ui/conflict-alert.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { LIFECYCLE_WORDS, LIFECYCLES } from './catalogue-words.tsx';

type Service = catalogueSchemas.Service;
type EditServiceDialogProps = {
  readonly organizationId: string;
  readonly service: Service;
  readonly onClose: () => void;
};
type Values = { readonly ownerTeam: string; readonly lifecycle: Service['lifecycle']; readonly tags: string[] };

const valuesOf = ({ ownerTeam, lifecycle, tags }: Service): Values => ({ ownerTeam: ownerTeam ?? '', lifecycle, tags });

/** Who owns a service and how far it is. What is entered is not saved over what somebody else has saved, unseen. */
export function EditServiceDialog({ organizationId, service, onClose }: EditServiceDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isNarrow = useIsNarrow();
  const [seen, setSeen] = useState(service);
  const form = useForm<Values>({ initialValues: valuesOf(service) });
  const saving = useMutation(
    trpc.services.update.mutationOptions({
      meta: { showsFailure: true },
      onError: async (error) => {
        const failure = readFailure(error);
        form.setErrors(issuesByField(failure));
        // Then it is said what there is by now; not before that is known.
        if (failure.code === 'PRECONDITION_FAILED')
          await queryClient.invalidateQueries(trpc.services.get.queryFilter({ organizationId, id: service.id }));
      },
      onSuccess: (changed) => {
        queryClient.setQueryData(trpc.services.get.queryKey({ organizationId, id: changed.id }), changed);
        void queryClient.invalidateQueries(trpc.services.list.pathFilter());
        notifyDone('The service is saved.');
        onClose();
      },
    }),
  );
  const failure = saving.isError ? readFailure(saving.error) : null;
  const isConflict = failure?.code === 'PRECONDITION_FAILED';
  const reload = () => {
    setSeen(service);
    saving.reset();
  };
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} title={`Edit ${service.name}`} fullScreen={isNarrow}>
      <form
        noValidate
        onSubmit={form.onSubmit(({ ownerTeam, lifecycle, tags }) =>
          saving.mutate({
            organizationId,
            id: service.id,
            ownerTeam: ownerTeam.trim() === '' ? null : ownerTeam.trim(),
            lifecycle,
            tags,
            ifVersion: seen.version,
          }),
        )}
      >
        <Stack>
          {isConflict && (
            <ConflictAlert
              what="the service, or scanned it"
              onKeep={reload}
              onDiscard={() => {
                reload();
                form.setValues(valuesOf(service));
                form.resetDirty(valuesOf(service));
              }}
            />
          )}
          {failure !== null && !isConflict && (
            <Alert color="red" role="alert" title={failure.message}>
              Nothing was changed. {failure.requestId !== null && `Request ${failure.requestId}`}
            </Alert>
          )}
          <TextInput
            label="Owner"
            description="The team that answers for it."
            maxLength={120}
            data-autofocus
            {...form.getInputProps('ownerTeam')}
          />
          <Select
            label="Lifecycle"
            data={LIFECYCLES.map((value) => ({ value, label: LIFECYCLE_WORDS[value] }))}
            allowDeselect={false}
            {...form.getInputProps('lifecycle')}
          />
          <TagsInput
            label="Tags"
            description="Press Enter after each."
            maxTags={20}
            maxLength={40}
            {...form.getInputProps('tags')}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={saving.isPending} disabled={isConflict}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
