import { Button, Group, Input, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Failure, issuesByField, readFailure } from '../../failure.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { AllowedIpsField, faultOfNetworks } from './allowed-ips-field.tsx';
import { type Bound, boundScopes, EVERY_SERVICE, faultOfBound, missingForScan } from './bound.ts';
import { BoundField } from './bound-field.tsx';
import classes from './create-key-form.module.css';
import { EXPIRY_PRESETS, type ExpiryPreset, expiryOf, faultOfDay } from './expiry.ts';
import { type KeyHome, type NewKey, useKeyApi } from './key-api.ts';
import { OWNER_ME, OwnerSelect } from './owner-select.tsx';
import { Refusal } from './refusal.tsx';
import { ScanScopesHint } from './scan-scopes-hint.tsx';
import { ScopePicker } from './scope-picker.tsx';

type Values = {
  name: string;
  scopes: string[];
  bound: Bound;
  owner: string;
  expiry: ExpiryPreset;
  day: string;
  allowedIps: string[];
};

type CreateKeyFormProps = {
  readonly home: KeyHome;
  readonly organizationSlug: string | null;
  /** Whom the form begins with. */
  readonly ownerId?: string | undefined;
  readonly onCreated: (key: apiKeySchemas.CreatedApiKey) => void;
  readonly onCancel: () => void;
};

export function CreateKeyForm({ home, organizationSlug, ownerId = OWNER_ME, onCreated, onCancel }: CreateKeyFormProps) {
  const keys = useKeyApi(home);
  const grantable = useQuery(keys.grantable);
  const queryClient = useQueryClient();
  const form = useForm<Values>({
    initialValues: { name: '', scopes: [], bound: EVERY_SERVICE, owner: ownerId, expiry: '90', day: '', allowedIps: [] },
    validate: {
      name: (name) => (name.trim() === '' ? 'Give the key a name.' : null),
      scopes: (scopes) => faultOfScopes(scopes, home),
      allowedIps: faultOfNetworks,
      bound: (bound, { scopes }) => faultOfBound(scopes, bound),
      day: (day, { expiry }) => faultOfDay(expiry, day, new Date()),
    },
  });
  const creating = useMutation({
    mutationFn: keys.create,
    meta: { showsFailure: true },
    onError: (error) => form.setErrors(formErrors(readFailure(error))),
    onSuccess: (key) => {
      void queryClient.invalidateQueries({ queryKey: keys.list.queryKey });
      onCreated(key);
    },
  });
  if (grantable.isPending) return <TableSkeleton rows={6} />;
  if (grantable.isError) return <ErrorPanel error={grantable.error} onRetry={grantable.refetch} />;
  return (
    <form onSubmit={form.onSubmit((values) => creating.mutate(toNewKey(values)))} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="What it is for: the service or the script that will hold it."
          withAsterisk
          maxLength={120}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Group align="flex-start" grow preventGrowOverflow={false}>
          {organizationSlug !== null && (
            <OwnerSelect
              organizationSlug={organizationSlug}
              value={form.values.owner}
              onChange={(owner) => form.setFieldValue('owner', owner)}
              error={form.errors.ownerPrincipalId}
            />
          )}
          <Input.Wrapper
            label="Expires"
            labelElement="div"
            description="From then on it is refused."
            error={form.errors.expiresAt}
          >
            <SegmentedControl
              aria-label="Expires"
              mt={5}
              fullWidth
              data={EXPIRY_PRESETS.map((preset) => ({ ...preset }))}
              value={form.values.expiry}
              onChange={(expiry) => form.setFieldValue('expiry', expiry as ExpiryPreset)}
            />
            {form.values.expiry === 'custom' && (
              <TextInput type="date" label="Last day" mt="xs" withAsterisk {...form.getInputProps('day')} />
            )}
          </Input.Wrapper>
        </Group>
        <AllowedIpsField
          value={form.values.allowedIps}
          onChange={(allowedIps) => form.setFieldValue('allowedIps', allowedIps)}
          error={form.errors.allowedIps}
        />
        {home.kind === 'organization' && (
          <BoundField
            organizationId={home.ref}
            value={form.values.bound}
            onChange={(bound) => form.setFieldValue('bound', bound)}
            error={form.errors.bound}
          />
        )}
        <ScopePicker
          items={grantable.data.items}
          withCoarse={home.kind === 'organization'}
          value={form.values.scopes}
          onChange={(scopes) => form.setFieldValue('scopes', scopes)}
          error={form.errors.scopes}
        />
        {home.kind === 'organization' && (
          <ScanScopesHint scopes={form.values.scopes} onChange={(scopes) => form.setFieldValue('scopes', scopes)} />
        )}
        <div className={classes.footer}>
          {creating.isError && <Refusal failure={readFailure(creating.error)} mb="sm" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
            <Button type="submit" loading={creating.isPending}>
              Create key
            </Button>
          </Group>
        </div>
      </Stack>
    </form>
  );
}

function faultOfScopes(scopes: readonly string[], { kind }: KeyHome): string | null {
  if (scopes.length === 0) return 'Choose at least one scope.';
  return kind === 'organization' && missingForScan(scopes).length > 0 ? 'A key with these could not send a scan.' : null;
}

function formErrors(failure: Failure): Record<string, string> {
  if (failure.code === 'SCOPE_NOT_GRANTABLE') return { scopes: 'The owner of the key may not have some of these.' };
  return issuesByField(failure);
}

function toNewKey({ name, scopes, bound, owner, expiry, day, allowedIps }: Values): NewKey {
  return {
    name,
    scopes: boundScopes(scopes, bound),
    allowedIps,
    expiresAt: expiryOf(expiry, day, new Date())?.toISOString() ?? null,
    ...(owner === OWNER_ME ? { ownerPrincipalType: 'user' } : { ownerPrincipalType: 'service_account', ownerPrincipalId: owner }),
  };
}
