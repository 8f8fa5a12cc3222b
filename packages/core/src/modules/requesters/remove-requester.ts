import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { Prisma } from '@reqbase/db';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { lockConversationsOf } from './merge.ts';
import { publishRequester } from './publish-requester.ts';
import { lockFeaturesAskedBy, reweigh } from './revenue.ts';
import type { RequesterRef } from './schema.ts';

/** Who wrote a comment once nobody may know. */
const NOBODY = 'Deleted requester';

/**
 * Erases a requester for good, at their wish: the person, their votes, devices, subscriptions and conversations. What
 * they asked for stays in the backlog without them, and without what their browser told of it (screenshot, diagnostics,
 * the page that it was on); their comments stay under no name, and so does what the feed says of them.
 *
 * @throws {DomainError} REQUESTER_NOT_FOUND
 */
export async function removeRequester(ctx: ProjectContext, { id }: RequesterRef): Promise<void> {
  const projectId = ctx.tenant.project.id;
  await write(ctx, async (tx, audit) => {
    // First, as their browser does: what it is doing is there then, and what it does next finds nobody.
    await tx.$queryRaw`
      select id_hash from requester_device
      where project_id = ${projectId}::uuid and requester_id = ${id}::uuid order by id_hash for update`;
    const locked = await tx.$queryRaw<object[]>`
      select id from requester where id = ${id}::uuid and project_id = ${projectId}::uuid for no key update`;
    if (locked.length === 0) throw new DomainError('REQUESTER_NOT_FOUND');
    const conversations = await lockConversationsOf(tx, [id]);
    const features = await lockFeaturesAskedBy(tx, projectId, [id]);
    const at = ctx.clock();
    await eraseTraces(tx, { id, projectId, at });
    await tx.requester.delete({ where: { id, projectId }, select: { id: true } });
    await reweigh(tx, { projectId, at }, features);
    await audit({ action: 'requester.removed', resourceType: 'requester', resourceId: id });
    await publishRequester(tx, ctx, { features, hasConversations: conversations > 0, isInFeed: true });
  });
}

async function eraseTraces(
  tx: Transaction,
  { id, projectId, at }: { readonly id: string; readonly projectId: string; readonly at: Date },
): Promise<void> {
  await tx.conversation.deleteMany({ where: { requesterId: id, projectId } });
  await tx.$executeRaw`
    with taken as (delete from vote where requester_id = ${id}::uuid returning feature_id)
    update feature f set vote_count = f.vote_count - 1, version = f.version + 1, updated_at = ${at}
    from taken where f.id = taken.feature_id`;
  const own = { requesterId: id, projectId };
  await tx.featureScreenshot.deleteMany({ where: { feature: own } });
  await tx.feature.updateMany({
    where: own,
    data: {
      requesterId: null,
      diagnostics: Prisma.DbNull,
      pageUrl: null,
      hasScreenshot: false,
      version: { increment: 1 },
      updatedAt: at,
    },
  });
  await tx.comment.updateMany({ where: { authorKind: 'REQUESTER', authorId: id }, data: { authorId: null, authorName: NOBODY } });
  // What has not been sent to webhooks yet is not sent any more.
  await tx.webhookEvent.deleteMany({ where: { requesterId: id, projectId } });
  // The kind is written out for its index.
  await tx.$executeRaw`
    update notification set actor_id = null, actor_name = ${NOBODY}
    where actor_kind = 'REQUESTER' and actor_id = ${id}::uuid and project_id = ${projectId}::uuid`;
}
