import { Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { deviceSchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { EXPIRY_PRESETS, type ExpiryPreset, expiryOf, faultOfDay } from '../api-keys/expiry.ts';
import { useKeyApi } from '../api-keys/key-api.ts';
import { DecisionFailure } from './decision-failure.tsx';
import { ScopeChoice } from './scope-choice.tsx';
import type { Decision } from './use-decision.ts';

type ApprovalFormProps = {
  readonly request: deviceSchemas.DeviceRequest;
  /** Its slug. */
  readonly organization: string;
  readonly deciding: Decision;
  /** What can be done instead. */
  readonly children: ReactNode;
};

const EXPIRIES = EXPIRY_PRESETS.map(({ value, label }) => ({ value, label: value === 'custom' ? 'On a date' : label }));

/** What the key may do and how long, for one organization. */
export function ApprovalForm({ request, organization, deciding, children }: ApprovalFormProps) {
  const grantable = useQuery(useKeyApi({ kind: 'organization', ref: organization }).grantable);
  const [left, setLeft] = useState<readonly string[]>([]);
  const form = useForm({
    initialValues: { expiry: '90' as ExpiryPreset, day: '', isMine: false },
    validate: {
      day: (day, { expiry }) => faultOfDay(expiry, day, new Date()),
      isMine: (isMine) => (isMine ? null : 'Approve only what you have started yourself.'),
    },
  });
  if (grantable.isPending) return <TableSkeleton rows={4} />;
  if (grantable.isError) return <ErrorPanel error={grantable.error} onRetry={grantable.refetch} />;
  const asked = request.scopes.flatMap((word) => grantable.data.items.find(({ scope }) => scope === word) ?? []);
  const scopes = asked.filter(({ scope, grantable: may }) => may && !left.includes(scope)).map(({ scope }) => scope);
  const { expiry, day } = form.values;
  const approve = () =>
    deciding.approve({
      organizationId: organization,
      scopes,
      expiresAt: expiryOf(expiry, day, new Date())?.toISOString() ?? null,
    });
  return (
    <form onSubmit={form.onSubmit(approve)} noValidate>
      <Stack gap="lg">
        <ScopeChoice
          asked={asked}
          value={scopes}
          onChange={(chosen) => setLeft(request.scopes.filter((word) => !chosen.includes(word)))}
        />
        <Group align="flex-start" grow preventGrowOverflow={false}>
          <Select
            label="The key expires"
            data={EXPIRIES}
            value={expiry}
            onChange={(value) => form.setFieldValue('expiry', value ?? expiry)}
            allowDeselect={false}
          />
          {expiry === 'custom' && <TextInput type="date" label="Last day" withAsterisk {...form.getInputProps('day')} />}
        </Group>
        <Checkbox
          label={`I started this myself, on a device in front of me that shows ${request.userCode}.`}
          {...form.getInputProps('isMine', { type: 'checkbox' })}
        />
        <DecisionFailure failure={deciding.failure} />
        <Group justify="flex-end">
          {children}
          <Button type="submit" size="md" loading={deciding.isApproving} disabled={deciding.isDenying || scopes.length === 0}>
            Approve
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
