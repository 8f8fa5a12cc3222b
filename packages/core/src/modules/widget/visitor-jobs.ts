import * as z from 'zod';
import type { Job } from '../../queue.ts';
import { purgeWidgetRates } from './visitor-rate.ts';

const Nothing = z.object({});

/** Forgets who has called lately. */
const purgeRates: Job<z.infer<typeof Nothing>> = {
  name: 'widget.purge_rates',
  data: Nothing,
  cron: '11 * * * *',
  async run({ access, clock }) {
    await purgeWidgetRates(access.db, clock());
  },
};

export const widgetJobs: readonly Job<object>[] = [purgeRates];
