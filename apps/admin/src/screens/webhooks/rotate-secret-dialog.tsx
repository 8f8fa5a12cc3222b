import { Alert, Button, Group, Modal, Radio, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { absoluteTime } from '../../ui/relative-time.ts';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { SecretPanel, useSecretGuard } from './secret-panel.tsx';
import { hostOf, useReadAgain, type Webhook } from './webhook-api.ts';

type RotateSecretDialogProps = { readonly projectId: string; readonly webhook: Webhook; readonly onClose: () => void };

const AT_ONCE = '0';
const OVERLAPS = [
  { value: '24', label: '24 hours', description: 'Both secrets sign meanwhile: time to bring the new one to the receiver.' },
  { value: AT_ONCE, label: 'None', description: 'The secret has leaked: the new one alone signs from now on.' },
];

export function RotateSecretDialog({ projectId, webhook, onClose }: RotateSecretDialogProps) {
  const trpc = useTRPC();
  const readAgain = useReadAgain();
  const isNarrow = useIsNarrow();
  const guard = useSecretGuard(onClose);
  const [overlap, setOverlap] = useState('24');
  const rotating = useMutation(
    trpc.webhooks.rotateSecret.mutationOptions({ meta: { showsFailure: true }, onSuccess: () => void readAgain() }),
  );
  const { secret, rotatingUntil } = rotating.data ?? {};
  if (secret != null) {
    return (
      <Modal opened onClose={guard.leave} closeOnClickOutside={false} size={820} fullScreen={isNarrow} title="The new secret">
        <SecretPanel
          secret={secret}
          note={
            rotatingUntil == null
              ? 'The former secret does not sign any more: until the receiver has this one, it refuses what is sent.'
              : `Until ${absoluteTime(new Date(rotatingUntil))} the former secret signs too.`
          }
          onCopy={guard.onCopy}
        />
        <div style={{ marginTop: 'var(--mantine-spacing-md)' }}>{guard.footer}</div>
      </Modal>
    );
  }
  const failure = rotating.isError ? readFailure(rotating.error) : null;
  return (
    <Modal opened onClose={onClose} title={`Rotate the secret of ${hostOf(webhook)}`} centered>
      <Stack>
        {failure !== null && (
          <Alert color="red" role="alert" title={failure.message}>
            Nothing was changed. {failure.requestId !== null && `Request ${failure.requestId}`}
          </Alert>
        )}
        {webhook.rotatingUntil !== null && (
          <Alert color="orange">
            A rotation is under way until {absoluteTime(new Date(webhook.rotatingUntil))}. Another one ends the secret of before
            it now.
          </Alert>
        )}
        <Radio.Group label="The present one goes on signing for" value={overlap} onChange={setOverlap}>
          <Stack gap="xs" mt="xs">
            {OVERLAPS.map((option) => (
              <Radio key={option.value} {...option} />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            {...(overlap === AT_ONCE && { color: 'red.9' })}
            loading={rotating.isPending}
            onClick={() => rotating.mutate({ projectId, webhookId: webhook.id, overlapHours: Number(overlap) })}
          >
            Rotate secret
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
