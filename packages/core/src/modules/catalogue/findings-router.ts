import { organization } from '../../project.ts';
import { router } from '../../trpc.ts';
import { getFinding, listFindings } from './findings.ts';
import { own, READS } from './reading.ts';
import * as schema from './schema.ts';
import { triageFinding } from './triage.ts';

/** What lint rules say of the services, and what was decided of it. */
export const findings = router({
  list: organization
    .scope('scans:read')
    .meta({
      summary: 'List findings of all services or of one',
      errors: ['INVALID_CURSOR'],
      rest: { platform: { method: 'GET', path: '/findings', items: 'findings', ...own } },
      mcp: { name: 'list_findings', title: 'List findings', hints: READS },
    })
    .input(schema.ListFindings)
    .output(schema.FindingPage)
    .query(({ ctx, input }) => listFindings(ctx, input)),
  get: organization
    .scope('scans:read')
    .meta({
      summary: 'Read a finding',
      errors: ['FINDING_NOT_FOUND'],
      rest: { platform: { method: 'GET', path: '/findings/{id}', etag: 'both', ...own } },
    })
    .input(schema.FindingById)
    .output(schema.Finding)
    .query(({ ctx, input }) => getFinding(ctx, input)),
  triage: organization
    .scope('findings:write')
    .meta({
      summary: 'Accept a finding, ignore it or open it again',
      errors: ['FINDING_NOT_FOUND', 'INVALID_STATUS_TRANSITION', 'PRECONDITION_FAILED'],
      rest: { platform: { method: 'PATCH', path: '/findings/{id}', etag: 'both', ...own } },
    })
    .input(schema.TriageFinding)
    .output(schema.Finding)
    .mutation(({ ctx, input }) => triageFinding(ctx, input)),
});
