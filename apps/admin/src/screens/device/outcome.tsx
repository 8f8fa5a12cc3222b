import { Button, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import type { deviceSchemas } from '@reqbase/core/contract';
import { IconBan, IconCheck, IconClock, IconKeyOff } from '@tabler/icons-react';
import { StepTitle } from './step-title.tsx';

type Request = deviceSchemas.DeviceRequest;
type End = {
  readonly title: string;
  readonly color: string;
  readonly Icon: typeof IconCheck;
  readonly text: (name: string) => string;
};

const ENDS: Readonly<Record<Exclude<Request['status'], 'pending'>, End>> = {
  approved: {
    title: 'Approved',
    color: 'teal.8',
    Icon: IconCheck,
    text: (name) => `Go back to your device: “${name}” gets its key within a few seconds. You can close this page.`,
  },
  redeemed: {
    title: 'This code has been used',
    color: 'gray.7',
    Icon: IconCheck,
    text: (name) => `“${name}” has got its key. You find it, and can revoke it, among the keys of the organization.`,
  },
  denied: {
    title: 'Denied',
    color: 'red.8',
    Icon: IconBan,
    text: (name) => `“${name}” gets no key. If that was you after all, start anew on your device.`,
  },
  lapsed: {
    title: 'This code is worth nothing any more',
    color: 'red.8',
    Icon: IconKeyOff,
    text: (name) => `It was approved, but when “${name}” came for its key, your role or the plan did not allow it any more.`,
  },
  expired: {
    title: 'This code has expired',
    color: 'gray.7',
    Icon: IconClock,
    text: () => 'A code is good for 15 minutes. Start anew on your device, and enter the code that it shows then.',
  },
};

/** What has become of a request. */
export function Outcome({ request, onAnew }: { readonly request: Request; readonly onAnew: () => void }) {
  const { status, clientName } = request;
  if (status === 'pending') throw new Error('an outcome of what is undecided');
  const { title, color, Icon, text } = ENDS[status];
  return (
    <Stack>
      <Group wrap="nowrap">
        <ThemeIcon color={color} size={36} radius="xl" aria-hidden="true">
          <Icon size={22} />
        </ThemeIcon>
        <StepTitle>{title}</StepTitle>
      </Group>
      <Text style={{ overflowWrap: 'anywhere' }}>{text(clientName)}</Text>
      <Group>
        <Button variant="default" onClick={onAnew}>
          Enter another code
        </Button>
      </Group>
    </Stack>
  );
}
