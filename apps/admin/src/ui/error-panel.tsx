import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconAlertTriangle, IconLock } from '@tabler/icons-react';
import { readFailure } from '../failure.ts';

type ErrorPanelProps = { readonly error: unknown; readonly onRetry?: () => unknown };

/** Says what went wrong in the catalogue's words, with the request's id and a way to try again. */
export function ErrorPanel({ error, onRetry }: ErrorPanelProps) {
  const { code, message, requestId, detail } = readFailure(error);
  const isRefusal = code === 'FORBIDDEN' || code === 'PLAN_REQUIRED';
  return (
    <Alert
      role="alert"
      color={isRefusal ? 'gray' : 'red'}
      icon={isRefusal ? <IconLock size={18} /> : <IconAlertTriangle size={18} />}
      title={message}
    >
      {detail.requiredRole !== undefined && <Text size="sm">It needs the role {detail.requiredRole}.</Text>}
      {detail.requiredPlan !== undefined && <Text size="sm">It needs the plan {detail.requiredPlan}.</Text>}
      <Group justify="space-between" mt="xs">
        {requestId === null ? (
          <span />
        ) : (
          <Text size="sm">
            Request <Code>{requestId}</Code>
          </Text>
        )}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
