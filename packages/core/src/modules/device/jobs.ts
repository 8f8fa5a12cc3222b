import * as z from 'zod';
import type { Job } from '../../queue.ts';
import { purgeRates } from './rate.ts';

const Nothing = z.object({});

/** So long the page can say what became of a code. */
const KEPT_MS = 24 * 3_600_000;

/** Forgets requests a day after they have ended, and who has called lately. The keys stay. */
const purgeDevices: Job<z.infer<typeof Nothing>> = {
  name: 'device.purge',
  data: Nothing,
  cron: '17 * * * *',
  async run(services) {
    const { access, clock } = services;
    await access.db.prisma.deviceAuthorization.deleteMany({
      where: { expiresAt: { lt: new Date(clock().getTime() - KEPT_MS) } },
    });
    await purgeRates(services);
  },
};

export const deviceJobs: readonly Job<object>[] = [purgeDevices];
