import type { GrantedScope } from '@reqbase/auth';
import { seedKey, type TestTenant } from '@reqbase/auth/testing';
import type { TestInstallation } from './testing.ts';

type Bound = Omit<GrantedScope, 'permission'>;
type Known = { readonly id: string; readonly environmentId: string; readonly workflowId: string };

/** Makes keys of an organization with every scope, bound as given. */
export function boundKeys(installation: TestInstallation, tenant: TestTenant): (bound: Bound) => Promise<string> {
  return async (bound) =>
    (await seedKey(installation, tenant, { scopes: [{ permission: 'admin', ...bound }], projectId: null })).raw;
}

/** A key for each way of binding to the first service, by the name of the way; the second one is another's. */
export async function seedBoundKeys(
  seed: (bound: Bound) => Promise<string>,
  { organization, project }: TestTenant,
  [{ id: serviceId, environmentId, workflowId }, other]: readonly [Known, Known],
): Promise<Record<string, string>> {
  return {
    organization: await seed({ resourceType: 'organization', resourceId: organization.id }),
    service: await seed({ serviceId }),
    environment: await seed({ environmentId }),
    workflow: await seed({ workflowId }),
    both: await seed({ serviceId, environmentId }),
    torn: await seed({ serviceId, environmentId: other.environmentId }),
    unknown: await seed({ serviceId, resourceConstraints: { region: 'eu' } }),
    project: await seed({ resourceType: 'project', resourceId: project.id }),
  };
}
