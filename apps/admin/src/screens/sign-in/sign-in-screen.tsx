import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { isEmail, isNotEmpty, useForm } from '@mantine/form';
import { useDocumentTitle } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { Logo } from '../../ui/logo.tsx';
import { signIn } from './session.ts';

const route = getRouteApi('/sign-in');

export function SignInScreen() {
  useDocumentTitle('Sign in · Reqbase');
  const router = useRouter();
  const queryClient = useQueryClient();
  const { redirect = '/' } = route.useSearch();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: { email: isEmail('Enter your e-mail address.'), password: isNotEmpty('Enter your password.') },
  });
  const signingIn = useMutation({
    mutationFn: signIn,
    meta: { showsFailure: true },
    onSuccess: () => {
      // Whatever the last person saw is not this one's.
      queryClient.clear();
      router.history.replace(redirect);
    },
  });
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={380} gap="lg">
        <Logo size="lg" />
        <Paper withBorder p="xl" shadow="xs">
          <form onSubmit={form.onSubmit((values) => signingIn.mutate(values))} noValidate>
            <Stack>
              <div>
                <Title order={1}>Sign in</Title>
                <Text c="dimmed" size="sm" mt={4}>
                  To what your users ask for.
                </Text>
              </div>
              {signingIn.isError && (
                <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert">
                  {signingIn.error.message}
                </Alert>
              )}
              <TextInput
                label="E-mail"
                type="email"
                autoComplete="username"
                autoFocus
                key={form.key('email')}
                {...form.getInputProps('email')}
              />
              <PasswordInput
                label="Password"
                autoComplete="current-password"
                key={form.key('password')}
                {...form.getInputProps('password')}
              />
              <Button type="submit" loading={signingIn.isPending} fullWidth mt="xs">
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
      </Stack>
    </Center>
  );
}
