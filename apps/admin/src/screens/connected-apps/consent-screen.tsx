import { Alert, Button, Center, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconClockOff, IconLock } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Logo } from '../../ui/logo.tsx';
import { StepTitle } from '../device/step-title.tsx';
import { SignedInAs } from '../sign-in/signed-in-as.tsx';
import { AppIdentity } from './app-identity.tsx';
import { ConsentError, consentQuery, sendDecision } from './consent-api.ts';
import { ConsentForm } from './consent-form.tsx';

const route = getRouteApi('/connect/$uid');

/** Where a person lets an app in, or does not. */
export function ConsentScreen() {
  useDocumentTitle('Connect an app · Reqbase');
  const { uid } = route.useParams();
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={620} gap="lg">
        <Logo size="lg" />
        <Paper withBorder p={{ base: 'md', xs: 'xl' }} shadow="xs">
          <Request uid={uid} />
        </Paper>
        <SignedInAs returnTo={`/connect/${uid}`} />
      </Stack>
    </Center>
  );
}

function Request({ uid }: { readonly uid: string }) {
  const request = useQuery(consentQuery(uid));
  const deciding = useMutation({
    mutationFn: (decision: Parameters<typeof sendDecision>[1]) => sendDecision(uid, decision),
    meta: { showsFailure: true },
    // Back to the server, which leads on to the app.
    onSuccess: (redirectTo) => window.location.assign(new URL(redirectTo).pathname),
  });
  if (request.isPending) return <Skeleton height={360} aria-busy="true" aria-label="Reading the request" />;
  if (isOver(request.error) || isOver(deciding.error)) return <Over />;
  const deny = (
    <Button
      variant="default"
      size="md"
      loading={deciding.isPending && deciding.variables.decision === 'deny'}
      disabled={deciding.isPending || deciding.isSuccess}
      onClick={() => deciding.mutate({ decision: 'deny' })}
    >
      {request.data?.mayApprove === false ? 'Back to the app' : 'Deny'}
    </Button>
  );
  const refusal = deciding.isError && (
    <Alert color="red" role="alert" title="Nothing has been granted">
      {deciding.error.message}
    </Alert>
  );
  // Who cannot be told what is asked of them can still say no.
  if (request.isError)
    return (
      <Stack gap="lg">
        <StepTitle>Connect an app</StepTitle>
        <ErrorPanel error={request.error} onRetry={request.refetch} />
        {refusal}
        <Stack align="flex-end">{deny}</Stack>
      </Stack>
    );
  const { client, project, mayApprove, scopes } = request.data;
  return (
    <Stack gap="lg">
      <AppIdentity client={client} project={project} />
      {refusal}
      {mayApprove ? (
        <ConsentForm
          scopes={scopes}
          isPending={deciding.isPending || deciding.isSuccess}
          onAllow={(chosen) => deciding.mutate({ decision: 'allow', scopes: chosen })}
        >
          {deny}
        </ConsentForm>
      ) : (
        <>
          <Alert color="gray" icon={<IconLock size={18} />} title="You cannot allow this">
            {project === null
              ? 'You have no part in the project that the app asks for. Sign in with another account, or ask its owner for an invitation.'
              : `Only the owner of ${project.name} connects apps to it. Ask them, or sign in with another account.`}
          </Alert>
          <Stack align="flex-end">{deny}</Stack>
        </>
      )}
    </Stack>
  );
}

function isOver(error: Error | null): boolean {
  return error instanceof ConsentError && error.code === 'GONE';
}

function Over() {
  return (
    <Blank
      icon={<IconClockOff size={28} />}
      title="This request is over"
      description="It was decided on, has run out, or was begun in another browser. Start anew in the app."
    >
      <Text size="sm" c="dimmed">
        You can close this page.
      </Text>
    </Blank>
  );
}
