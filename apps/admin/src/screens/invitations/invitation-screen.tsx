import { Alert, Button, Center, Paper, PasswordInput, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDocumentTitle } from '@mantine/hooks';
import type { memberSchemas } from '@reqbase/core/contract';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ButtonLink } from '../../ui/links.tsx';
import { Logo } from '../../ui/logo.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { meQuery } from '../members/me-query.ts';
import { ROLE_WORDS } from '../members/role-words.ts';
import { signIn, signOut } from '../sign-in/session.ts';
import { acceptWithNewAccount, readInvitation } from './invitation.ts';

const route = getRouteApi('/invitations/$token');
const SHORTEST_PASSWORD = 8;

/** Where the link of an invitation leads, signed in or not. */
export function InvitationScreen() {
  useDocumentTitle('Invitation · Reqbase');
  const { token } = route.useParams();
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => readInvitation(token, signal),
    retry: false,
  });
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={420} gap="lg">
        <Logo size="lg" />
        <Paper withBorder p="xl" shadow="xs">
          {invitation.isPending && <Skeleton height={180} aria-busy="true" />}
          {invitation.isError && <Refused title="This invitation cannot be used">{invitation.error.message}</Refused>}
          {invitation.isSuccess && <Offer token={token} invitation={invitation.data} />}
        </Paper>
      </Stack>
    </Center>
  );
}

type OfferProps = { readonly token: string; readonly invitation: memberSchemas.InvitationPreview };

function Offer({ token, invitation }: OfferProps) {
  return (
    <Stack>
      <div>
        <Title order={1}>Join {invitation.projectName}</Title>
        <Text c="dimmed" size="sm" mt={4}>
          {invitation.inviterName ?? 'The team'} invites {invitation.email} as {ROLE_WORDS[invitation.role].toLowerCase()}. The
          invitation ends <TimeAgo at={invitation.expiresAt} />.
        </Text>
      </div>
      {invitation.hasAccount ? (
        <AcceptSignedIn token={token} email={invitation.email} />
      ) : (
        <NewAccountForm token={token} email={invitation.email} />
      )}
    </Stack>
  );
}

type StepProps = { readonly token: string; readonly email: string };

/** For who has an account: accepted in person, by whoever is signed in with that address. */
function AcceptSignedIn({ token, email }: StepProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery({ ...meQuery(trpc), retry: false });
  const accepting = useMutation(
    trpc.invitations.accept.mutationOptions({
      meta: { showsFailure: true },
      onSuccess: ({ projectSlug }) =>
        enter(queryClient, () => navigate({ to: '/projects/$slug', params: { slug: projectSlug } })),
    }),
  );
  const leaving = useMutation({ mutationFn: signOut, onSuccess: () => queryClient.resetQueries(meQuery(trpc)) });
  if (me.isPending) return <Skeleton height={36} aria-busy="true" />;
  if (me.isError) {
    const isSignedOut = readFailure(me.error).code === 'UNAUTHORIZED';
    if (!isSignedOut) return <Refused title="The server does not answer">{readFailure(me.error).message}</Refused>;
    return (
      <ButtonLink to="/sign-in" search={{ redirect: `/invitations/${token}` }} fullWidth>
        Sign in to accept
      </ButtonLink>
    );
  }
  if (me.data.email?.toLowerCase() !== email.toLowerCase()) {
    return (
      <>
        <Text size="sm">
          You are signed in as {me.data.email}. The invitation is for {email}.
        </Text>
        <Button variant="default" loading={leaving.isPending} onClick={() => leaving.mutate()}>
          Sign out
        </Button>
      </>
    );
  }
  return (
    <>
      {accepting.isError && <Refused title={accepting.error.message}>Nothing was changed.</Refused>}
      <Button loading={accepting.isPending} onClick={() => accepting.mutate({ token })} fullWidth>
        Accept invitation
      </Button>
    </>
  );
}

/** For who has no account yet: the link has shown that the address is theirs. */
function NewAccountForm({ token, email }: StepProps) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: '', password: '' },
    validate: {
      name: (name) => (name.trim() === '' ? 'Say what you are called.' : null),
      password: (password) => (password.length < SHORTEST_PASSWORD ? `Choose at least ${SHORTEST_PASSWORD} characters.` : null),
    },
  });
  const joining = useMutation({
    mutationFn: async ({ name, password }: typeof form.values) => {
      const accepted = await acceptWithNewAccount({ token, name, password });
      await signIn({ email, password });
      return accepted;
    },
    meta: { showsFailure: true },
    onSuccess: ({ projectSlug }) => enter(queryClient, () => navigate({ to: '/projects/$slug', params: { slug: projectSlug } })),
  });
  return (
    <form onSubmit={form.onSubmit((values) => joining.mutate(values))} noValidate>
      <Stack>
        {joining.isError && <Refused title={joining.error.message} />}
        <TextInput label="E-mail" type="email" autoComplete="username" value={email} readOnly />
        <TextInput label="Your name" autoComplete="name" maxLength={100} autoFocus {...form.getInputProps('name')} />
        <PasswordInput
          label="Password"
          description={`At least ${SHORTEST_PASSWORD} characters`}
          autoComplete="new-password"
          maxLength={128}
          {...form.getInputProps('password')}
        />
        <Button type="submit" loading={joining.isPending} fullWidth mt="xs">
          Create account and join
        </Button>
      </Stack>
    </form>
  );
}

/** What was read without the session, or before the membership, is not true any more. */
async function enter(queryClient: ReturnType<typeof useQueryClient>, go: () => Promise<void>): Promise<void> {
  queryClient.clear();
  await go();
}

function Refused({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert" title={title}>
      {children}
    </Alert>
  );
}
