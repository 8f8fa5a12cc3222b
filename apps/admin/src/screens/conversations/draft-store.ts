import { useSuspenseQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTRPC } from '../../trpc.ts';
import { meQuery } from '../members/me-query.ts';
import { createDrafts, type Draft } from './drafts.ts';

/** Of this browser. */
export const drafts = createDrafts(localStorage);

/** A person's draft for a conversation: who signs in next does not find it. */
export function useDraftKey(conversationId: string): string {
  const { data: me } = useSuspenseQuery(meQuery(useTRPC()));
  return `reqbase-draft ${me.userId} ${conversationId}`;
}

export function useDraft(key: string): Draft {
  return useSyncExternalStore(drafts.subscribe, () => drafts.read(key));
}
