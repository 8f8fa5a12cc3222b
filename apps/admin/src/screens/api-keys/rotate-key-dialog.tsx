import { Alert, Button, Group, Radio, Stack, Text } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readFailure } from '../../failure.ts';
import { absoluteTime } from '../../ui/relative-time.ts';
import { type KeyHome, useKeyApi } from './key-api.ts';
import { MadeKeyDialog } from './made-key-dialog.tsx';
import { Refusal } from './refusal.tsx';

type RotateKeyDialogProps = {
  readonly home: KeyHome;
  readonly apiKey: apiKeySchemas.ApiKey;
  readonly projectSlug: string | null;
  readonly onClose: () => void;
};

const AT_ONCE = '0';
const OVERLAPS = [
  { value: '1', label: '1 hour', description: 'The new key is brought to its place right now.' },
  { value: '24', label: '24 hours', description: 'Time to bring the new key to its place.' },
  { value: '168', label: '7 days', description: 'For slow releases.' },
  { value: AT_ONCE, label: 'None', description: 'The key may have leaked: it is refused from its next call on.' },
];

/** Asks how long the present key is to work beside the new one, then shows that one. */
export function RotateKeyDialog({ home, apiKey, projectSlug, onClose }: RotateKeyDialogProps) {
  const keys = useKeyApi(home);
  const queryClient = useQueryClient();
  const [overlap, setOverlap] = useState('24');
  const [rotated, setRotated] = useState<apiKeySchemas.RotatedApiKey | null>(null);
  const rotating = useMutation({
    mutationFn: (overlapHours: number) => keys.rotate(apiKey.id, overlapHours),
    meta: { showsFailure: true },
    onSuccess: (made) => {
      void queryClient.invalidateQueries({ queryKey: keys.list.queryKey });
      setRotated(made);
    },
  });
  return (
    <MadeKeyDialog
      title={`Rotate “${apiKey.name}”`}
      size={520}
      made={rotated}
      note={rotated !== null && <Former apiKey={apiKey} endsAt={rotated.formerExpiresAt} />}
      projectSlug={projectSlug}
      onClose={onClose}
    >
      <Stack>
        {rotating.isError && <Refusal failure={readFailure(rotating.error)} />}
        <Text size="sm">
          Makes a key with the same name, scopes, owner and addresses that takes the place of{' '}
          <span className="mono">{apiKey.prefix}…</span>
        </Text>
        <Radio.Group label="The present one works for" value={overlap} onChange={setOverlap}>
          <Stack gap="xs" mt="xs">
            {OVERLAPS.map((option, index) => (
              <Radio key={option.value} {...option} {...(index === 1 && { 'data-autofocus': true })} />
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
            onClick={() => rotating.mutate(Number(overlap))}
          >
            Rotate key
          </Button>
        </Group>
      </Stack>
    </MadeKeyDialog>
  );
}

function Former({ apiKey, endsAt }: { readonly apiKey: apiKeySchemas.ApiKey; readonly endsAt: string }) {
  const end = new Date(endsAt);
  return (
    <Alert variant="default" title="The former key">
      <Text size="sm">
        <span className="mono">{apiKey.prefix}…</span>{' '}
        {end <= new Date()
          ? 'does not work any more.'
          : `works until ${absoluteTime(end)}. Until then its answers carry the header X-API-Key-Expires.`}
      </Text>
    </Alert>
  );
}
