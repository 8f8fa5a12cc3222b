import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import * as schema from './schema.ts';
import { usageHistory, usageToday } from './service.ts';

export const usage = router({
  today: project
    .scope('usage:read')
    .meta({ summary: "Read today's calls against the limit" })
    .input(schema.GetUsage)
    .output(schema.UsageToday)
    .query(({ ctx }) => usageToday(ctx)),
  history: project
    .scope('usage:read')
    .meta({ summary: 'Read the calls by day and key' })
    .input(schema.GetUsageHistory)
    .output(schema.UsageHistory)
    .query(({ ctx, input }) => usageHistory(ctx, input)),
});
