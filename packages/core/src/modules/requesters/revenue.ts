import type { Transaction } from '@reqbase/db';
import { MAX_INT } from '../../schema-kit.ts';

/**
 * Locks the features that requesters submitted or voted for, in the one order that all writers of features keep, and
 * returns their ids. In a transaction that locks more: requesters, then conversations, then features, then what is published.
 */
export async function lockFeaturesAskedBy(
  tx: Transaction,
  projectId: string,
  requesterIds: readonly string[],
): Promise<string[]> {
  for (let locked: ReadonlySet<string> = new Set(); ; ) {
    const asked = await featuresAskedBy(tx, projectId, requesterIds);
    // A vote may have been moved to another feature while this waited for the first. That is seldom; the second round may
    // be out of order, and the deadlock that comes of it is run again by `transact`.
    if (asked.every((id) => locked.has(id))) return asked;
    await tx.$queryRaw`select id from feature where id = any(${asked}::uuid[]) order by id for update`;
    locked = new Set(asked);
  }
}

async function featuresAskedBy(tx: Transaction, projectId: string, requesterIds: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from feature
    where project_id = ${projectId}::uuid
      and id in (
        select id from feature where requester_id = any(${requesterIds}::uuid[])
        union all select feature_id from vote where requester_id = any(${requesterIds}::uuid[])
      )`;
  return rows.map(({ id }) => id);
}

/** What a requester pays a month, in cents: the weight of what nobody else has asked for. */
export async function revenueOf(tx: Transaction, requesterId: string): Promise<number> {
  const { monthlyRevenue } = await tx.requester.findUniqueOrThrow({
    where: { id: requesterId },
    select: { monthlyRevenue: true },
  });
  return monthlyRevenue;
}

/**
 * Weighs features anew: the monthly revenue of all who asked, submitter and voters, each once. The caller has locked them.
 * Source: domain-model, `revenueWeight`.
 */
export async function reweigh(
  tx: Transaction,
  { projectId, at }: { readonly projectId: string; readonly at: Date },
  featureIds: readonly string[],
): Promise<void> {
  if (featureIds.length === 0) return;
  await tx.$executeRaw`
    update feature f set revenue_weight = w.weight, version = f.version + 1, updated_at = ${at}
    from (
      select x.id, least(coalesce(sum(r.monthly_revenue::bigint), 0), ${MAX_INT})::int4 as weight
      from feature x
      left join lateral (
        select requester_id from vote where feature_id = x.id
        union select x.requester_id where x.requester_id is not null
      ) asked on true
      left join requester r on r.id = asked.requester_id
      where x.project_id = ${projectId}::uuid and x.id = any(${featureIds}::uuid[])
      group by x.id
    ) w
    where f.id = w.id and f.revenue_weight <> w.weight`;
}
