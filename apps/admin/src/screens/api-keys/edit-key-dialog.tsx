import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { issuesByField, readFailure } from '../../failure.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { AllowedIpsField, faultOfNetworks } from './allowed-ips-field.tsx';
import { type KeyHome, useKeyApi } from './key-api.ts';
import { Refusal } from './refusal.tsx';

type EditKeyDialogProps = { readonly home: KeyHome; readonly apiKey: apiKeySchemas.ApiKey; readonly onClose: () => void };

/** What of a key can be changed: scopes, owner and expiry stay as they were granted. */
export function EditKeyDialog({ home, apiKey, onClose }: EditKeyDialogProps) {
  const keys = useKeyApi(home);
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { name: apiKey.name, allowedIps: apiKey.allowedIps },
    validate: {
      name: (name) => (name.trim() === '' ? 'Give the key a name.' : null),
      allowedIps: faultOfNetworks,
    },
  });
  const changing = useMutation({
    mutationFn: keys.update,
    meta: { showsFailure: true },
    onError: (error) => form.setErrors(issuesByField(readFailure(error))),
    onSuccess: async ({ name }) => {
      await queryClient.invalidateQueries({ queryKey: keys.list.queryKey });
      notifyDone(`Key “${name}” is changed.`);
      onClose();
    },
  });
  const save = form.onSubmit((values) => changing.mutate({ id: apiKey.id, ifVersion: apiKey.version, ...values }));
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} title={`Edit “${apiKey.name}”`} size={520}>
      <form onSubmit={save} noValidate>
        <Stack>
          {changing.isError && <Refusal failure={readFailure(changing.error)} />}
          <TextInput label="Name" withAsterisk maxLength={120} data-autofocus {...form.getInputProps('name')} />
          <AllowedIpsField
            value={form.values.allowedIps}
            onChange={(allowedIps) => form.setFieldValue('allowedIps', allowedIps)}
            error={form.errors.allowedIps}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={changing.isPending} disabled={!form.isDirty()}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
