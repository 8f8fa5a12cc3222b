import * as z from 'zod';
import { Id, ProjectRef, Timestamp } from '../../schema-kit.ts';
import { PlanName } from '../organizations/schema.ts';

export const UtcDay = z.iso.date().meta({ examples: ['2026-11-21'] });

export const UsageToday = z
  .object({
    day: UtcDay,
    calls: z.int(),
    limit: z.int().nullable().meta({ description: 'Null: unlimited. On Free, of calls by MCP, and others there are none' }),
    remaining: z.int().nullable(),
    resetsAt: Timestamp.meta({ description: '00:00 UTC' }),
    plan: PlanName,
    tier: z.string(),
    callsPerMinute: z.int().meta({ description: 'For each key' }),
  })
  .meta({ id: 'UsageToday' });
export type UsageToday = z.infer<typeof UsageToday>;

export const UsageHistory = z
  .object({
    keys: z.array(z.object({ id: Id, name: z.string(), prefix: z.string().nullable(), calls: z.int() })),
    days: z.array(z.object({ day: UtcDay, calls: z.int(), byKey: z.record(z.string(), z.int()) })),
  })
  .meta({ id: 'UsageHistory', description: 'Every day of the span, today last; `byKey` is by key id' });
export type UsageHistory = z.infer<typeof UsageHistory>;

export const GetUsage = z.object({ projectId: ProjectRef });
export const GetUsageHistory = z.object({ projectId: ProjectRef, days: z.int().min(1).max(90).default(30) });
export type GetUsageHistory = z.infer<typeof GetUsageHistory>;
