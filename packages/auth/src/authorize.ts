import { isWithin } from './cidr.ts';
import type { Facts, TargetRef } from './credential.ts';
import type { ErrorCode, ErrorDetail } from './errors.ts';
import { API_KEY_PLAN, higherPlan, type PlanName, planIncludes } from './plans.ts';
import { grantsScope, type Reach, reachOf } from './reach.ts';
import { type Capability, can, higherRole, type Role } from './roles.ts';
import { capabilityOf, lowestRoleWith, planOf, type Scope, type TargetKind } from './scopes.ts';

/** What a procedure asks of its caller. */
export type Requirement = {
  readonly scope: Scope;
  /** Scopes that it asks for besides; of all that are missing the caller is told at once. */
  readonly also?: readonly Scope[];
  readonly target: TargetKind;
  /** A plan above the scope's own, asked of people too. */
  readonly plan?: PlanName;
};

/** The gates that read nothing but the facts, in their order. */
export const GATES = ['credential', 'tenant', 'scope', 'plan', 'role'] as const;
export type Gate = (typeof GATES)[number];

/** A caller who has passed the gates, and what the procedure may know of them. */
export type Grant = {
  readonly facts: Facts;
  readonly role: Role | null;
  readonly scope: Scope;
  readonly also: readonly Scope[];
  /** What of the catalogue it may touch: the services of the catalogue ask for nothing else. */
  readonly reach: Reach;
  readonly isMcp: boolean;
};

export type Denial = { readonly gate: Gate; readonly code: ErrorCode; readonly detail?: ErrorDetail };
export type Decision = { readonly allowed: true; readonly grant: Grant } | ({ readonly allowed: false } & Denial);

type Check = (call: Call) => Omit<Denial, 'gate'> | null;
type Call = { facts: Facts | null; need: Requirement; target: TargetRef; now: Date; ip: string | null; isMcp: boolean };

const CHECKS: Record<Gate, Check> = {
  credential: checkCredential,
  tenant: checkTenant,
  scope: checkScope,
  plan: checkPlan,
  role: checkRole,
};

/**
 * Decides on gates 1 to 5: a pure function of what the look-up read. `facts` is null for a missing, malformed or
 * unknown credential, `ip` where no address is known: then a key that is bound to some is refused. By MCP, plans are asked for
 * as the scopes say and not as REST does. The first gate that refuses decides the code.
 */
export function authorize(
  facts: Facts | null,
  need: Requirement,
  target: TargetRef,
  now: Date,
  ip: string | null = null,
  isMcp = false,
): Decision {
  for (const gate of GATES) {
    const denial = CHECKS[gate]({ facts, need, target, now, ip, isMcp });
    if (denial !== null) return { allowed: false, gate, ...denial };
  }
  if (facts === null) return { allowed: false, gate: 'credential', code: 'UNAUTHORIZED' };
  return { allowed: true, grant: grantOf(facts, need, isMcp) };
}

function grantOf(facts: Facts, need: Requirement, isMcp: boolean): Grant {
  const { scope, also = [] } = need;
  return { facts, role: roleOf(facts), scope, also, reach: reachOf(facts, [scope, ...also]), isMcp };
}

/** Gate 1 alone, for surfaces that refuse before they read the body. */
export function checkCredential({ facts, now, ip }: Pick<Call, 'facts' | 'now' | 'ip'>): Omit<Denial, 'gate'> | null {
  if (facts === null) return { code: 'UNAUTHORIZED' };
  if (facts.key === null) return null;
  // What there is to tell of the key is told only to who has the secret.
  if (!facts.key.secretMatches) return { code: 'UNAUTHORIZED' };
  if (facts.key.revokedAt !== null) return { code: 'API_KEY_REVOKED' };
  if (facts.key.expiresAt !== null && facts.key.expiresAt <= now)
    return { code: facts.key.oauthClientId === null ? 'API_KEY_EXPIRED' : 'INVALID_TOKEN' };
  if (facts.key.allowedIps.length > 0 && (ip === null || !isWithin(ip, facts.key.allowedIps))) return { code: 'IP_NOT_ALLOWED' };
  return null;
}

