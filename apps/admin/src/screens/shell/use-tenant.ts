import type { organizationSchemas, projectSchemas } from '@reqbase/core/contract';
import { useParams, useRouterState } from '@tanstack/react-router';
import { useOrganizations } from '../organizations/use-organizations.ts';
import { useProjects } from '../projects/use-project.ts';

export type Tenant = {
  readonly organization: organizationSchemas.Organization | null;
  readonly project: projectSchemas.ProjectSummary | null;
};

/** What the address is about: a project and its organization, or an organization alone. */
export function useTenant(): Tenant {
  const { slug } = useParams({ strict: false });
  const isOfOrganization = useRouterState({ select: ({ location }) => location.pathname.startsWith('/organizations/') });
  const organizations = useOrganizations();
  const project = useProjects().find((candidate) => !isOfOrganization && candidate.slug === slug) ?? null;
  const organization =
    organizations.find(({ id, slug: own }) => (isOfOrganization ? own === slug : id === project?.orgId)) ?? null;
  return { organization, project };
}
