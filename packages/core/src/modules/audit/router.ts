import { organization } from '../../project.ts';
import { router } from '../../trpc.ts';
import { checkpoint } from './checkpoint.ts';
import { listAudit } from './list-audit.ts';
import * as schema from './schema.ts';

export const audit = router({
  list: organization
    .scope('audit:read')
    .meta({
      summary: 'List the audit log of an organization',
      errors: ['INVALID_CURSOR'],
      rest: { org: { method: 'GET', path: '/orgs/{organizationId}/audit-log' } },
    })
    .input(schema.ListAudit)
    .output(schema.AuditPage)
    .query(({ ctx, input }) => listAudit(ctx, input)),
  checkpoint: organization
    .scope('audit:read')
    .meta({
      summary: 'Sign how many entries the audit log has and what it ends in',
      rest: { org: { method: 'GET', path: '/orgs/{organizationId}/audit-log/checkpoint' } },
    })
    .input(schema.OfOrganization)
    .output(schema.AuditCheckpoint)
    .query(({ ctx }) => checkpoint(ctx, ctx.tenant.organization.id)),
});
