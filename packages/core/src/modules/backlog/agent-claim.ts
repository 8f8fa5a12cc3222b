import { PLANS } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import * as z from 'zod';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import type { AgentClaim, AgentQuota, ClaimForAgent } from './agent-schema.ts';
import { lockFeatures, whereFeature } from './service.ts';

/**
 * Takes a feature up for an agent. A feature costs one of the organization's loops of the UTC month, however often it is
 * claimed and in whichever project it is. Never refuses: the answer says why nothing was claimed. A dry run says what
 * would come of it, and counts nothing. Source: wire-facts, agent-claims.
 */
export async function claimForAgent(ctx: ProjectContext, { featureId, dryRun }: ClaimForAgent): Promise<AgentClaim> {
  return write(ctx, async (tx, audit): Promise<AgentClaim> => {
    const refused = async (reason: AgentClaim['reason']): Promise<AgentClaim> => ({
      claimed: false,
      reason,
      quota: await readQuota(tx, ctx),
    });
    if (!(await lockVisible(tx, ctx, featureId))) return refused('feature_not_found');
    const { agentPaused } = await tx.project.findUniqueOrThrow({
      where: { id: ctx.tenant.project.id },
      select: { agentPaused: true },
    });
    if (agentPaused) return refused('agent_paused');
    const isCounted = (await tx.agentClaim.count({ where: { featureId } })) > 0;
    if (dryRun) {
      const { quota } = await refused('dry_run_ok');
      const isLeft = isCounted || quota.limit === null || quota.used < quota.limit;
      return {
        claimed: false,
        reason: isLeft ? 'dry_run_ok' : 'loop_quota_exhausted',
        ...(isCounted && { alreadyCounted: true }),
        quota,
      };
    }
    if (isCounted) return { claimed: true, alreadyCounted: true, quota: await readQuota(tx, ctx) };
    if (!(await takeLoop(tx, ctx))) return refused('loop_quota_exhausted');
    await tx.agentClaim.create({
      data: { featureId, projectId: ctx.tenant.project.id, principalId: principalOf(ctx), createdAt: ctx.clock() },
    });
    await audit({ action: 'feature.agent_claimed', resourceType: 'feature', resourceId: featureId });
    return { claimed: true, alreadyCounted: false, quota: await readQuota(tx, ctx) };
  });
}

/** Holds the feature, so that of two claims at once the second finds it counted. What is no id is nobody's. */
async function lockVisible(tx: Transaction, ctx: ProjectContext, featureId: string): Promise<boolean> {
  if (!z.uuid().safeParse(featureId).success) return false;
  await lockFeatures(tx, ctx, [featureId]);
  return (await tx.feature.count({ where: whereFeature(ctx, featureId) })) > 0;
}

/** One statement looks and counts: the last loop of a month goes to one claim. */
async function takeLoop(tx: Transaction, { tenant, clock }: ProjectContext): Promise<boolean> {
  const limit = PLANS[tenant.organization.plan].agentLoopsPerMonth;
  const taken = await tx.$queryRaw<unknown[]>`
    insert into agent_loop_month as m (org_id, month, used)
    values (${tenant.organization.id}::uuid, ${monthOf(clock())}::date, 1)
    on conflict (org_id, month) do update set used = m.used + 1 where ${limit}::int is null or m.used < ${limit}::int
    returning used`;
  return taken.length > 0;
}

async function readQuota(tx: Transaction, { tenant, clock }: ProjectContext): Promise<AgentQuota> {
  const now = clock();
  const month = await tx.agentLoopMonth.findUnique({
    where: { orgId_month: { orgId: tenant.organization.id, month: new Date(monthOf(now)) } },
    select: { used: true },
  });
  return {
    used: month?.used ?? 0,
    limit: PLANS[tenant.organization.plan].agentLoopsPerMonth,
    resetsAt: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString(),
  };
}

/** The first day of the UTC month. */
function monthOf(now: Date): string {
  return `${now.toISOString().slice(0, 7)}-01`;
}

function principalOf({ grant: { facts } }: ProjectContext): string {
  const id = facts.key?.id ?? facts.user?.id;
  if (id === undefined) throw new Error('a claim by nobody');
  return id;
}
