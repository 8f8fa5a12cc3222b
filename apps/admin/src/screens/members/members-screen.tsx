import { Alert, Button, Stack, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can } from '@reqbase/core/contract';
import { IconInfoCircle, IconUserPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { plural } from '../../ui/number-format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useProject } from '../projects/use-project.ts';
import { InvitationList } from './invitation-list.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { MemberList } from './member-list.tsx';

export function MembersScreen() {
  const project = useProject();
  const [isInviting, dialog] = useDisclosure();
  const mayManage = can(project.role, 'inviteMembers');
  return (
    <>
      <PageHeader
        title="Members"
        tabTitle={`Members · ${project.name}`}
        description={<SeatLine projectId={project.slug} />}
        actions={
          mayManage ? (
            <Button leftSection={<IconUserPlus size={16} />} onClick={dialog.open}>
              Invite
            </Button>
          ) : undefined
        }
      />
      <Stack gap="xl">
        {!mayManage && (
          <Alert icon={<IconInfoCircle size={18} />}>Only the owner invites members, changes roles and removes people.</Alert>
        )}
        <section aria-label="Members">
          <Members projectId={project.slug} mayManage={mayManage} />
        </section>
        <section aria-labelledby="invitations">
          <Title order={2} id="invitations" mb="sm">
            Invitations
          </Title>
          <InvitationList projectId={project.slug} mayManage={mayManage} />
        </section>
      </Stack>
      {isInviting && <InviteDialog projectId={project.slug} onClose={dialog.close} />}
    </>
  );
}

function SeatLine({ projectId }: { readonly projectId: string }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.members.seats.queryOptions({ projectId }));
  if (data === undefined) return 'Who works on the project.';
  if (data.limit === 0) return 'Who works on the project. The plan has no seats for developers and admins: viewers are free.';
  const taken = data.limit === null ? plural(data.used, 'seat') : `${data.used} of ${plural(data.limit, 'seat')}`;
  return `Who works on the project. ${taken} taken: developers and admins of the project take one.`;
}

function Members({ projectId, mayManage }: { readonly projectId: string; readonly mayManage: boolean }) {
  const trpc = useTRPC();
  const members = useInfiniteQuery(
    trpc.members.list.infiniteQueryOptions({ projectId }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  if (members.isPending) return <TableSkeleton rows={4} height={52} />;
  if (members.isError) return <ErrorPanel error={members.error} onRetry={members.refetch} />;
  return (
    <>
      <MemberList rows={members.data.pages.flatMap(({ items }) => items)} projectId={projectId} mayManage={mayManage} />
      <LoadMore query={members} />
    </>
  );
}
