import { API_KEY_PLAN, can, planIncludes } from '@reqbase/core/contract';
import { useProject } from '../projects/use-project.ts';
import { KeysScreen } from './keys-screen.tsx';

export function ProjectKeysScreen() {
  const { slug, name, role, plan, organization } = useProject();
  return (
    <KeysScreen
      home={{ kind: 'project', ref: slug }}
      tenantName={name}
      description="For backends, scripts and agents that call this project’s API."
      mayIssue={can(role, 'issueTokens')}
      hasPlan={planIncludes(plan, API_KEY_PLAN)}
      projects={[{ slug, name }]}
      checkable={[{ slug, name }]}
      organizationSlug={can(organization.role, 'issueOrganizationTokens') ? organization.slug : null}
    />
  );
}
