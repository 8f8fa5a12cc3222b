import { Alert, Button, Group, Text } from '@mantine/core';
import { missingForScan } from './bound.ts';

type ScanScopesHintProps = { readonly scopes: readonly string[]; readonly onChange: (scopes: string[]) => void };

/** What a key that is to send scans lacks for that, and the way to choose it. */
export function ScanScopesHint({ scopes, onChange }: ScanScopesHintProps) {
  const missing = missingForScan(scopes);
  if (missing.length === 0) return null;
  return (
    <Alert color="blue" role="status">
      <Group justify="space-between" gap="sm">
        <Text size="sm" flex={1} miw={200}>
          Sending a scan also takes <span className="mono">{missing.join(' ')}</span>.
        </Text>
        <Button size="xs" variant="default" onClick={() => onChange([...scopes, ...missing])}>
          Choose them
        </Button>
      </Group>
    </Alert>
  );
}
