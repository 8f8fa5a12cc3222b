import { Alert, List, Text } from '@mantine/core';
import type { Failure } from '../../failure.ts';

/** What no field of a form can show. */
export function Refusal({ failure, ...place }: { readonly failure: Failure; readonly mb?: 'sm' }) {
  const { message, detail, issues, code, requestId } = failure;
  return (
    <Alert color="red" title={message} role="alert" {...place}>
      <List size="sm">
        {detail.offenders?.map(({ scope, reason }) => (
          <List.Item key={scope}>
            <span className="mono">{scope}</span>: {reason}
          </List.Item>
        ))}
      </List>
      {code === 'CONFLICT' &&
        issues.map((issue) => (
          <Text key={issue.message} size="sm">
            {issue.message}
          </Text>
        ))}
      {requestId !== null && <Text size="xs">Request {requestId}</Text>}
    </Alert>
  );
}
