import type { Database } from '@reqbase/db';
import { type ConstructorOptions, PgBoss, type Queue } from 'pg-boss';
import type { Job } from './queue.ts';

/** Where the job library keeps its tables. */
export const BOSS_SCHEMA = 'pgboss';

/** The queue where jobs end that have failed for good, however they failed. */
export const DEAD_JOBS = 'jobs.dead';

/** The job library over a database, not started: as it is, it adds jobs and administers queues and runs nothing. */
export function bossOver(
  { engine, execute }: Pick<Database, 'engine' | 'execute'>,
  options: Omit<ConstructorOptions, 'db' | 'schema'> = {},
): PgBoss {
  return new PgBoss({
    db: { executeSql: execute },
    schema: BOSS_SCHEMA,
    backend: engine === 'embedded' ? 'pglite' : 'postgres',
    ...options,
  });
}

export type QueueOptions = Omit<Queue, 'name' | 'policy' | 'partition'>;

const HOUR = 3_600;

/** How a job is tried, and how long what is left of it stays. */
export function queueOptions({ retryLimit = 10 }: Pick<Job<object>, 'retryLimit'>): QueueOptions {
  return {
    retryLimit,
    // Between 10 and 20 seconds, then twice as long each time, up to an hour.
    retryDelay: 10,
    retryBackoff: true,
    retryDelayMax: HOUR,
    expireInSeconds: HOUR / 4,
    // Of a worker that died, nothing is heard: its jobs are taken up by another.
    heartbeatSeconds: 60,
    // What waited while nobody worked is not thrown away.
    retentionSeconds: 365 * 24 * HOUR,
    // Payloads are of no use once they have served.
    deleteAfterSeconds: HOUR,
    deadLetter: DEAD_JOBS,
  };
}

/** Those of the dead: theirs are the payloads of the jobs that died, and they stay no longer. */
export const DEAD_OPTIONS: QueueOptions = {
  retryLimit: 10,
  retryDelay: 10,
  retryBackoff: true,
  retryDelayMax: HOUR,
  deleteAfterSeconds: HOUR,
  retentionSeconds: 365 * 24 * HOUR,
};
