import { Select } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { useNavigate } from '@tanstack/react-router';
import { useOrganizations } from '../organizations/use-organizations.ts';
import { NewProjectIcon } from '../projects/new-project.tsx';
import { useProjects } from '../projects/use-project.ts';
import { useTenant } from './use-tenant.ts';

/** Goes to another organization (its first project, or else its keys) or to another project of the same one. */
export function TenantSwitcher() {
  const { organization, project } = useTenant();
  const organizations = useOrganizations();
  const projects = useProjects();
  const navigate = useNavigate();
  const projectsOf = (orgId: string | undefined) => projects.filter((candidate) => candidate.orgId === orgId);
  const goToProject = (slug: string | null) => {
    if (slug !== null) void navigate({ to: '/projects/$slug/backlog', params: { slug } });
  };
  const goToOrganization = (slug: string | null) => {
    const chosen = organizations.find((candidate) => candidate.slug === slug);
    const [first] = projectsOf(chosen?.id);
    if (first !== undefined) goToProject(first.slug);
    else if (chosen !== undefined) void navigate({ to: '/organizations/$slug/api-keys', params: { slug: chosen.slug } });
  };
  const ofOrganization = projectsOf(organization?.id);
  return (
    <>
      <Select
        aria-label="Organization"
        placeholder="Organization"
        size="sm"
        w={{ base: '100%', sm: 170 }}
        data={organizations.map(({ slug, name, plan }) => ({ value: slug, label: `${name} · ${plan}` }))}
        value={organization?.slug ?? null}
        onChange={goToOrganization}
        allowDeselect={false}
        searchable={organizations.length > 7}
      />
      <Select
        aria-label="Project"
        placeholder={ofOrganization.length === 0 ? 'No projects' : 'Choose a project'}
        size="sm"
        w={{ base: '100%', sm: 190 }}
        data={ofOrganization.map(({ slug, name }) => ({ value: slug, label: name }))}
        value={project?.slug ?? null}
        onChange={goToProject}
        allowDeselect={false}
        searchable={ofOrganization.length > 7}
        nothingFoundMessage="No such project"
      />
      {organization !== null && can(organization.role, 'createProjects') && <NewProjectIcon organizationId={organization.id} />}
    </>
  );
}
