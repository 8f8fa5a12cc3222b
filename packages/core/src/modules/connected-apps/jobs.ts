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
    await prisma.oAuthClient.deleteMany({
      where: { OR: [{ lastUsedAt: null, createdAt: { lt: before(UNUSED_MS) } }, { lastUsedAt: { lt: before(IDLE_MS) } }] },
    });
  },
};

export const connectedAppJobs: readonly Job<object>[] = [purgeConnectedApps];
