import { guardFor, type PlanName, type Scope } from '@reqbase/auth';
import { procedure } from './trpc.ts';

type GateOptions = {
  /** A plan above the scope's own. */
  readonly plan?: PlanName;
  /** Scopes that it needs besides. */
  readonly also?: readonly Scope[];
};

/**
 * Builders for procedures about a project: the input names it as `projectId`, by id or slug. The scope comes first and
 * brings the whole access pipeline with it; there is no way to a procedure without one.
 */
export const project = {
  scope: (scope: Scope, options: GateOptions = {}) => procedure.concat(guardFor({ scope, target: 'project', ...options })),
};

/** Builders for procedures about an organization: the input names it as `organizationId`, by id or slug. */
export const organization = {
  scope: (scope: Scope, options: GateOptions = {}) => procedure.concat(guardFor({ scope, target: 'organization', ...options })),
};

/** Builders for procedures about the caller: they answer with what is the caller's, in whichever tenant. */
export const caller = {
  scope: (scope: Scope) => procedure.concat(guardFor({ scope, target: 'any' })),
};
