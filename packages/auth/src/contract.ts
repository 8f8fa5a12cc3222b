// What browsers and the command line may know of access: no node modules behind this entry.
export { areWithin, canonicalCidr } from './cidr.ts';
export { ERRORS, type ErrorCode, type ErrorDetail, type Issue, type PublicError } from './errors.ts';
export { isOAuthScope, OAUTH_SCOPES, OAUTH_WORKING_SCOPES, type OAuthScope, readOAuthScopes } from './oauth-scopes.ts';
export { API_KEY_PLAN, PLAN_NAMES, PLANS, type PlanName, planIncludes, type RateTier } from './plans.ts';
export { CAPABILITIES, type Capability, can, higherRole, ROLES, type Role } from './roles.ts';
export {
  COARSE_SCOPES,
  covers,
  GRANTABLE_WORDS,
  isAboutServices,
  isCoarse,
  SCOPE_NAMES,
  SCOPES,
  type Scope,
  scopesCoveredBy,
} from './scopes.ts';
