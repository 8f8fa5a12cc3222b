/** Plans, lowest first. */
export const PLAN_NAMES = ['free', 'pro', 'scale', 'enterprise'] as const;
export type PlanName = (typeof PLAN_NAMES)[number];

export type RateTier = 'starter' | 'pro' | 'scale' | 'enterprise';

export type Plan = {
  /** As the `X-RateLimit-Tier` header prints it. */
  readonly tier: RateTier;
  /** Calls a key may make in a minute. */
  readonly callsPerMinute: number;
  /** Calls a project may make in a UTC day, by all its keys and clients; null: as many as they like. */
  readonly callsPerDay: number | null;
  /** The same where what is called with is MCP: there Free has calls too. */
  readonly mcpCallsPerDay: number | null;
  /** Members of a project that may be developers or admins; null: as many as they like. */
  readonly developerSeats: number | null;
  /** Features that agents may take up in a UTC month, in all projects of the organization; null: as many as they like. */
  readonly agentLoopsPerMonth: number | null;
};

/** Source: contract Reqio, Daily quota; contract RogerIQ, rate tiers; wire-facts, Roles and agent-claims; scopes-codes-limits, Limits. */
export const PLANS: Readonly<Record<PlanName, Plan>> = {
  free: { tier: 'starter', callsPerMinute: 600, callsPerDay: 0, mcpCallsPerDay: 500, developerSeats: 0, agentLoopsPerMonth: 10 },
  pro: {
    tier: 'pro',
    callsPerMinute: 3_000,
    callsPerDay: 10_000,
    mcpCallsPerDay: 10_000,
    developerSeats: 3,
    agentLoopsPerMonth: 100,
  },
  scale: {
    tier: 'scale',
    callsPerMinute: 10_000,
    callsPerDay: 100_000,
    mcpCallsPerDay: 100_000,
    developerSeats: 15,
    agentLoopsPerMonth: 1_000,
  },
  enterprise: {
    tier: 'enterprise',
    callsPerMinute: 30_000,
    callsPerDay: null,
    mcpCallsPerDay: null,
    developerSeats: null,
    agentLoopsPerMonth: null,
  },
};

/** Keys, and whatever is called with one but MCP, begin with this plan (contract Reqio, Plan requirement). */
export const API_KEY_PLAN: PlanName = 'pro';

/** Says whether `plan` is `required` or above it. */
export function planIncludes(plan: PlanName, required: PlanName): boolean {
  return PLAN_NAMES.indexOf(plan) >= PLAN_NAMES.indexOf(required);
}

/** The higher of two plans. */
export function higherPlan(a: PlanName, b: PlanName): PlanName {
  return planIncludes(a, b) ? a : b;
}
