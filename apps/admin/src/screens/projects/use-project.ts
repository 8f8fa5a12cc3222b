import type { organizationSchemas, PlanName, projectSchemas, Role } from '@reqbase/core/contract';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { useOrganizations } from '../organizations/use-organizations.ts';
import { projectsQuery } from './projects-query.ts';

/** All projects of the person; the routes that render this have loaded them. */
export function useProjects(): projectSchemas.ProjectSummary[] {
  return useSuspenseQuery(projectsQuery(useTRPC())).data;
}

export type CurrentProject = {
  readonly slug: string;
  readonly name: string;
  readonly role: Role | null;
  readonly plan: PlanName;
  readonly organization: organizationSchemas.Organization;
};

/** The project that the address names, or null if the person has no part in such a one. */
export function useProjectOrNull(): CurrentProject | null {
  const { slug } = useParams({ strict: false });
  const project = useProjects().find((candidate) => candidate.slug === slug);
  const organization = useOrganizations().find(({ id }) => id === project?.orgId);
  if (project === undefined || organization === undefined) return null;
  return { slug: project.slug, name: project.name, role: project.role, plan: organization.plan, organization };
}

/** The project that the address names: for screens inside `ProjectLayout`, which has looked. */
export function useProject(): CurrentProject {
  const project = useProjectOrNull();
  if (project === null) throw new Error('a project screen outside of its layout');
  return project;
}
