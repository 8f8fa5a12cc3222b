import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { FormModal } from '../../ui/form-modal.tsx';
import { startOfDay } from '../../ui/local-day.ts';
import { plural } from '../../ui/number-format.ts';
import type { Decision } from './decision.ts';

const DAY_MS = 86_400_000;
const UNTIL = [
  { value: 'ever', label: 'For good' },
  { value: '7', label: 'For a week' },
  { value: '30', label: 'For 30 days' },
  { value: '90', label: 'For 90 days' },
  { value: 'day', label: 'Until a day' },
];

type DecisionDialogProps = {
  readonly state: 'accepted' | 'ignored';
  /** How many findings it is about. */
  readonly count: number;
  readonly isPending: boolean;
  readonly onDecide: (decision: Decision) => void;
  readonly onClose: () => void;
};

/** Why findings are accepted or ignored, and for how long the latter. */
export function DecisionDialog({ state, count, isPending, onDecide, onClose }: DecisionDialogProps) {
  const isIgnoring = state === 'ignored';
  const form = useForm({
    initialValues: { reason: '', until: 'ever', day: '' },
    validate: {
      reason: (reason) => (isIgnoring && reason.trim() === '' ? 'Say why: whoever comes after you will ask.' : null),
      day: (day, { until }) =>
        until === 'day' && !(startOfDay(day).getTime() > Date.now()) ? 'Choose a day that is to come.' : null,
    },
  });
  const { until } = form.values;
  return (
    <FormModal
      isDirty={form.isDirty()}
      onClose={onClose}
      title={`${isIgnoring ? 'Ignore' : 'Accept'} ${plural(count, 'finding')}`}
      centered
    >
      <form onSubmit={form.onSubmit((values) => onDecide(decisionOf(state, values)))} noValidate>
        <Stack>
          <Text size="sm" c="dimmed">
            {isIgnoring
              ? 'It no longer counts as open, also when later scans find it again.'
              : 'It is known and will stay: it no longer counts as open.'}
          </Text>
          <Textarea
            label="Reason"
            withAsterisk={isIgnoring}
            autosize
            minRows={2}
            maxLength={500}
            data-autofocus
            {...form.getInputProps('reason')}
          />
          {isIgnoring && <Select label="For how long" data={UNTIL} allowDeselect={false} {...form.getInputProps('until')} />}
          {isIgnoring && until === 'day' && (
            <TextInput label="Open again on" type="date" withAsterisk {...form.getInputProps('day')} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isPending}>
              {isIgnoring ? 'Ignore' : 'Accept'}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}

type Values = { readonly reason: string; readonly until: string; readonly day: string };

function decisionOf(state: 'accepted' | 'ignored', { reason, until, day }: Values): Decision {
  const text = reason.trim();
  return {
    state,
    ...(text !== '' && { reason: text }),
    ...(state === 'ignored' && until !== 'ever' && { ignoredUntil: instantOf(until, day).toISOString() }),
  };
}

function instantOf(until: string, day: string): Date {
  return until === 'day' ? startOfDay(day) : new Date(Date.now() + Number(until) * DAY_MS);
}
