import { dayResetAt, type Metered, minuteResetAt, PLANS } from '@reqbase/auth';
import type { FastifyReply } from 'fastify';

/** The headers that tell a caller where the minute and the day stand. Contract RogerIQ, Response headers. */
export function setRateHeaders(reply: FastifyReply, { charge, verdict, facts }: Metered): void {
  reply.header('X-RateLimit-Limit', charge.callsPerMinute);
  reply.header('X-RateLimit-Remaining', Math.max(0, charge.callsPerMinute - verdict.minute));
  reply.header('X-RateLimit-Reset', minuteResetAt(charge.at));
  if (facts.organization !== null) reply.header('X-RateLimit-Tier', PLANS[facts.organization.plan].tier);
  if (verdict.day === null || charge.callsPerDay === null) return;
  reply.header('X-Quota-Limit', charge.callsPerDay);
  reply.header('X-Quota-Remaining', Math.max(0, charge.callsPerDay - verdict.day));
  reply.header('X-Quota-Reset', dayResetAt(charge.at));
}
