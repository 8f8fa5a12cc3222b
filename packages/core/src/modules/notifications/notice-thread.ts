import type { Transaction } from '@reqbase/db';
import type { Thread } from '../conversations/reply-address.ts';
import type { ToldNotice } from './notice-mail.ts';

/** What an answer to it is about is plain: not so of a comment, which everybody reads, or an announcement. */
const ANSWERED: ReadonlySet<string> = new Set(['message.replied', 'feature.status_changed', 'feature.completed']);

/**
 * The conversation of a recipient's own that a notice belongs to: the one that it tells of, else the latest about its
 * feature. Null for who has none, as those who only voted, and for a requester who is another by now.
 */
export async function threadOf(
  tx: Transaction,
  { type, featureId, conversationId, project }: ToldNotice,
  requesterId: string,
): Promise<Thread | null> {
  if (!ANSWERED.has(type) || (conversationId === null && featureId === null)) return null;
  const about = conversationId === null ? { featureId } : { id: conversationId };
  const found = await tx.conversation.findFirst({
    where: { ...about, requesterId, projectId: project.id, deletedAt: null },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { id: true },
  });
  return found === null ? null : { conversationId: found.id, requesterId };
}
