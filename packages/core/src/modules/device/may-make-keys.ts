import { API_KEY_PLAN, can, type PlanName, planIncludes, type Role } from '@reqbase/auth/contract';

/** Says whether a person of this role may make keys for an organization on this plan: those that a request can be allowed for. */
export function mayMakeKeys({ role, plan }: { readonly role: Role | null; readonly plan: PlanName }): boolean {
  return can(role, 'issueOrganizationTokens') && planIncludes(plan, API_KEY_PLAN);
}
