import { dayResetAt, PLANS, utcDay } from '@reqbase/auth';
import type { ProjectContext } from '../../trpc.ts';
import type { GetUsageHistory, UsageHistory, UsageToday } from './schema.ts';

const DAY_MS = 86_400_000;

/** Today's calls against the limit: the counter and the plan that the gate itself reads. */
export async function usageToday(ctx: ProjectContext): Promise<UsageToday> {
  const { project, organization } = ctx.tenant;
  const now = ctx.clock();
  const plan = PLANS[organization.plan];
  // MCP's, which counts in the same day: on Free it has all the calls, and on the other plans as many as REST.
  const limit = plan.mcpCallsPerDay;
  const calls = await ctx.access.meter.callsOn(project.id, utcDay(now));
  return {
    day: utcDay(now),
    calls,
    limit,
    remaining: limit === null ? null : Math.max(0, limit - calls),
    resetsAt: new Date(dayResetAt(now) * 1_000).toISOString(),
    plan: organization.plan,
    tier: plan.tier,
    callsPerMinute: plan.callsPerMinute,
  };
}

/** Calls by day and key, days without calls included. */
export async function usageHistory(ctx: ProjectContext, { days }: GetUsageHistory): Promise<UsageHistory> {
  const { project, organization } = ctx.tenant;
  const now = ctx.clock().getTime();
  const span = Array.from({ length: days }, (_, index) => utcDay(new Date(now - (days - 1 - index) * DAY_MS)));
  const rows = await ctx.access.meter.callsByKey(project.id, span[0] ?? utcDay(ctx.clock()), utcDay(ctx.clock()));
  const known = await ctx.access.db.prisma.apiKey.findMany({
    where: { id: { in: [...new Set(rows.map(({ keyId }) => keyId))] }, orgId: organization.id },
    select: { id: true, name: true, prefix: true },
  });
  const apps = await ctx.access.db.prisma.oAuthGrant.findMany({
    where: { id: { in: rows.map(({ keyId }) => keyId) }, projectId: project.id },
    select: { id: true, client: { select: { name: true, clientId: true } } },
  });
  const named = apps.map(({ id, client }) => ({ id, name: client.name ?? client.clientId, prefix: null }));
  const keyOf = new Map([...known, ...named].map((key) => [key.id, key]));
  const keys = new Map<string, UsageHistory['keys'][number]>();
  const byDay = new Map(span.map((day) => [day, { day, calls: 0, byKey: {} as Record<string, number> }]));
  for (const { day, keyId, calls } of rows) {
    const { name = 'Deleted key', prefix = null } = keyOf.get(keyId) ?? {};
    const key = keys.get(keyId) ?? { id: keyId, name, prefix, calls: 0 };
    keys.set(keyId, { ...key, calls: key.calls + calls });
    const entry = byDay.get(day);
    if (entry === undefined) continue;
    entry.calls += calls;
    entry.byKey[keyId] = calls;
  }
  return { keys: [...keys.values()].sort((a, b) => b.calls - a.calls), days: [...byDay.values()] };
}
