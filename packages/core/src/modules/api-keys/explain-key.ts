import { DomainError, ERRORS, explain } from '@reqbase/auth';
import type { ProjectContext } from '../../trpc.ts';
import type { ExplainKey, Explanation } from './schema.ts';

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
  const gates = await explain(ctx.access, key.publicId, { scope, target: 'project' }, { project: project.id }, ctx.clock(), ip ?? ctx.ip);
  return {
    scope,
    isAllowed: gates.every(({ outcome }) => outcome === 'passed'),
    gates: gates.map(({ gate, outcome, code }) => ({
      gate,
      outcome,
      code: code ?? null,
      message: code === undefined ? null : ERRORS[code][1],
    })),
  };
}
