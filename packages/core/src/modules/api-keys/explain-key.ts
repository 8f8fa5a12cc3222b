import { DomainError, ERRORS, type ExplainedGate, explain, explainCredential, type Scope } from '@reqbase/auth';
import type { CallerContext, ProjectContext } from '../../trpc.ts';
import type { ExplainKey, ExplainOwn, Explanation } from './schema.ts';

/**
 * Says gate by gate what would happen if the key called an operation of this scope on the project now, from this address. Asks the gates
 * themselves; moves no counter of the key in question.
 *
 * @throws {DomainError} API_KEY_NOT_FOUND for a key that is neither the project's nor its organization's
 */
export async function explainKey(ctx: ProjectContext, { id, scope, ip }: ExplainKey): Promise<Explanation> {
  const { project, organization } = ctx.tenant;
  const key = await ctx.access.db.prisma.apiKey.findFirst({
    where: { id, orgId: organization.id, OR: [{ projectId: project.id }, { projectId: null }] },
    select: { publicId: true },
  });
  if (key === null) throw new DomainError('API_KEY_NOT_FOUND');
  const need = { scope, target: 'project' } as const;
  const gates = await explain(ctx.access, key.publicId, need, { project: project.id }, ctx.clock(), ip ?? ctx.ip);
  return toExplanation(scope, gates);
}

/** The same for the call's own credential, on a project or an organization: also one that is not its own. */
export async function explainOwn(ctx: CallerContext, { scope, projectId, organizationId }: ExplainOwn): Promise<Explanation> {
  const [target, named] =
    projectId === undefined
      ? (['organization', { organization: organizationId ?? ctx.grant.facts.organization?.id ?? '' }] as const)
      : (['project', { project: projectId }] as const);
  return toExplanation(scope, await explainCredential(ctx.access, ctx.credential, { scope, target }, named, ctx.clock(), ctx.ip));
}

function toExplanation(scope: Scope, gates: readonly ExplainedGate[]): Explanation {
  return {
    scope,
    isAllowed: gates.every(({ outcome }) => outcome === 'passed'),
    reach: placesIn(gates),
    gates: gates.map(({ gate, outcome, code }) => ({
      gate,
      outcome,
      code: code ?? null,
      message: code === undefined ? null : ERRORS[code][1],
    })),
  };
}

/** One scope is asked about, so there is one list of places, if it is bound to any. */
function placesIn(gates: readonly ExplainedGate[]): Explanation['reach'] {
  const [places] = gates.find(({ gate }) => gate === 'scope')?.reach ?? [];
  if (places === undefined) return null;
  return places.map(({ serviceId = null, environmentId = null, workflowId = null }) => ({
    serviceId,
    environmentId,
    workflowId,
  }));
}
