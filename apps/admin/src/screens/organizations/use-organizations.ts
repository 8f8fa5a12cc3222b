import type { organizationSchemas } from '@reqbase/core/contract';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { organizationsQuery } from './organizations-query.ts';

/** The organizations; the routes that render this have loaded them. */
export function useOrganizations(): organizationSchemas.Organization[] {
  return useSuspenseQuery(organizationsQuery(useTRPC())).data.items;
}
