import { dayResetAt, type Facts, type Metered, minuteResetAt, PLANS } from '@reqbase/auth';
import type { FastifyReply } from 'fastify';

/** Tells the caller when the key ends, if it does: one that has been rotated, above all. ISO 8601, as in every answer's fields. */
export function setKeyHeaders(reply: FastifyReply, { expiresAt, oauthClientId }: NonNullable<Facts['key']>): void {
  if (expiresAt !== null && oauthClientId === null) reply.header('X-API-Key-Expires', expiresAt.toISOString());
}

/**
 * The headers that tell a caller where the minute and the day stand: those of contract RogerIQ, Response headers, and the
 * structured fields of draft-ietf-httpapi-ratelimit-headers-10, from the same numbers.
 */
export function setRateHeaders(reply: FastifyReply, { charge, verdict, facts }: Metered): void {
  const { callsPerMinute, callsPerDay, at } = charge;
  const now = Math.floor(at.getTime() / 1000);
  const minute = { limit: callsPerMinute, left: Math.max(0, callsPerMinute - verdict.minute), resetAt: minuteResetAt(at) };
  reply.header('X-RateLimit-Limit', minute.limit);
  reply.header('X-RateLimit-Remaining', minute.left);
  reply.header('X-RateLimit-Reset', minute.resetAt);
  if (facts.organization !== null) reply.header('X-RateLimit-Tier', PLANS[facts.organization.plan].tier);
  const policies = [`"minute";q=${minute.limit};w=60`];
  const limits = [`"minute";r=${minute.left};t=${minute.resetAt - now}`];
  if (verdict.day !== null && callsPerDay !== null) {
    const day = { left: Math.max(0, callsPerDay - verdict.day), resetAt: dayResetAt(at) };
    reply.header('X-Quota-Limit', callsPerDay);
    reply.header('X-Quota-Remaining', day.left);
    reply.header('X-Quota-Reset', day.resetAt);
    policies.push(`"day";q=${callsPerDay};w=86400`);
    limits.push(`"day";r=${day.left};t=${day.resetAt - now}`);
  }
  reply.header('RateLimit-Policy', policies.join(', '));
  reply.header('RateLimit', limits.join(', '));
}
