import { API_KEY_PLAN, higherPlan, type PlanName, planIncludes } from './plans.ts';
import { can, ROLES, type Role } from './roles.ts';
import { capabilityOf, GRANTABLE_WORDS, isCoarse, lowestRoleWith, planOf, type Scope, scopesCoveredBy } from './scopes.ts';

/** For whom a key is made: the owner's live role where the key will act, and the organization's plan. */
export type Grantee = {
  readonly kind: 'project' | 'organization';
  readonly role: Role | null;
  readonly plan: PlanName;
  /** An app and not a key: by MCP it works on every plan, each scope from its own on. */
  readonly isApp?: boolean;
};

export type Grantability = { readonly scope: string; readonly grantable: boolean; readonly reason: string | null };

/** The lowest role that may be given each coarse scope; the role is asked again at every call. */
const COARSE_ROLES: Record<string, Role> = { read: 'viewer', write: 'developer', admin: 'owner' };

/**
 * Says whether a key for `grantee` may carry the scope: everything that it covers must lie within role ∩ plan
 * (contract Reqio, Scopes). The form that offers scopes and the service that grants them ask this same function.
 */
export function grantability(word: string, grantee: Grantee): Grantability {
  const reason = refusalReason(word, grantee);
  return { scope: word, grantable: reason === null, reason };
}

/** Every scope that can be asked for, with whether this grantee may have it. */
export function allGrantability(grantee: Grantee): Grantability[] {
  return GRANTABLE_WORDS.map((word) => grantability(word, grantee));
}

function refusalReason(word: string, grantee: Grantee): string | null {
  const covered = scopesCoveredBy(word);
  if (covered.size === 0) return 'There is no such scope.';
  if (isCoarse(word)) return coarseReason(word, grantee);
  for (const scope of covered) {
    const reason = scopeReason(scope, grantee);
    if (reason !== null) return reason;
  }
  return null;
}

function coarseReason(word: string, { kind, role, plan }: Grantee): string | null {
  if (kind === 'project') return 'Only keys of an organization can have this scope.';
  if (!planIncludes(plan, API_KEY_PLAN)) return needsPlan(API_KEY_PLAN);
  const lowest = COARSE_ROLES[word] ?? 'owner';
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(lowest) ? null : needsRole(lowest);
}

function scopeReason(scope: Scope, { kind, role, plan, isApp = false }: Grantee): string | null {
  const ownPlan = planOf(scope, 'key') ?? API_KEY_PLAN;
  const lowestPlan = isApp ? ownPlan : higherPlan(API_KEY_PLAN, ownPlan);
  if (!planIncludes(plan, lowestPlan)) return needsPlan(lowestPlan);
  const capability = capabilityOf(scope, kind);
  return can(role, capability) ? null : needsRole(lowestRoleWith(capability));
}

const needsPlan = (plan: PlanName) => `Needs the plan ${plan}.`;
const needsRole = (role: Role) => `Needs the role ${role}.`;
