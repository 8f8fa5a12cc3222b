import { DomainError, type Issue } from '@reqbase/auth';
import type { OrganizationContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { actorOf } from './actor.ts';
import { type FindingRow, inReach, selectFindings, toFinding } from './findings.ts';
import { parameters } from './page-of-rows.ts';
import type { Finding, TriageFinding } from './schema.ts';

/**
 * Decides what is to become of a finding: accepted, ignored for a reason and perhaps until a time, or open again. What is
 * resolved is so until a scan finds it again; then what was decided of it holds on.
 *
 * @throws {DomainError} FINDING_NOT_FOUND; PRECONDITION_FAILED when `ifVersion` is not the present version;
 *   INVALID_STATUS_TRANSITION for one that is resolved; BAD_REQUEST for ignoring without a reason, or until a time that has
 *   passed
 */
export async function triageFinding(ctx: OrganizationContext, input: TriageFinding): Promise<Finding> {
  const { id, state, reason, ignoredUntil, ifVersion } = input;
  const issues = issuesOf(input, ctx.clock());
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
  const orgId = ctx.tenant.organization.id;
  return write(ctx, async (tx, audit) => {
    const { values, bind } = parameters();
    const conditions = [...inReach(ctx, bind), `f.id = ${bind(id)}::uuid`];
    const [before] = await tx.$queryRawUnsafe<{ state: Finding['state']; version: number }[]>(
      `select f.state, f.version from finding f where ${conditions.join(' and ')} for update`,
      ...values,
    );
    if (before === undefined) throw new DomainError('FINDING_NOT_FOUND');
    if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
    if (before.state === 'resolved') throw new DomainError('INVALID_STATUS_TRANSITION', { detail: { allowed: [] } });
    const actor = actorOf(ctx);
    await tx.finding.update({
      where: { id, orgId },
      data: {
        state,
        decision: state === 'open' ? null : state,
        reason: state === 'open' ? null : (reason ?? null),
        ignoredUntil: ignoredUntil === undefined ? null : new Date(ignoredUntil),
        decidedById: actor.id,
        decidedByName: actor.name,
        decidedAt: ctx.clock(),
        updatedAt: ctx.clock(),
        version: { increment: 1 },
      },
      select: { id: true },
    });
    await audit({
      action: 'finding.triaged',
      resourceType: 'finding',
      resourceId: id,
      diff: { state: { from: before.state, to: state }, ...(ignoredUntil !== undefined && { ignoredUntil }) },
    });
    const [row] = await tx.$queryRawUnsafe<FindingRow[]>(`${selectFindings('$2')} where f.id = $1::uuid`, id, ctx.clock());
    if (row === undefined) throw new DomainError('FINDING_NOT_FOUND');
    return toFinding(row);
  });
}

function issuesOf({ state, reason, ignoredUntil }: TriageFinding, now: Date): Issue[] {
  const issues: Issue[] = [];
  if (state === 'ignored' && reason === undefined) issues.push({ path: 'reason', message: 'Say why it is to be ignored.' });
  if (ignoredUntil === undefined) return issues;
  if (state !== 'ignored') issues.push({ path: 'ignoredUntil', message: 'Only of one that is ignored.' });
  if (new Date(ignoredUntil) <= now) issues.push({ path: 'ignoredUntil', message: 'Must be to come.' });
  return issues;
}
