import { API_KEY_PLAN, can, planIncludes } from '@reqbase/core/contract';
import { useOrganization } from '../organizations/use-organization.ts';
import { useProjects } from '../projects/use-project.ts';
import { KeysScreen } from './keys-screen.tsx';

export function OrganizationKeysScreen() {
  const { id, slug, name, role, plan } = useOrganization();
  const projects = useProjects().filter(({ orgId }) => orgId === id);
  return (
    <KeysScreen
      home={{ kind: 'organization', ref: slug }}
      tenantName={name}
      description="For services that call every project of the organization."
      mayIssue={can(role, 'issueOrganizationTokens')}
      hasPlan={planIncludes(plan, API_KEY_PLAN)}
      projects={projects}
      checkable={projects.filter((project) => can(project.role, 'issueTokens'))}
      organizationSlug={slug}
    />
  );
}
