import { Center, Paper, Skeleton, Stack } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Logo } from '../../ui/logo.tsx';
import { SignedInAs } from '../sign-in/signed-in-as.tsx';
import { CodeForm } from './code-form.tsx';
import { Decision } from './decision.tsx';
import { Outcome } from './outcome.tsx';

const route = getRouteApi('/device');

/** Where a person allows or refuses what a device asks for. */
export function DeviceScreen() {
  useDocumentTitle('Connect a device · Reqbase');
  const { code = '' } = route.useSearch();
  // Asked for by a press of the button, never by opening the page: whoever looks a code up has it to themselves.
  const [sought, setSought] = useState<string | null>(null);
  const navigate = useNavigate();
  const startAnew = () => {
    setSought(null);
    void navigate({ to: '/device', search: {}, replace: true });
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={620} gap="lg">
        <Logo size="lg" />
        <Paper withBorder p={{ base: 'md', xs: 'xl' }} shadow="xs">
          {sought === null ? (
            <CodeForm key={code} initialCode={code} refusal={null} onSubmit={setSought} />
          ) : (
            <Request key={sought} code={sought} onOther={setSought} onAnew={startAnew} />
          )}
        </Paper>
        <SignedInAs returnTo={pathOf(sought ?? code)} />
      </Stack>
    </Center>
  );
}

type RequestProps = {
  readonly code: string;
  readonly onOther: (code: string) => void;
  readonly onAnew: () => void;
};

function Request({ code, onOther, onAnew }: RequestProps) {
  const trpc = useTRPC();
  // Never from the cache: what was pending a moment ago may be over.
  const request = useQuery(trpc.device.lookUp.queryOptions({ userCode: code }, { staleTime: 0, gcTime: 0 }));
  if (request.isPending) return <Skeleton height={320} aria-busy="true" aria-label="Looking for the request" />;
  if (request.isError)
    return (
      <CodeForm
        initialCode={code}
        refusal={request.error}
        onSubmit={onOther}
        onAgain={() => void request.refetch()}
        isBusy={request.isFetching}
      />
    );
  return request.data.status === 'pending' ? (
    <Decision request={request.data} />
  ) : (
    <Outcome request={request.data} onAnew={onAnew} />
  );
}

function pathOf(code: string): string {
  return code === '' ? '/device' : `/device?code=${encodeURIComponent(code)}`;
}
