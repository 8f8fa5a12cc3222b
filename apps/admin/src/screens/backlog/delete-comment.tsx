import { ActionIcon, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { backlogSchemas } from '@reqbase/core/contract';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';

type DeleteCommentProps = { readonly projectId: string; readonly comment: backlogSchemas.Comment };

export function DeleteComment({ projectId, comment }: DeleteCommentProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [isAsking, dialog] = useDisclosure();
  const removing = useMutation(
    trpc.backlog.removeComment.mutationOptions({
      onError: dialog.close,
      onSuccess: async () => {
        dialog.close();
        await queryClient.invalidateQueries(trpc.backlog.pathFilter());
        notifyDone('The comment is deleted.');
      },
    }),
  );
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        ml="auto"
        aria-label={`Delete the comment of ${comment.authorName}`}
        onClick={dialog.open}
      >
        <IconTrash size={15} />
      </ActionIcon>
      <ConfirmDialog
        isOpen={isAsking}
        title="Delete the comment?"
        confirmLabel="Delete comment"
        isPending={removing.isPending}
        onConfirm={() => removing.mutate({ projectId, id: comment.featureId, commentId: comment.id })}
        onClose={dialog.close}
      >
        <Text size="sm">
          What {comment.authorName} wrote is gone for everyone. If somebody has answered it, an empty place is left.
        </Text>
      </ConfirmDialog>
    </>
  );
}
