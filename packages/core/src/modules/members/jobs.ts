import * as z from 'zod';
import type { Job } from '../../queue.ts';

const Nothing = z.object({});

/**
 * Notes on invitations that they have run out. Nobody waits for it: whoever reads one goes by its instant. But ended
 * ones leave the index of the open.
 */
export const expireInvitations: Job<z.infer<typeof Nothing>> = {
  name: 'members.expire-invitations',
  data: Nothing,
  cron: '7 * * * *',
  async run({ access, clock }) {
    const now = clock();
    await access.db.prisma.invitation.updateMany({
      where: { acceptedAt: null, endedAt: null, expiresAt: { lte: now } },
      data: { endedAt: now },
    });
  },
};
