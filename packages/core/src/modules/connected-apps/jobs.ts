import * as z from 'zod';
import type { Job } from '../../queue.ts';

const Nothing = z.object({});
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A client that has registered itself and was never let in. */
const UNUSED_MS = DAY_MS;
const IDLE_MS = 90 * DAY_MS;

/**
 * Forgets what has run out: codes, tokens, requests, the answers kept for a retry; grants by which nothing lives any more; and
 * clients that nobody has let in within a day, or that have not come for 90.
 */
const purgeConnectedApps: Job<z.infer<typeof Nothing>> = {
  name: 'connected_apps.purge',
  data: Nothing,
  cron: '37 * * * *',
  async run({ access: { db }, clock }) {
    const now = clock();
    const before = (milliseconds: number) => new Date(now.getTime() - milliseconds);
    const { prisma } = db;
    const isOver = { expiresAt: { lt: now } };
    await prisma.oAuthRequest.deleteMany({ where: isOver });
    await prisma.oAuthAuthorizationCode.deleteMany({ where: isOver });
    await prisma.oAuthAccessToken.deleteMany({ where: isOver });
    await prisma.oAuthRefreshToken.deleteMany({ where: isOver });
    await prisma.oAuthRefreshToken.updateMany({
      where: { answer: { not: null }, consumedAt: { lt: before(5 * MINUTE_MS) } },
      data: { answer: null },
    });
    // Not what was decided on just now: its code is only about to be made.
    await prisma.oAuthGrant.deleteMany({
      where: {
        approvedAt: { lt: before(60 * MINUTE_MS) },
        codes: { none: {} },
        accessTokens: { none: {} },
        refreshTokens: { none: { consumedAt: null } },
      },
    });
    // Who has been given a key by a device comes with that, and not here; while it lives, they may ask after it and revoke it.
    await prisma.$executeRaw`
      delete from oauth_client c
      where (case when c.last_used_at is null then c.created_at < ${before(UNUSED_MS)}::timestamptz
          else c.last_used_at < ${before(IDLE_MS)}::timestamptz end)
        and not exists (
          select 1 from api_key k where k.oauth_client_id = c.client_id and k.revoked_at is null
            and (k.expires_at is null or k.expires_at > ${now}::timestamptz))`;
  },
};

export const connectedAppJobs: readonly Job<object>[] = [purgeConnectedApps];
