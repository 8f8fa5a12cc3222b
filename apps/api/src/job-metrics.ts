import { type JobOutcome, waitingJobs } from '@reqbase/core';
import type { Database } from '@reqbase/db';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Counts what becomes of jobs in this process; what waits is read from the database when it is asked for. */
export function jobMetrics(registry: Registry, db: Database): (outcome: JobOutcome) => void {
  const outcomes = new Counter({
    name: 'reqbase_jobs_total',
    help: 'Attempts at jobs by outcome, completed or failed; and dead: failed and not tried again',
    labelNames: ['job', 'outcome'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'reqbase_job_duration_seconds',
    help: 'Time that an attempt at a job took',
    labelNames: ['job', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [registry],
  });
  new Gauge({
    name: 'reqbase_jobs_waiting',
    help: 'Jobs that wait, over all processes: due, or for later',
    labelNames: ['job', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      // Where the database does not answer, the other figures do.
      const waiting = await waitingJobs(db).catch(() => []);
      for (const { job, due, later } of waiting) {
        this.set({ job, state: 'due' }, due);
        this.set({ job, state: 'later' }, later);
      }
    },
  });
  return (event) => {
    outcomes.inc({ job: event.job, outcome: event.outcome });
    if (event.outcome !== 'dead') duration.observe({ job: event.job, outcome: event.outcome }, event.seconds);
  };
}
