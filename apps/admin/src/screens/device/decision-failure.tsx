import { Alert, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Failure } from '../../failure.ts';

/** Why the decision was not taken. */
export function DecisionFailure({ failure }: { readonly failure: Failure | null }) {
  if (failure === null) return null;
  const { message, detail, requestId } = failure;
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} title={message} role="alert">
      <List size="sm">
        {detail.offenders?.map(({ scope, reason }) => (
          <List.Item key={scope}>
            <span className="mono">{scope}</span>: {reason}
          </List.Item>
        ))}
      </List>
      {requestId !== null && <Text size="xs">Request {requestId}</Text>}
    </Alert>
  );
}
