import { conversationSchemas } from '@reqbase/core/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { type TrpcOptions, trpcClient } from '../../trpc.ts';

type ThreadRef = { readonly projectId: string; readonly id: string };
type MessagePage = { readonly items: readonly conversationSchemas.Message[]; readonly hasOlder: boolean };

const OLDER = 50;

/** The messages of a thread from the newest backwards, a page at a time; within a page the oldest first. */
export function messagesQuery(trpc: TrpcOptions, ref: ThreadRef) {
  return infiniteQueryOptions({
    // Each reading of the whole begins at the end again, so that what has come since leaves no gap between the pages.
    queryKey: [...trpc.conversations.listMessages.infiniteQueryKey(ref)],
    queryFn: async ({ pageParam, signal }): Promise<MessagePage> => {
      const input = pageParam === null ? ref : { ...ref, before: pageParam, limit: OLDER };
      const answer = await trpcClient.conversations.listMessages.query(input, { signal });
      if (!Array.isArray(answer)) return { items: answer.items, hasOlder: answer.hasMore };
      return { items: answer, hasOlder: answer.length >= conversationSchemas.WHOLE_THREAD };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ items, hasOlder }) => (hasOlder ? (items[0]?.id ?? null) : null),
  });
}

/** All that happened to a conversation beside its messages, oldest first. */
export function eventsQuery(trpc: TrpcOptions, ref: ThreadRef) {
  return queryOptions({
    queryKey: [...trpc.conversations.listEvents.queryKey(ref)],
    queryFn: async ({ signal }) => {
      const events: conversationSchemas.ConversationEvent[] = [];
      let cursor: string | undefined;
      do {
        const page = await trpcClient.conversations.listEvents.query({ ...ref, limit: 100, cursor }, { signal });
        events.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return events;
    },
  });
}
