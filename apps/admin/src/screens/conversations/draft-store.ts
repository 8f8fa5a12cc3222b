import { useSuspenseQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTRPC } from '../../trpc.ts';
import { meQuery } from '../members/me-query.ts';
import { createDrafts, type Draft } from './drafts.ts';
import { newMessageId } from './message-id.ts';

/** A reply and a note are two drafts, which never meet: what is meant for the team stays with it. */
export type Kind = 'reply' | 'note';

/** Of this browser. */
export const drafts = createDrafts(localStorage, newMessageId);

/** A person's draft of a kind for a conversation: who signs in next does not find it. */
export function useDraftKey(conversationId: string, kind: Kind): string {
  const { data: me } = useSuspenseQuery(meQuery(useTRPC()));
  return `reqbase-draft ${me.userId} ${conversationId} ${kind}`;
}

export function useDraft(key: string): Draft {
  return useSyncExternalStore(drafts.subscribe, () => drafts.read(key));
}
