import { caller, organization, project } from '../../project.ts';
import { router } from '../../trpc.ts';
import * as schema from './schema.ts';
import { listMembers, listServiceAccounts, whoAmI } from './service.ts';

export const members = router({
  me: caller
    .scope('project:read')
    .meta({ summary: 'Say who the call is by' })
    .input(schema.Nothing)
    .output(schema.Caller)
    .query(({ ctx }) => whoAmI(ctx)),
  list: project
    .scope('members:read')
    .meta({ summary: 'List the members of a project', errors: ['INVALID_CURSOR'] })
    .input(schema.ListMembers)
    .output(schema.MemberPage)
    .query(({ ctx, input }) => listMembers(ctx, input)),
  listServiceAccounts: organization
    .scope('keys:read')
    .meta({ summary: 'List the service accounts of an organization', errors: ['INVALID_CURSOR'] })
    .input(schema.ListServiceAccounts)
    .output(schema.ServiceAccountPage)
    .query(({ ctx, input }) => listServiceAccounts(ctx, input)),
});
