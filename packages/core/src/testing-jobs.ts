import { bossOver } from './boss.ts';
import { openedData } from './job-data.ts';
import { JOBS } from './jobs.ts';
import type { Job } from './queue.ts';
import { runJob } from './run-job.ts';
import type { Services } from './services.ts';

export type RunJobsOptions = {
  readonly jobs?: readonly Job<object>[];
  /** Adds each job that has a schedule once, as if its time had come. */
  readonly withScheduled?: boolean;
  /** Takes those that wait for another attempt as due. */
  readonly withRetries?: boolean;
};

/** What was run, in order. */
export type RanJob = { readonly name: string; readonly data: unknown; readonly error: Error | null };

const BATCH = 100;

/**
 * Runs every job that is due by the clock of the services, and what these jobs add, until none is left. What failed is
 * in the answer and stays in the queue; nothing is thrown, nothing sleeps, nothing runs by itself.
 */
export async function runJobs(
  services: Services,
  { jobs = JOBS, withScheduled = false, withRetries = false }: RunJobsOptions = {},
): Promise<RanJob[]> {
  const { db } = services.access;
  const boss = bossOver(db);
  const ran: RanJob[] = [];
  if (withScheduled) {
    const scheduled = jobs.filter(({ cron }) => cron !== undefined);
    await db.prisma.$transaction(async (tx) => {
      for (const job of scheduled) await services.queue.add(tx, job, {}, { key: 'schedule' });
    });
  }
  const run = async (job: Job<object>) => {
    const fetched = await boss.fetch(job.name, { batchSize: BATCH, ignoreStartAfter: true });
    // In the order in which they were added, which their ids keep.
    for (const { id, data: kept } of fetched.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      const data = openedData(services.secrets, job, kept);
      const attempt = await runJob(services, job, data);
      if (attempt.status === 'completed') await boss.complete(job.name, id);
      else await boss.fail(job.name, id, { message: attempt.error.message });
      ran.push({ name: job.name, data, error: attempt.status === 'failed' ? attempt.error : null });
    }
  };
  let takesRetries = withRetries;
  let before: number;
  do {
    before = ran.length;
    let due = await holdBack(services, takesRetries);
    for (const job of jobs) {
      if (!due.has(job.name)) continue;
      await run(job);
      due = await holdBack(services, takesRetries);
    }
    // Once: what fails again would be taken again without end.
    takesRetries = false;
  } while (ran.length > before);
  await db.sql.query('update pgboss.job set blocked = false where blocked');
  return ran;
}

/** Holds back what is not due by the clock of the services, whatever the database's says. Returns the names of what is due. */
async function holdBack({ access: { db }, clock }: Services, withRetries: boolean): Promise<Set<string>> {
  const waiting = await db.sql.query<{ name: string; blocked: boolean }>(
    `update pgboss.job set blocked = case when state = 'retry' then not $2::boolean else start_after > $1::timestamptz end
     where state in ('created', 'retry') returning name, blocked`,
    [clock(), withRetries],
  );
  return new Set(waiting.filter(({ blocked }) => !blocked).map(({ name }) => name));
}
