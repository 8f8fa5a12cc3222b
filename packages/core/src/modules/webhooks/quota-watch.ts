import { type Charge, dayResetAt, type QuotaWatch, utcDay, type Verdict } from '@reqbase/auth';
import type { Database } from '@reqbase/db';
import { transact } from '../../transact.ts';
import { type Emitter, emit, isFirstTime } from './emit.ts';

/** The shares of the daily quota that are told of. */
const MARKS = [
  { event: 'quota.reached_80', share: 0.8 },
  { event: 'quota.reached_100', share: 1 },
] as const;

export type QuotaServices = Emitter & { readonly db: Database };
export type DayUse = { readonly projectId: string; readonly at: Date; readonly calls: number; readonly limit: number };

/** Tells which shares a project has used up on the UTC day of `at`, each once, by however many processes and calls. */
export async function tellQuota(services: QuotaServices, { projectId, at, calls, limit }: DayUse): Promise<void> {
  for (const { event } of MARKS.filter(({ share }) => limit > 0 && calls >= Math.ceil(limit * share)))
    await transact(services.db, async (tx) => {
      if (!(await isFirstTime(tx, services, `${event} ${projectId} ${utcDay(at)}`))) return;
      const resetsAt = new Date(dayResetAt(at) * 1_000).toISOString();
      await emit(tx, services, projectId, { event, read: async () => ({ data: { day: utcDay(at), calls, limit, resetsAt } }) });
    });
}

const REMEMBERED = 10_000;

/**
 * Looks at each call's counter of the day. The call that crosses a mark is the one to tell, but it may be killed before it
 * has: any later one of the day tells then, and the row that says that it was told decides between them. What this process
 * knows to have been told is not asked again.
 */
export function quotaWatch(services: QuotaServices): QuotaWatch {
  const told = new Map<string, number>();
  return ({ projectId, callsPerDay: limit, at }: Charge, { day: calls }: Verdict) => {
    if (projectId === null || limit === null || calls === null) return;
    const passed = MARKS.filter(({ share }) => limit > 0 && calls >= Math.ceil(limit * share)).length;
    const day = `${projectId} ${utcDay(at)}`;
    if (passed <= (told.get(day) ?? 0)) return;
    if (told.size >= REMEMBERED) told.clear();
    // From now on, so that of many calls at once one tells and none waits for it but that one.
    told.set(day, passed);
    // The call is not to fail for it: the next one tells, or the round of the jobs.
    return tellQuota(services, { projectId, at, calls, limit }).catch(() => void told.delete(day));
  };
}
