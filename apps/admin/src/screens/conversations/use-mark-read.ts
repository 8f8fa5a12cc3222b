import { useMutation } from '@tanstack/react-query';
import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { useInvalidateConversation } from './use-invalidate-conversation.ts';

/** Each twice as long after the last: about half a minute in all. */
const RETRIES = 5;

type MarkRead = {
  readonly projectId: string;
  readonly conversationId: string;
  readonly unreadIds: readonly string[];
  /** In which the messages scroll; each has its id in `data-message`. */
  readonly scroller: RefObject<HTMLElement | null>;
  readonly isAllowed: boolean;
};

/** Marks what the requester wrote as read, up to the last message that was really in sight in a page that was, too. */
export function useMarkRead({ projectId, conversationId, unreadIds, scroller, isAllowed }: MarkRead): void {
  const trpc = useTRPC();
  const invalidateConversation = useInvalidateConversation(projectId);
  const { mutate } = useMutation(
    trpc.conversations.markRead.mutationOptions({
      // Nobody has asked for it, so nobody is told; and to mark twice is to mark once.
      meta: { showsFailure: true },
      retry: (failures, error) => failures < RETRIES && readFailure(error).isTransient,
      onSuccess: () => invalidateConversation(conversationId),
    }),
  );
  const isVisible = useSyncExternalStore(onVisibilityChange, isPageVisible);
  // As a text: only other messages are something else to observe, not another rendering.
  const unread = unreadIds.join(' ');
  const marked = useRef('');
  useEffect(() => {
    const root = scroller.current;
    if (!isAllowed || !isVisible || root === null || unread === '') return;
    const ids = unread.split(' ');
    const seen = new Set<string>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          const id = target.getAttribute('data-message');
          if (isIntersecting && id !== null) seen.add(id);
        }
        const last = ids.findLast((id) => seen.has(id));
        if (last === undefined || last === marked.current) return;
        marked.current = last;
        mutate({ projectId, id: conversationId, upToMessageId: last }, { onError: () => (marked.current = '') });
      },
      { root },
    );
    for (const id of ids) {
      const element = root.querySelector(`[data-message="${CSS.escape(id)}"]`);
      if (element !== null) observer.observe(element);
    }
    return () => observer.disconnect();
  }, [unread, isAllowed, isVisible, projectId, conversationId, scroller, mutate]);
}

function isPageVisible(): boolean {
  return document.visibilityState === 'visible';
}

function onVisibilityChange(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}
