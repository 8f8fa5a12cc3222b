import { Alert, Stack, Text } from '@mantine/core';
import { type apiKeySchemas, covers } from '@reqbase/core/contract';
import { IconShieldLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { CopyField } from '../../ui/copy-field.tsx';

type NewKeyPanelProps = {
  readonly apiKey: apiKeySchemas.CreatedApiKey;
  readonly projectSlug: string | null;
  readonly onCopy: () => void;
  readonly children: ReactNode;
};

/** The text of a new key, the only time that it exists outside of its owner's hands, and a call to try it with. */
export function NewKeyPanel({ apiKey, projectSlug, onCopy, children }: NewKeyPanelProps) {
  const mayRead = apiKey.scopes.some(({ permission }) => covers(permission, 'backlog:read'));
  return (
    <Stack>
      <Alert color="orange" icon={<IconShieldLock size={18} />} title={apiKey.warning}>
        <Text size="sm">Keep it in a secret store, not in code. We keep a hash of it and cannot show it to you again.</Text>
      </Alert>
      <CopyField label="API key" value={apiKey.rawKey} onCopy={onCopy} />
      {projectSlug !== null && (
        <div>
          <CopyField label="Example call" value={exampleCall(apiKey.rawKey, projectSlug)} onCopy={onCopy} />
          {!mayRead && (
            <Text size="xs" c="dimmed" mt={4}>
              This call needs <span className="mono">backlog:read</span>, which the key does not have: it will answer 403.
            </Text>
          )}
        </div>
      )}
      {children}
    </Stack>
  );
}

function exampleCall(rawKey: string, projectSlug: string): string {
  return `curl -H "Authorization: Bearer ${rawKey}" \\\n  "${window.location.origin}/p/${projectSlug}/api/v1/features?limit=3"`;
}
