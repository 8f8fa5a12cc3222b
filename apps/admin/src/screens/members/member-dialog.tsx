import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { memberSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useProject } from '../projects/use-project.ts';
import { LeaveProject } from './leave-project.tsx';
import { RoleChoice } from './role-choice.tsx';
import { ROLE_WORDS } from './role-words.ts';

export type MemberAct = {
  readonly kind: 'role' | 'transfer' | 'remove' | 'leave';
  readonly member: memberSchemas.Member;
};
type MemberDialogProps = { readonly projectId: string; readonly act: MemberAct; readonly onClose: () => void };

export function MemberDialog({ projectId, act: { kind, member }, onClose }: MemberDialogProps) {
  const props = { projectId, member, onClose };
  if (kind === 'role') return <ChangeRole {...props} />;
  if (kind === 'transfer') return <Transfer {...props} />;
  return kind === 'remove' ? <Remove {...props} /> : <LeaveProject projectId={projectId} onClose={onClose} />;
}

type ActProps = { readonly projectId: string; readonly member: memberSchemas.Member; readonly onClose: () => void };

/** Who may do what has changed: whatever the page shows of it is read again, the own role too. */
function useDone({ onClose }: ActProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return (message: string) => {
    notifyDone(message);
    void queryClient.invalidateQueries(trpc.members.pathFilter());
    void queryClient.invalidateQueries(trpc.projects.list.pathFilter());
    onClose();
  };
}

function ChangeRole(props: ActProps) {
  const { projectId, member, onClose } = props;
  const trpc = useTRPC();
  const done = useDone(props);
  const [role, setRole] = useState<memberSchemas.GivenRole>(() => memberSchemas.GivenRole.catch('viewer').parse(member.role));
  const changing = useMutation(
    trpc.members.changeRole.mutationOptions({
      meta: { showsFailure: true },
      onSuccess: (changed) => done(`${changed.name} is now ${ROLE_WORDS[changed.role].toLowerCase()}.`),
    }),
  );
  return (
    <Modal opened onClose={onClose} title={`Role of ${member.name}`} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          changing.mutate({ projectId, id: member.userId, role });
        }}
      >
        <Stack>
          {changing.isError && <Refusal error={changing.error} />}
          <RoleChoice projectId={projectId} held={member.role} value={role} onChange={setRole} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={changing.isPending} disabled={role === member.role}>
              Change role
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Transfer(props: ActProps) {
  const { projectId, member, onClose } = props;
  const trpc = useTRPC();
  const done = useDone(props);
  const { organization } = useProject();
  const handing = useMutation(
    trpc.members.transferOwnership.mutationOptions({
      onError: onClose,
      onSuccess: () => done(`${member.name} owns the project now.`),
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      title={`Make ${member.name} the owner?`}
      confirmLabel="Hand the project over"
      isPending={handing.isPending}
      onConfirm={() => handing.mutate({ projectId, id: member.userId })}
      onClose={onClose}
    >
      <Text size="sm">
        {organization.role === 'owner'
          ? `A project has one owner. You keep all rights on it, as an owner of ${organization.name}.`
          : `A project has one owner. You become ${ROLE_WORDS[member.role].toLowerCase()} instead, and can then neither invite people nor issue keys. Only ${member.name} can give it back.`}
      </Text>
    </ConfirmDialog>
  );
}

function Remove(props: ActProps) {
  const { projectId, member, onClose } = props;
  const trpc = useTRPC();
  const done = useDone(props);
  const removing = useMutation(
    trpc.members.remove.mutationOptions({ onError: onClose, onSuccess: () => done(`${member.name} is removed.`) }),
  );
  return (
    <ConfirmDialog
      isOpen
      title={`Remove ${member.name}?`}
      confirmLabel="Remove from the project"
      isPending={removing.isPending}
      onConfirm={() => removing.mutate({ projectId, id: member.userId })}
      onClose={onClose}
    >
      <Text size="sm">
        Counts at once, for {member.name} and for every key of theirs. What they have done stays under their name; conversations
        assigned to them are nobody’s again.
      </Text>
    </ConfirmDialog>
  );
}

export function Refusal({ error }: { readonly error: unknown }) {
  const { message, detail, requestId } = readFailure(error);
  return (
    <Alert color="red" role="alert" title={message}>
      {detail.requiredPlan !== undefined && <Text size="sm">All seats are taken. The plan {detail.requiredPlan} has more.</Text>}
      {requestId !== null && `Request ${requestId}`}
    </Alert>
  );
}