function checkTenant({ facts, need, target }: Call): Omit<Denial, 'gate'> | null {
  if (facts === null || need.target === 'any') return null;
  const { key, project, organization } = facts;
  const isNamed = organization !== null && [undefined, organization.id, organization.slug].includes(target.organization);
  if (key === null) {
    // To a person, what they have no part in does not exist.
    if (need.target === 'project')
      return project !== null && isNamed && roleOf(facts) !== null ? null : { code: 'PROJECT_NOT_FOUND' };
    return organization !== null && facts.organizationRole !== null ? null : { code: 'ORGANIZATION_NOT_FOUND' };
  }
  // A token's audience is its project (RFC 8707): anywhere else it is no token.
  if (key.oauthClientId !== null)
    return need.target === 'project' && isNamed && project?.id === key.projectId ? null : { code: 'INVALID_TOKEN' };
  if (need.target === 'organization') {
    if (!isNamed || target.organization === undefined) return { code: 'API_KEY_ORG_MISMATCH' };
    return key.projectId === null ? null : { code: 'API_KEY_PROJECT_MISMATCH' };
  }
  // A foreign project and a missing one answer alike, so that ids cannot be probed.
  if (project === null || project.orgId !== key.orgId || !isNamed) return { code: 'API_KEY_ORG_MISMATCH' };
  return key.projectId === null || key.projectId === project.id ? null : { code: 'API_KEY_PROJECT_MISMATCH' };
}

function checkScope({ facts, need }: Call): Omit<Denial, 'gate'> | null {
  if (facts === null || facts.key === null) return null;
  const missing = scopesOf(need).filter((scope) => !grantsScope(facts, scope));
  if (missing.length === 0) return null;
  return {
    code: 'INSUFFICIENT_SCOPE',
    // Several are written as OAuth writes them (RFC 6750 §3).
    detail: { requiredScope: missing.join(' '), grantedScopes: facts.key.scopes.map((s) => s.permission) },
  };
}

function checkPlan({ facts, need, isMcp }: Call): Omit<Denial, 'gate'> | null {
  if (facts === null || facts.organization === null) return null;
  const plans = scopesOf(need).flatMap((scope) => requiredPlan(facts, scope, isMcp, need.plan) ?? []);
  if (plans.length === 0) return null;
  const required = plans.reduce(higherPlan);
  return planIncludes(facts.organization.plan, required) ? null : { code: 'PLAN_REQUIRED', detail: { requiredPlan: required } };
}

function checkRole({ facts, need }: Call): Omit<Denial, 'gate'> | null {
  if (facts === null) return null;
  // A person asking for what is theirs, in no tenant: the service answers with that and nothing else.
  if (facts.key === null && need.target === 'any') return null;
  const role = need.target === 'organization' ? facts.organizationRole : roleOf(facts);
  const missing = scopesOf(need)
    .map((scope) => capabilityOf(scope, need.target))
    .find((capability) => !can(role, capability));
  return missing === undefined ? null : { code: 'FORBIDDEN', detail: { requiredRole: lowestRoleWith(missing) } };
}

/** Every scope that a requirement asks for. */
export function scopesOf({ scope, also = [] }: Pick<Requirement, 'scope' | 'also'>): Scope[] {
  return [scope, ...also];
}

/** The live role on the target: the higher of the project's and the organization's. */
export function roleOf(facts: Facts): Role | null {
  return higherRole(facts.organizationRole, facts.projectRole);
}

function requiredPlan(facts: Facts, scope: Scope, isMcp: boolean, atLeast?: PlanName): PlanName | null {
  const own = planOf(scope, facts.key === null ? 'session' : 'key');
  const base = facts.key === null || isMcp ? own : higherPlan(API_KEY_PLAN, own ?? API_KEY_PLAN);
  if (base === null || atLeast === undefined) return base ?? atLeast ?? null;
  return higherPlan(base, atLeast);
}

/** Says whether a caller let in for one thing may also see another: granted ∩ role ∩ plan, as at the gates. */
export function mayAlso({ facts, role, isMcp }: Grant, scope: Scope): boolean {
  const plan = requiredPlan(facts, scope, isMcp);
  return (
    grantsScope(facts, scope) &&
    (plan === null || facts.organization === null || planIncludes(facts.organization.plan, plan)) &&
    can(role, capabilityOf(scope, 'project'))
  );
}

/** Says whether the caller's live role has the capability. */
export function roleAllows({ role }: Grant, capability: Capability): boolean {
  return can(role, capability);
}
