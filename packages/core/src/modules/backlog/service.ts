import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { FEATURE_FIELDS, toFeature } from './feature-row.ts';
import type { BacklogStats, Feature, FeatureRef, FeatureStatus, ProjectStats } from './schema.ts';
import { isPublic, isVisibleSql, seesPrivate, whereVisible } from './visibility.ts';

/** The feature that the caller means, as a condition: of this project, not deleted, and theirs to see. */
export function whereFeature(ctx: ProjectContext, id: string) {
  return { id, projectId: ctx.tenant.project.id, deletedAt: null, ...whereVisible(ctx.grant) };
}

/** The same of the feature `f` in a prepared statement, whose first two values it takes. */
export function featureInSql(ctx: ProjectContext, id: string): { readonly isFeature: string; readonly values: unknown[] } {
  return {
    isFeature: `f.id = $1::uuid and f.project_id = $2::uuid and f.deleted_at is null and ${isVisibleSql(ctx.grant)}`,
    values: [id, ctx.tenant.project.id],
  };
}

/**
 * Locks features of the project until the transaction ends, so that what is read of them afterwards stays true. One
 * order for all: two writers that name the same features never wait for each other.
 */
export async function lockFeatures(tx: Transaction, ctx: ProjectContext, ids: readonly string[]): Promise<void> {
  await tx.$queryRaw`
    select id from feature where project_id = ${ctx.tenant.project.id}::uuid and id = any(${ids}::uuid[]) order by id for update`;
}

/** @throws {DomainError} FEATURE_NOT_FOUND, also for one that the caller may not see */
export async function getFeature(ctx: ProjectContext, { id }: FeatureRef): Promise<Feature> {
  return readFeature(ctx.access.db.prisma, ctx, id);
}

/** Reads a feature, also inside a transaction. @throws {DomainError} FEATURE_NOT_FOUND */
export async function readFeature(tx: Transaction, ctx: ProjectContext, id: string): Promise<Feature> {
  const row = await tx.feature.findFirst({ where: whereFeature(ctx, id), select: FEATURE_FIELDS });
  if (row === null) throw new DomainError('FEATURE_NOT_FOUND');
  return { ...toFeature(row, ctx.grant), duplicateOfId: await visibleId(tx, ctx, row.duplicateOfId) };
}

/** The original of a duplicate, for who may see it: to others its id would say that it is there. */
export async function visibleId(tx: Transaction, ctx: ProjectContext, id: string | null): Promise<string | null> {
  if (id === null || seesPrivate(ctx.grant)) return id;
  return (await tx.feature.findFirst({ where: { id, ...whereVisible(ctx.grant) }, select: { id: true } }))?.id ?? null;
}

/** Soft: the row stays, and nothing shows it any more. @throws {DomainError} FEATURE_NOT_FOUND */
export async function deleteFeature(ctx: ProjectContext, { id }: FeatureRef): Promise<void> {
  await write(ctx, async (tx, audit) => {
    const now = ctx.clock();
    const [deleted] = await tx.feature.updateManyAndReturn({
      where: whereFeature(ctx, id),
      data: { deletedAt: now, updatedAt: now, version: { increment: 1 } },
      select: { category: true },
    });
    if (deleted === undefined) throw new DomainError('FEATURE_NOT_FOUND');
    await audit({ action: 'feature.deleted', resourceType: 'feature', resourceId: id });
    await publish(tx, ctx, { kind: 'feature', featureId: id, isPrivate: !isPublic(deleted.category) });
  });
}

const LANES: readonly FeatureStatus[] = ['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'];

/** Counts of what the caller may see, every lane present. */
export async function backlogStats(ctx: ProjectContext): Promise<BacklogStats> {
  const groups = await ctx.access.db.prisma.feature.groupBy({
    by: ['status'],
    where: { projectId: ctx.tenant.project.id, deletedAt: null, ...whereVisible(ctx.grant) },
    _count: { _all: true },
    _sum: { voteCount: true },
  });
  const laneBreakdown = LANES.map((status) => ({
    status,
    count: groups.find((group) => group.status === status)?._count._all ?? 0,
  }));
  return {
    featureCount: laneBreakdown.reduce((sum, { count }) => sum + count, 0),
    totalVoteCount: groups.reduce((sum, group) => sum + (group._sum.voteCount ?? 0), 0),
    laneBreakdown,
  };
}

/** The same, by the project that it is of. */
export async function projectStats(ctx: ProjectContext): Promise<ProjectStats> {
  return { projectId: ctx.tenant.project.id, ...(await backlogStats(ctx)) };
}
