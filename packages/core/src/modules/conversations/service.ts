import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { instantFor, lockConversation } from './locked-conversation.ts';
import { CONVERSATION_FIELDS, toConversation } from './rows.ts';
import { COUNTED_TO, type Conversation, type ConversationRef, type InboxCounts } from './schema.ts';

/** @throws {DomainError} CONVERSATION_NOT_FOUND */
export async function getConversation(ctx: ProjectContext, { id }: ConversationRef): Promise<Conversation> {
  return readConversation(ctx.access.db.prisma, ctx, id);
}

/** Reads a conversation, also inside a transaction. @throws {DomainError} CONVERSATION_NOT_FOUND */
export async function readConversation(tx: Transaction, ctx: ProjectContext, id: string): Promise<Conversation> {
  const row = await tx.conversation.findFirst({
    where: { id, projectId: ctx.tenant.project.id, deletedAt: null },
    select: { ...CONVERSATION_FIELDS, requester: { select: { name: true, email: true } } },
  });
  if (row === null) throw new DomainError('CONVERSATION_NOT_FOUND');
  const { requester, ...columns } = row;
  return toConversation(
    { ...columns, requesterName: requester?.name ?? null, requesterEmail: requester?.email ?? null },
    ctx.grant,
  );
}

/** Soft: the row stays, and nothing shows it any more. @throws {DomainError} CONVERSATION_NOT_FOUND */
export async function removeConversation(ctx: ProjectContext, { id }: ConversationRef): Promise<void> {
  await write(ctx, async (tx, audit) => {
    const at = instantFor(ctx, await lockConversation(tx, ctx, id));
    await tx.conversation.update({
      where: { id, projectId: ctx.tenant.project.id },
      data: { deletedAt: at, updatedAt: at, version: { increment: 1 } },
      select: { id: true },
    });
    await audit({ action: 'conversation.deleted', resourceType: 'conversation', resourceId: id });
    await publish(tx, actOf(ctx), { kind: 'conversation', conversationId: id, isPrivate: true });
  });
}

/** The figures of the inbox, each of an index of its own and counted no further than `COUNTED_TO`, in one statement. */
export async function countInbox(ctx: ProjectContext): Promise<InboxCounts> {
  const upTo = (condition: string) =>
    `(select count(*)::int4 from (select 1 from conversation
      where project_id = $1 and deleted_at is null and is_spam = false and ${condition} limit ${COUNTED_TO}) counted)`;
  const [counts] = await ctx.access.db.sql.query<InboxCounts>(
    `select ${upTo("status = 'open'")} as open,
       ${upTo('unread_count > 0')} as unread,
       ${upTo("status < 'resolved' and assignee_id = $2::uuid")} as mine,
       ${upTo("status < 'resolved' and assignee_id is null")} as unassigned,
       ${upTo("status = 'snoozed'")} as snoozed`,
    [ctx.tenant.project.id, ctx.grant.facts.user?.id ?? null],
  );
  if (counts === undefined) throw new Error('a count without a row');
  return counts;
}
