import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconShieldLock } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { CopyField } from '../../ui/copy-field.tsx';

type SecretPanelProps = { readonly secret: string; readonly note: ReactNode; readonly onCopy: () => void };

/** The secret of a webhook, the only time that it is shown, and how a receiver uses it. */
export function SecretPanel({ secret, note, onCopy }: SecretPanelProps) {
  return (
    <Stack>
      <Alert color="orange" icon={<IconShieldLock size={18} />} title="Store this secret now. It is not shown again.">
        <Text size="sm">{note}</Text>
      </Alert>
      <CopyField label="Signing secret" value={secret} onCopy={onCopy} />
      <CopyField label="Check in Node.js" value={CHECK} />
    </Stack>
  );
}

/** The same as in docs/webhooks.md, where it is tested. */
const CHECK = `import { createHmac, timingSafeEqual } from 'node:crypto';

// rawBody: the bytes as they came, before any parsing.
const [t, ...signatures] = request.headers['x-reqbase-signature'].split(',').map((part) => part.slice(part.indexOf('=') + 1));
const id = request.headers['x-reqbase-event-id'];
const expected = createHmac('sha256', process.env.REQBASE_WEBHOOK_SECRET).update(\`\${t}.\${id}.\${rawBody}\`).digest();
const isGenuine = signatures.some((hex) => hex.length === 64 && timingSafeEqual(Buffer.from(hex, 'hex'), expected));
const isRecent = Math.abs(Date.now() / 1000 - Number(t)) < 300;`;

/** Keeps a dialog that shows a secret open until it is copied, or until somebody says that it need not be. */
export function useSecretGuard(onClose: () => void) {
  const [isCopied, setIsCopied] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const leave = () => (isCopied ? onClose() : setIsLeaving(true));
  const footer = isLeaving ? (
    <Alert color="orange" title="You have not copied the secret" role="alert">
      <Text size="sm">It is not shown again. Without it, the receiver cannot tell who calls; you would have to rotate it.</Text>
      <Group justify="flex-end" mt="sm">
        <Button variant="default" onClick={onClose}>
          Close anyway
        </Button>
        <Button onClick={() => setIsLeaving(false)} data-autofocus>
          Back to the secret
        </Button>
      </Group>
    </Alert>
  ) : (
    <Group justify="flex-end">
      <Button onClick={leave}>Done</Button>
    </Group>
  );
  return { leave, footer, onCopy: () => setIsCopied(true) };
}
