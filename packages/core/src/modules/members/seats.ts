import { DomainError, PLAN_NAMES, PLANS, type PlanName, type Role } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import type { Seats } from './schema.ts';

const SEAT_ROLES = ['developer', 'admin'] as const satisfies readonly Role[];

/** Developers and admins take a seat; viewers are free, and the one owner is always there. */
export function takesSeat(role: Role): boolean {
  return (SEAT_ROLES as readonly Role[]).includes(role);
}

/** How many seats the project has, by its plan, and how many are taken. */
export async function readSeats(ctx: ProjectContext): Promise<Seats> {
  const { organization, project } = ctx.tenant;
  return {
    used: await countSeats(ctx.access.db.prisma, project.id, ctx.clock()),
    limit: PLANS[organization.plan].developerSeats,
  };
}

/**
 * Makes the writers of a project's members and invitations take turns, so that what is counted stays true until the
 * transaction ends. To be called first. Rows that merely refer to the project do not wait.
 */
export async function lockMembers(tx: Transaction, { tenant: { project } }: Pick<Act, 'tenant'>): Promise<void> {
  await tx.$executeRaw`select from project where id = ${project.id}::uuid for no key update`;
}

/**
 * Sees to it that one more seat is free, under the lock of `lockMembers`. An invitation that is being accepted has one
 * already: it is not counted.
 *
 * @throws {DomainError} PLAN_REQUIRED with the seats, and the lowest plan that has one more
 */
export async function takeSeat(
  tx: Transaction,
  { tenant, clock }: Pick<Act, 'tenant' | 'clock'>,
  acceptedId?: string,
): Promise<void> {
  const limit = PLANS[tenant.organization.plan].developerSeats;
  if (limit === null) return;
  const used = await countSeats(tx, tenant.project.id, clock(), acceptedId);
  if (used < limit) return;
  throw new DomainError('PLAN_REQUIRED', { detail: { requiredPlan: planWithMoreThan(used), seats: { used, limit } } });
}

async function countSeats(tx: Transaction, projectId: string, now: Date, acceptedId?: string): Promise<number> {
  const role = { in: [...SEAT_ROLES] };
  const members = await tx.projectMember.count({ where: { projectId, role } });
  const invited = await tx.invitation.count({
    where: {
      projectId,
      role,
      acceptedAt: null,
      endedAt: null,
      expiresAt: { gt: now },
      ...(acceptedId !== undefined && { id: { not: acceptedId } }),
    },
  });
  return members + invited;
}

function planWithMoreThan(seats: number): PlanName {
  return PLAN_NAMES.find((plan) => (PLANS[plan].developerSeats ?? Number.POSITIVE_INFINITY) > seats) ?? 'enterprise';
}
