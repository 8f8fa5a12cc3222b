import { Button, Group, Radio, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { ROLES, type Role } from '@reqbase/core/contract';
import { useMutation } from '@tanstack/react-query';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Refusal } from '../api-keys/refusal.tsx';
import { ROLE_WORDS } from '../members/role-words.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import { isAbove, type ServiceAccount, useReadAgain } from './account-api.ts';

/** What the keys of an account with the role may do at most, in a sentence. */
const KEYS_MAY: Readonly<Record<Role, string>> = {
  viewer: 'Its keys read, and change nothing.',
  developer: 'Its keys may work with requests and conversations, and send scans.',
  admin: 'As a developer, and manage webhooks, projects and keys of the organization.',
  owner: 'Its keys may do everything, people and deletion included.',
};

type AccountDialogProps = {
  /** A new one without it. */
  readonly account?: ServiceAccount;
  readonly onClose: () => void;
};

export function AccountDialog({ account, onClose }: AccountDialogProps) {
  const { slug: organizationId, role: own } = useOrganization();
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const form = useForm({
    initialValues: { name: account?.name ?? '', role: account?.role ?? ('developer' as Role) },
    validate: { name: (name) => (name.trim() === '' ? 'Give the account a name.' : null) },
  });
  const handling = {
    meta: { showsFailure: true },
    onError: (error: unknown) => {
      form.setErrors(issuesByField(readFailure(error)));
      void readAgain();
    },
  };
  const done = async (message: string) => {
    await readAgain();
    notifyDone(message);
    onClose();
  };
  const creating = useMutation(
    trpc.serviceAccounts.create.mutationOptions({
      ...handling,
      onSuccess: ({ name }) => done(`Service account “${name}” is ready to own keys.`),
    }),
  );
  const changing = useMutation(
    trpc.serviceAccounts.update.mutationOptions({
      ...handling,
      onSuccess: ({ name }) => done(`Service account “${name}” is changed.`),
    }),
  );
  const save = form.onSubmit((values) =>
    account === undefined
      ? creating.mutate({ organizationId, ...values })
      : changing.mutate({ organizationId, id: account.id, ifVersion: account.version, ...values }),
  );
  const failure = creating.error ?? changing.error;
  return (
    <FormModal
      isDirty={form.isDirty()}
      onClose={onClose}
      title={account === undefined ? 'New service account' : `Edit “${account.name}”`}
      size={520}
    >
      <form onSubmit={save} noValidate>
        <Stack>
          {failure !== null && form.errors.name === undefined && <Refusal failure={readFailure(failure)} />}
          <TextInput
            label="Name"
            description="The program or the machine that it stands for."
            withAsterisk
            maxLength={120}
            data-autofocus
            {...form.getInputProps('name')}
          />
          <Radio.Group
            label="Role"
            description={account !== undefined && 'Another role counts from the next call of its keys on.'}
            value={form.values.role}
            onChange={(role) => form.setFieldValue('role', role as Role)}
          >
            <Stack gap="xs" mt="xs">
              {ROLES.map((role) => (
                <Radio
                  key={role}
                  value={role}
                  label={ROLE_WORDS[role]}
                  description={isAbove(role, own) ? 'Above your own role.' : KEYS_MAY[role]}
                  disabled={isAbove(role, own)}
                />
              ))}
            </Stack>
          </Radio.Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={creating.isPending || changing.isPending}
              disabled={account !== undefined && !form.isDirty()}
            >
              {account === undefined ? 'Create service account' : 'Save'}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
