import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import type { memberSchemas } from '@reqbase/core/contract';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { StatusDot, type Tone } from '../../ui/status-dot.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { ROLE_WORDS } from './role-words.ts';

type Invitation = memberSchemas.Invitation;
type InvitationListProps = { readonly projectId: string; readonly mayManage: boolean };

const STATES: Readonly<Record<Invitation['state'], { tone: Tone; label: string }>> = {
  open: { tone: 'waiting', label: 'Open' },
  accepted: { tone: 'good', label: 'Accepted' },
  revoked: { tone: 'neutral', label: 'Withdrawn' },
  expired: { tone: 'neutral', label: 'Expired' },
};

export function InvitationList({ projectId, mayManage }: InvitationListProps) {
  const trpc = useTRPC();
  const invitations = useInfiniteQuery(
    trpc.members.listInvitations.infiniteQueryOptions(
      { projectId, limit: 10 },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  if (invitations.isPending) return <TableSkeleton rows={2} height={52} />;
  if (invitations.isError) return <ErrorPanel error={invitations.error} onRetry={invitations.refetch} />;
  const rows = invitations.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nobody has been invited yet.
      </Text>
    );
  }
  return (
    <>
      <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
        {rows.map((invitation) => (
          <Paper key={invitation.id} component="li" withBorder p="sm">
            <Group justify="space-between" gap="sm">
              <div style={{ minWidth: 0 }}>
                <Text size="sm" fw={600} truncate>
                  {invitation.email}
                </Text>
                <Text size="xs" c="dimmed">
                  {ROLE_WORDS[invitation.role]}, invited {invitation.invitedBy !== null && `by ${invitation.invitedBy.name} `}
                  <TimeAgo at={invitation.createdAt} />
                  {invitation.state === 'open' && (
                    <>
                      , ends <TimeAgo at={invitation.expiresAt} />
                    </>
                  )}
                </Text>
              </div>
              <Group gap="sm" fz="sm">
                <StatusDot tone={STATES[invitation.state].tone}>{STATES[invitation.state].label}</StatusDot>
                {mayManage && <InvitationActions projectId={projectId} invitation={invitation} />}
              </Group>
            </Group>
          </Paper>
        ))}
      </Stack>
      <LoadMore query={invitations} label="More invitations" />
    </>
  );
}

/** An open one can be sent again or withdrawn, an expired one sent again. */
function InvitationActions({ projectId, invitation }: { readonly projectId: string; readonly invitation: Invitation }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const done = (message: string) => {
    setIsAsking(false);
    void queryClient.invalidateQueries(trpc.members.pathFilter());
    notifyDone(message);
  };
  const resending = useMutation(
    trpc.members.resendInvitation.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => {
        const failure = readFailure(error);
        const isTooSoon = failure.code === 'RATE_LIMITED';
        notifyFailure(isTooSoon ? { ...failure, message: 'The last e-mail went out less than a minute ago.' } : failure);
      },
      onSuccess: ({ email }) => done(`A new link is on its way to ${email}.`),
    }),
  );
  const revoking = useMutation(
    trpc.members.revokeInvitation.mutationOptions({
      onError: () => setIsAsking(false),
      onSuccess: () => done(`The invitation of ${invitation.email} is withdrawn.`),
    }),
  );
  if (invitation.state === 'accepted' || invitation.state === 'revoked') return null;
  const ref = { projectId, id: invitation.id };
  return (
    <Group gap="xs">
      <Button
        size="compact-sm"
        variant="default"
        loading={resending.isPending}
        onClick={() => resending.mutate(ref)}
        aria-label={`Send again: the invitation of ${invitation.email}`}
      >
        Send again
      </Button>
      {invitation.state === 'open' && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          onClick={() => setIsAsking(true)}
          aria-label={`Withdraw the invitation of ${invitation.email}`}
        >
          Withdraw
        </Button>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        title="Withdraw the invitation?"
        confirmLabel="Withdraw"
        isPending={revoking.isPending}
        onConfirm={() => revoking.mutate(ref)}
        onClose={() => setIsAsking(false)}
      >
        <Text size="sm">The link that {invitation.email} was sent stops working at once.</Text>
      </ConfirmDialog>
    </Group>
  );
}
