import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { meQuery } from '../members/me-query.ts';
import { signOut } from './session.ts';

/** Who decides here, and the way to be somebody else. */
export function SignedInAs({ returnTo }: { readonly returnTo: string }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const me = useSuspenseQuery(meQuery(useTRPC())).data;
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await navigate({ to: '/sign-in', search: { redirect: returnTo } });
      queryClient.clear();
    },
  });
  return (
    <Group justify="center" gap="xs">
      <Text size="sm" c="dimmed">
        Signed in as {me.email ?? me.name}
      </Text>
      <Button size="compact-sm" variant="subtle" loading={leaving.isPending} onClick={() => leaving.mutate()}>
        Use another account
      </Button>
    </Group>
  );
}
