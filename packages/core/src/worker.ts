import type { Database } from '@reqbase/db';
import type { JobResult, JobWithMetadata, PgBoss } from 'pg-boss';
import { bossOver, DEAD_JOBS } from './boss.ts';
import { openedData } from './job-data.ts';
import { describeFailure } from './job-failure.ts';
import { JOBS } from './jobs.ts';
import type { Job } from './queue.ts';
import { runJob } from './run-job.ts';
import type { Services } from './services.ts';

export type JobLog = Record<'warn' | 'error', (fields: object, message: string) => void>;

/** What became of a job: `failed` once for each attempt, `dead` once for a job that is not tried again. */
export type JobOutcome =
  | { readonly job: string; readonly outcome: 'completed' | 'failed'; readonly seconds: number }
  | { readonly job: string; readonly outcome: 'dead' };

export type WorkerOptions = {
  readonly log: JobLog;
  readonly onOutcome?: (outcome: JobOutcome) => void;
  readonly jobs?: readonly Job<object>[];
  /** How often it is asked what is due. */
  readonly tickMs?: number;
  /** How often jobs of workers that died are looked for. */
  readonly superviseSeconds?: number;
};

export type Worker = {
  /** Takes no more jobs and waits for those that run; what still runs after `timeoutMs` is left to be tried again. */
  stop(timeoutMs?: number): Promise<void>;
};

/** The library's own workers ask by themselves this often; the tick wakes them when there is something to do. */
const POLL_SECONDS = 60;
/** No job of ours depends on another. */
const SELDOM_SECONDS = 3_600;
const DEAD_BATCH = 100;

/** Runs jobs as they become due, side by side with the workers of other processes, until it is stopped. */
export async function startWorker(
  services: Services,
  { log, onOutcome = () => {}, jobs = JOBS, tickMs = 1_000, superviseSeconds = 30 }: WorkerOptions,
): Promise<Worker> {
  const { db } = services.access;
  const boss = bossOver(db, {
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    maintenanceIntervalSeconds: 900,
    flowIntervalSeconds: SELDOM_SECONDS,
    cronWorkerIntervalSeconds: 5,
    // The embedded database has no vacuum to watch and no second connection to rebuild an index on.
    reindex: db.engine === 'postgres',
    monitorVacuum: db.engine === 'postgres',
  });
  // Without a listener an error of the library would end the process.
  boss.on('error', (error) => log.error({ error: describeFailure(error, null) }, 'job library'));
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'job library'));
  // Before it starts: it looks at once for what has a schedule, and then not for half a minute.
  await keepSchedules(boss, jobs);
  await boss.start();

  const run = async (job: Job<object>, { id, data: kept, retryCount }: JobWithMetadata): Promise<JobResult> => {
    const startedAt = performance.now();
    const data = openedData(services.secrets, job, kept);
    const attempt = await runJob(services, job, data);
    onOutcome({ job: job.name, outcome: attempt.status, seconds: (performance.now() - startedAt) / 1_000 });
    if (attempt.status === 'completed') return { id, status: 'completed' };
    const output = describeFailure(attempt.error, data);
    log.warn({ job: job.name, jobId: id, attempt: retryCount + 1, error: output }, 'job failed');
    return { id, status: attempt.isHopeless ? 'deadletter' : 'failed', output };
  };
  const bury = ({ sourceName, sourceId, sourceRetryCount }: JobWithMetadata): void => {
    onOutcome({ job: sourceName ?? 'unknown', outcome: 'dead' });
    log.error({ job: sourceName, jobId: sourceId, attempts: (sourceRetryCount ?? 0) + 1 }, 'job is dead');
  };

  const workers = new Map<string, readonly string[]>();
  for (const job of jobs) workers.set(job.name, await workOn(boss, job, run));
  workers.set(DEAD_JOBS, [await workOnDead(boss, bury)]);
  const tick = startTick(
    db,
    tickMs,
    log,
    (name) => {
      for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
    },
    [...workers.keys()],
  );

  return {
    async stop(timeoutMs = 15_000) {
      await tick.stop();
      await boss.stop({ graceful: true, timeout: timeoutMs, close: false });
    },
  };
}

/** Makes the library's schedules those of the jobs: several processes that keep them together start each run once. */
async function keepSchedules(boss: PgBoss, jobs: readonly Job<object>[]): Promise<void> {
  for (const { name } of await boss.getSchedules()) {
    if (!jobs.some((job) => job.name === name && job.cron !== undefined)) await boss.unschedule(name);
  }
  for (const { name, cron } of jobs) {
    // With a key, so that runs do not pile up where nobody works.
    if (cron !== undefined) await boss.schedule(name, cron, {}, { tz: 'UTC', singletonKey: 'schedule' });
  }
}

type Run = (job: Job<object>, attempt: JobWithMetadata) => Promise<JobResult>;

async function workOn(boss: PgBoss, job: Job<object>, run: Run): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < (job.concurrency ?? 1); n++) {
    // One at a time, so that each is settled the moment it has run.
    const options = {
      pollingIntervalSeconds: POLL_SECONDS,
      batchSize: 1,
      includeMetadata: true,
      perJobResults: true,
      ...(job.groupConcurrency !== undefined && { groupConcurrency: job.groupConcurrency }),
    } as const;
    const id: string = await boss.work(job.name, options, async (attempts: JobWithMetadata[]) => {
      const results: JobResult[] = [];
      for (const attempt of attempts) results.push(await run(job, attempt));
      // Where there was one there may be more: asked for at once, until there is none.
      boss.notifyWorker(id);
      return results;
    });
    ids.push(id);
  }
  return ids;
}

/** Hears of every job that died, also of those whose workers died with them. */
async function workOnDead(boss: PgBoss, bury: (dead: JobWithMetadata) => void): Promise<string> {
  const options = { pollingIntervalSeconds: POLL_SECONDS, batchSize: DEAD_BATCH, includeMetadata: true } as const;
  return boss.work(DEAD_JOBS, options, async (dead: JobWithMetadata[]) => {
    for (const each of dead) bury(each);
  });
}

const DUE_QUEUES = `
  select q.name from unnest($1::text[]) as q (name)
  where exists (
    select 1 from pgboss.job j where j.name = q.name and j.state < 'active' and not j.blocked and j.start_after <= now()
  )`;

/**
 * Asks in one statement which queues have something due, over and over: each worker asking for itself would be one for
 * every job and process.
 */
function startTick(
  { sql }: Database,
  everyMs: number,
  log: JobLog,
  wake: (queue: string) => void,
  queues: readonly string[],
): { stop(): Promise<void> } {
  let isStopped = false;
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  const ask = async () => {
    try {
      for (const { name } of await sql.query<{ name: string }>(DUE_QUEUES, [queues])) wake(name);
      isFailing = false;
    } catch (error) {
      // Once, and not each second until the database is back.
      if (!isFailing) log.error({ error: describeFailure(error, null) }, 'jobs that are due cannot be read');
      isFailing = true;
    }
    if (isStopped) return;
    timer = setTimeout(() => {
      current = ask();
    }, everyMs);
  };
  let current = ask();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
