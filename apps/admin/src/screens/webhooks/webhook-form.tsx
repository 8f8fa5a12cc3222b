import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { type Failure, issuesByField } from '../../failure.ts';
import { EventPicker } from './event-picker.tsx';

export type WebhookValues = { url: string; events: string[] };

export const WEBHOOK_RULES = {
  url: (url: string) => (URL.canParse(url.trim()) ? null : 'Give the URL of the receiver, with https:// before it.'),
  events: (events: string[]) => (events.length === 0 ? 'Choose at least one event.' : null),
};

/** What the server says of the fields. */
export function formErrors(failure: Failure): Record<string, string> {
  return issuesByField(failure);
}

type WebhookFormProps = {
  readonly form: UseFormReturnType<WebhookValues>;
  readonly failure: Failure | null;
  readonly submitLabel: string;
  readonly isPending: boolean;
  readonly onSubmit: (values: WebhookValues) => void;
  readonly onCancel: () => void;
};

export function WebhookForm({ form, failure, submitLabel, isPending, onSubmit, onCancel }: WebhookFormProps) {
  return (
    <form onSubmit={form.onSubmit(({ url, events }) => onSubmit({ url: url.trim(), events }))} noValidate>
      <Stack>
        {failure !== null && failure.issues.length === 0 && (
          <Alert color="red" role="alert" title={failure.message}>
            Nothing was changed. {failure.requestId !== null && `Request ${failure.requestId}`}
          </Alert>
        )}
        <TextInput
          label="URL"
          description="Where events are sent, by POST. It has to answer within 10 seconds."
          placeholder="https://hooks.example.com/reqbase"
          type="url"
          withAsterisk
          maxLength={2_000}
          data-autofocus
          {...form.getInputProps('url')}
        />
        <EventPicker
          value={form.values.events}
          onChange={(events) => form.setFieldValue('events', events)}
          error={form.errors.events}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
