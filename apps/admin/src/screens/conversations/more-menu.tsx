import { ActionIcon, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can, conversationSchemas } from '@reqbase/core/contract';
import { IconAlertOctagon, IconCheck, IconDots, IconHourglassHigh, IconLock, IconMail, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useProject } from '../projects/use-project.ts';
import { conversationTitle, PRIORITY_WORDS, PriorityIcon } from './conversation-words.tsx';
import { useChangeConversation } from './use-change-conversation.ts';

const route = getRouteApi('/app/projects/$slug/inbox/$conversationId');
const PRIORITIES = conversationSchemas.ConversationPriority.options.toReversed();

type ConversationProps = { readonly projectId: string; readonly conversation: conversationSchemas.Conversation };
type MoreMenuProps = ConversationProps & { readonly onLeaveUnread: () => void };

/** What is done more seldom. */
export function MoreMenu({ projectId, conversation, onLeaveUnread }: MoreMenuProps) {
  const { id, status, priority, isSpam } = conversation;
  const { role } = useProject();
  const { change } = useChangeConversation(projectId, id);
  const [isClosing, closing] = useDisclosure();
  const [isDeleting, deleting] = useDisclosure();
  return (
    <>
      <Menu position="bottom-end" width={220} shadow="md">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label="More actions">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Priority</Menu.Label>
          {PRIORITIES.map((value) => (
            <Menu.Item
              key={value}
              leftSection={<PriorityIcon priority={value} size={16} />}
              rightSection={value === priority ? <IconCheck size={16} aria-label="chosen" /> : null}
              onClick={() => change({ priority: value })}
            >
              {PRIORITY_WORDS[value]}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconMail size={16} />} onClick={onLeaveUnread}>
            Mark as unread
          </Menu.Item>
          {(status === 'open' || status === 'snoozed') && (
            <Menu.Item
              leftSection={<IconHourglassHigh size={16} />}
              onClick={() =>
                change({ status: 'pending' }, { done: 'Pending: it waits for the requester.', undo: { status: 'open' } })
              }
            >
              Wait for the requester
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconAlertOctagon size={16} />}
            onClick={() =>
              change({ isSpam: !isSpam }, { done: isSpam ? 'Not spam any more.' : 'Marked as spam.', undo: { isSpam } })
            }
          >
            {isSpam ? 'Not spam' : 'Mark as spam'}
          </Menu.Item>
          {status !== 'closed' && (
            <Menu.Item leftSection={<IconLock size={16} />} onClick={closing.open}>
              Close for good…
            </Menu.Item>
          )}
          {can(role, 'deleteConversations') && (
            <Menu.Item leftSection={<IconTrash size={16} />} color="red" onClick={deleting.open}>
              Delete…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <CloseDialog isOpen={isClosing} projectId={projectId} id={id} onClose={closing.close} />
      <DeleteDialog isOpen={isDeleting} projectId={projectId} conversation={conversation} onClose={deleting.close} />
    </>
  );
}

type CloseDialogProps = {
  readonly isOpen: boolean;
  readonly projectId: string;
  readonly id: string;
  readonly onClose: () => void;
};

function CloseDialog({ isOpen, projectId, id, onClose }: CloseDialogProps) {
  const { change, isPending } = useChangeConversation(projectId, id);
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title="Close this conversation?"
      confirmLabel="Close for good"
      isPending={isPending}
      onConfirm={() => {
        change({ status: 'closed' }, { done: 'The conversation is closed.' });
        onClose();
      }}
      onClose={onClose}
    >
      <Text size="sm">
        A closed conversation takes no messages any more and is never opened again. If the requester writes, a new one begins. To
        be done for now, resolve it instead.
      </Text>
    </ConfirmDialog>
  );
}

type DeleteDialogProps = ConversationProps & { readonly isOpen: boolean; readonly onClose: () => void };

function DeleteDialog({ isOpen, projectId, conversation, onClose }: DeleteDialogProps) {
  const { id } = conversation;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = route.useNavigate();
  const filters = route.useSearch();
  const removing = useMutation(
    trpc.conversations.remove.mutationOptions({
      onError: onClose,
      onSuccess: async () => {
        await navigate({ to: '/projects/$slug/inbox', params: { slug: projectId }, search: filters });
        notifyDone('The conversation is deleted.');
        for (const query of [trpc.conversations.get, trpc.conversations.listMessages, trpc.conversations.listEvents])
          queryClient.removeQueries({ queryKey: [...query.pathKey(), { input: { projectId, id } }] });
        void queryClient.invalidateQueries(trpc.conversations.pathFilter());
      },
    }),
  );
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title="Delete this conversation?"
      confirmLabel="Delete conversation"
      isPending={removing.isPending}
      onConfirm={() => removing.mutate({ projectId, id })}
      onClose={onClose}
    >
      <Text size="sm">
        “{conversationTitle(conversation)}” goes with all of its messages, for the requester too. It is kept for 30 days and then
        erased.
      </Text>
    </ConfirmDialog>
  );
}
