import type { organizationSchemas } from '@reqbase/core/contract';
import { useParams } from '@tanstack/react-router';
import { useOrganizations } from './use-organizations.ts';

/** The organization that the address names, or null if the person has no part in such a one. */
export function useOrganizationOrNull(): organizationSchemas.Organization | null {
  const { slug } = useParams({ strict: false });
  return useOrganizations().find((candidate) => candidate.slug === slug) ?? null;
}

/** The organization that the address names: for screens inside `OrganizationLayout`, which has looked. */
export function useOrganization(): organizationSchemas.Organization {
  const organization = useOrganizationOrNull();
  if (organization === null) throw new Error('an organization screen outside of its layout');
  return organization;
}
