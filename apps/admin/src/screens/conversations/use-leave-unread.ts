import { can } from '@reqbase/core/contract';
import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { focusRow } from '../../ui/move-in-list.ts';
import { useProject } from '../projects/use-project.ts';
import { useInvalidateConversation } from './use-invalidate-conversation.ts';

const route = getRouteApi('/app/projects/$slug/inbox/$conversationId');

/** Goes back to the list and leaves the conversation to be seen to: unread again, for who may say so. */
export function useLeaveUnread(): () => Promise<void> {
  const { slug: projectId, role } = useProject();
  const { conversationId: id } = route.useParams();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const trpc = useTRPC();
  const invalidateConversation = useInvalidateConversation(projectId);
  const { mutate } = useMutation(trpc.conversations.markUnread.mutationOptions({ onSuccess: () => invalidateConversation(id) }));
  return async () => {
    // First: a thread in sight would be marked as read at once.
    await navigate({ to: '/projects/$slug/inbox', params: { slug: projectId }, search: filters });
    focusRow('data-conversation', id);
    if (can(role, 'replyInbox')) mutate({ projectId, id });
  };
}
