import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { endAppsOf } from '../connected-apps/service.ts';

/**
 * Deletes the project: from the next call on it does not exist for anybody, its keys open nothing, and its slug is free.
 * Everything in it is removed 30 days later.
 */
export async function removeProject(ctx: ProjectContext): Promise<void> {
  const { id, slug } = ctx.tenant.project;
  await write(ctx, async (tx, audit) => {
    const { count } = await tx.project.updateMany({
      where: { id, deletedAt: null },
      data: { deletedAt: ctx.clock(), slug: `deleted-${id}` },
    });
    // Somebody else has been first: it is gone, as wished.
    if (count === 0) return;
    await endAppsOf(tx, id);
    await audit({ action: 'project.deleted', resourceType: 'project', resourceId: id, diff: { slug } });
    await publish(tx, ctx, { kind: 'project', isPrivate: false });
  });
}
