import { caller, organization } from '../../project.ts';
import { router } from '../../trpc.ts';
import * as schema from './schema.ts';
import { getOrganization, listOrganizations } from './service.ts';

export const organizations = router({
  list: caller
    .scope('project:read')
    .meta({ summary: "List the caller's organizations" })
    .input(schema.Nothing)
    .output(schema.Organizations)
    .query(({ ctx }) => listOrganizations(ctx)),
  get: organization
    .scope('project:read')
    .meta({ summary: 'Read an organization' })
    .input(schema.OrganizationOnly)
    .output(schema.Organization)
    .query(({ ctx }) => getOrganization(ctx)),
});
