import type { Database } from '@reqbase/db';
import type { PgBoss, QueuePolicy, QueueResult } from 'pg-boss';
import { bossOver, DEAD_JOBS, DEAD_OPTIONS, type QueueOptions, queueOptions } from './boss.ts';
import { JOBS } from './jobs.ts';
import type { Job } from './queue.ts';

/**
 * Brings the job library's tables, which a migration has made, to the version of the library, and makes a queue for
 * every job. To be run at start, after the migrations; costs a few statements when there is nothing to do.
 */
export async function installJobs(db: Database, jobs: readonly Job<object>[] = JOBS): Promise<void> {
  const boss = bossOver(db, { supervise: false, schedule: false });
  boss.on('error', () => {});
  // The library upgrades its tables when it starts, under a lock of its own.
  await boss.start();
  try {
    const existing = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
    await ensureQueue(boss, existing, DEAD_JOBS, 'standard', DEAD_OPTIONS);
    for (const job of jobs) await ensureQueue(boss, existing, job.name, 'short', queueOptions(job));
  } finally {
    await boss.stop();
  }
}

async function ensureQueue(
  boss: PgBoss,
  existing: ReadonlyMap<string, QueueResult>,
  name: string,
  policy: QueuePolicy,
  options: QueueOptions,
): Promise<void> {
  const queue = existing.get(name);
  if (queue === undefined) return boss.createQueue(name, { policy, ...options });
  const isAsWanted = Object.entries(options).every(([option, value]) => queue[option as keyof QueueOptions] === value);
  if (!isAsWanted) await boss.updateQueue(name, options);
}
