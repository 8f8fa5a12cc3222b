import type { Act } from './act.ts';
import type { Services } from './services.ts';

/** An act of the system itself in a project, as jobs make it; null when the project is gone. */
export async function systemAct(services: Services, projectId: string): Promise<Act | null> {
  const found = await services.access.db.prisma.project.findUnique({
    where: { id: projectId },
    select: { id: true, orgId: true, slug: true, organization: { select: { id: true, slug: true, plan: true } } },
  });
  if (found === null) return null;
  const { organization, ...project } = found;
  const plan = organization.plan ?? services.access.source.defaultPlan;
  return {
    ...services,
    tenant: { project, organization: { ...organization, plan } },
    author: { kind: 'SYSTEM', id: null, name: 'Reqbase' },
    via: 'system',
  };
}
