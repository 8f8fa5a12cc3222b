import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { API_KEY_PLAN, higherPlan, PLAN_NAMES, PLANS, planIncludes } from './plans.ts';

const plans = fc.constantFrom(...PLAN_NAMES);

describe('limits', () => {
  // Contract Reqio, Daily quota; contract RogerIQ, rate tiers (wire-facts: 600, 3,000, 10,000, 30,000 a minute).
  it.each([
    ['free', 'starter', 600, 0, 500, 0, 10],
    ['pro', 'pro', 3_000, 10_000, 10_000, 3, 100],
    ['scale', 'scale', 10_000, 100_000, 100_000, 15, 1_000],
    ['enterprise', 'enterprise', 30_000, null, null, null, null],
  ] as const)(
    'of the plan %s are those of the contracts: tier %s, %i calls a minute, %s a day, %s by MCP, %s developer seats, %s agent loops a month',
    (plan, tier, callsPerMinute, callsPerDay, mcpCallsPerDay, developerSeats, agentLoopsPerMonth) => {
      expect(PLANS[plan]).toEqual({ tier, callsPerMinute, callsPerDay, mcpCallsPerDay, developerSeats, agentLoopsPerMonth });
    },
  );

  it('exist for every plan and for nothing else', () => {
    expect(Object.keys(PLANS)).toEqual([...PLAN_NAMES]);
  });

  it('never shrink with a higher plan', () => {
    fc.assert(
      fc.property(plans, plans, (lower, higher) => {
        fc.pre(planIncludes(higher, lower));
        expect(PLANS[higher].callsPerMinute).toBeGreaterThanOrEqual(PLANS[lower].callsPerMinute);
        for (const limit of ['callsPerDay', 'mcpCallsPerDay', 'developerSeats', 'agentLoopsPerMonth'] as const)
          expect(PLANS[higher][limit] ?? Infinity).toBeGreaterThanOrEqual(PLANS[lower][limit] ?? Infinity);
      }),
    );
  });
});

describe('the order of plans', () => {
  it('is free, pro, scale, enterprise', () => {
    expect(PLAN_NAMES).toEqual(['free', 'pro', 'scale', 'enterprise']);
    const included = PLAN_NAMES.map((plan) => PLAN_NAMES.filter((required) => planIncludes(plan, required)).length);
    expect(included).toEqual([1, 2, 3, 4]);
  });

  it('is total: of two plans the higher includes both', () => {
    fc.assert(
      fc.property(plans, plans, (a, b) => {
        const higher = higherPlan(a, b);
        expect([a, b]).toContain(higher);
        expect(planIncludes(higher, a) && planIncludes(higher, b)).toBe(true);
        expect(higherPlan(b, a)).toBe(higher);
        expect(planIncludes(a, b) || planIncludes(b, a)).toBe(true);
      }),
    );
  });

  it('lets keys begin above Free (contract Reqio, Plan requirement)', () => {
    expect(PLAN_NAMES.filter((plan) => planIncludes(plan, API_KEY_PLAN))).toEqual(['pro', 'scale', 'enterprise']);
  });
});
