import { Alert, Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconAlertTriangle } from '@tabler/icons-react';
import { readFailure } from '../../failure.ts';

const MINUTE_SECONDS = 60;

type CodeFormProps = {
  readonly initialCode: string;
  /** What became of the code that was asked for last. */
  readonly refusal: unknown;
  readonly onSubmit: (code: string) => void;
  /** Asks for the same code once more. */
  readonly onAgain?: () => void;
  readonly isBusy?: boolean;
};

/** Takes the code that the device shows. */
export function CodeForm({ initialCode, refusal, onSubmit, onAgain, isBusy = false }: CodeFormProps) {
  const form = useForm({
    initialValues: { code: initialCode.slice(0, 40) },
    validate: { code: (code) => (code.trim() === '' ? 'Enter the code that your device shows.' : null) },
  });
  return (
    <form
      onSubmit={form.onSubmit(({ code }) => (refusal !== null && code === initialCode ? onAgain?.() : onSubmit(code)))}
      noValidate
    >
      <Stack>
        <div>
          <Title order={1}>Connect a device</Title>
          <Text c="dimmed" size="sm" mt={4}>
            For a program that asks for an API key, such as the command line. Compare the code with the one that it shows.
          </Text>
        </div>
        {refusal !== null && <Refusal error={refusal} />}
        <TextInput
          label="Code"
          description="Eight letters and digits. Capitals and the dash do not matter."
          placeholder="XXXX-XXXX"
          size="lg"
          autoFocus
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={40}
          styles={{
            input: { fontFamily: 'var(--mantine-font-family-monospace)', letterSpacing: '0.1em', textTransform: 'uppercase' },
          }}
          {...form.getInputProps('code')}
        />
        <Button type="submit" size="md" loading={isBusy} fullWidth>
          Continue
        </Button>
        <Text size="sm" c="dimmed">
          Did somebody send you a code or a link to this page? Then close it: with your approval they would have your access.
        </Text>
      </Stack>
    </form>
  );
}

function Refusal({ error }: { readonly error: unknown }) {
  const { code, message, retryAfter } = readFailure(error);
  if (code === 'RATE_LIMITED') {
    const minutes = Math.ceil((retryAfter ?? MINUTE_SECONDS) / MINUTE_SECONDS);
    return (
      <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert" title="Too many wrong codes">
        Try again in {minutes === 1 ? 'a minute' : `${minutes} minutes`}.
      </Alert>
    );
  }
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert" title={message}>
      {code === 'USER_CODE_NOT_FOUND' &&
        'Compare it letter by letter. A code ends after 15 minutes, and belongs to the account that has looked it up first.'}
    </Alert>
  );
}
