import type { ProjectContext } from '../../trpc.ts';
import { listMessages } from './list-messages.ts';
import type { GetThread, Thread } from './schema.ts';
import { getConversation } from './service.ts';

/** A conversation and what was written in it, oldest first. @throws {DomainError} CONVERSATION_NOT_FOUND, BAD_REQUEST as `listMessages` */
export async function getThread(ctx: ProjectContext, { id, projectId, before }: GetThread): Promise<Thread> {
  const conversation = await getConversation(ctx, { id, projectId });
  const messages = await listMessages(ctx, {
    id,
    projectId,
    ...(before !== undefined && { before, limit: EARLIER }),
  });
  return { ...conversation, messages: Array.isArray(messages) ? messages : messages.items };
}

const EARLIER = 25;
