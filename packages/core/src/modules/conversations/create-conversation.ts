import { DomainError } from '@reqbase/auth';
import { actOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { whereFeature } from '../backlog/service.ts';
import { openConversation } from './append.ts';
import type { Conversation, CreateConversation } from './schema.ts';
import { readConversation } from './service.ts';

/**
 * Opens a conversation with a requester by a first message of the team.
 *
 * @throws {DomainError} REQUESTER_NOT_FOUND; FEATURE_NOT_FOUND, also for one that the caller may not see
 */
export async function createConversation(ctx: ProjectContext, input: CreateConversation): Promise<Conversation> {
  const { requesterId, featureId = null, subject = null, body, contentType, channel } = input;
  return write(ctx, async (tx, audit) => {
    // Held against who merges or erases them: either takes the conversation along, or is waited for.
    const locked = await tx.$queryRaw<object[]>`
      select id from requester where id = ${requesterId}::uuid and project_id = ${ctx.tenant.project.id}::uuid for share`;
    if (locked.length === 0) throw new DomainError('REQUESTER_NOT_FOUND');
    if (
      featureId !== null &&
      (await tx.feature.findFirst({ where: whereFeature(ctx, featureId), select: { id: true } })) === null
    )
      throw new DomainError('FEATURE_NOT_FOUND');
    const { conversationId } = await openConversation(tx, actOf(ctx), {
      requesterId,
      featureId,
      subject,
      body,
      contentType,
      channel,
    });
    await audit({
      action: 'conversation.created',
      resourceType: 'conversation',
      resourceId: conversationId,
      diff: { requesterId, featureId },
    });
    return readConversation(tx, ctx, conversationId);
  });
}
