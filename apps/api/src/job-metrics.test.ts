import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobMetrics } from './job-metrics.ts';
import { openInstallation, send, type TestInstallation } from './testing.ts';

let t: TestInstallation;
beforeEach(async () => {
  t = await openInstallation();
});
afterEach(() => t.close());

const metric = (text: string, line: string) => text.split('\n').filter((each) => each.startsWith(line));

describe('the metrics of jobs', () => {
  it('tell how many wait, for now and for later', async () => {
    // By the database's clock: what the services' clock of the tests says is long past.
    await t.db.sql.query(
      `insert into pgboss.job (name, policy, start_after) values
         ('mail.send', 'standard', now()), ('mail.send', 'standard', now()), ('mail.send', 'standard', now() + interval '1 hour')`,
    );
    const { text } = await send(t, { method: 'GET', url: '/metrics' });
    expect(metric(text, 'reqbase_jobs_waiting{job="mail.send"')).toEqual([
      'reqbase_jobs_waiting{job="mail.send",state="due"} 2',
      'reqbase_jobs_waiting{job="mail.send",state="later"} 1',
    ]);
    expect(metric(text, 'reqbase_jobs_waiting{job="retention.purge_deleted"')).toHaveLength(2);
  });

  it('count attempts by outcome, and what they took', async () => {
    const registry = new Registry();
    const note = jobMetrics(registry, t.db);
    for (const seconds of [0.02, 2]) note({ job: 'mail.send', outcome: 'completed', seconds });
    note({ job: 'mail.send', outcome: 'failed', seconds: 0.3 });
    note({ job: 'mail.send', outcome: 'dead' });
    const text = await registry.metrics();
    expect(metric(text, 'reqbase_jobs_total{')).toEqual([
      'reqbase_jobs_total{job="mail.send",outcome="completed"} 2',
      'reqbase_jobs_total{job="mail.send",outcome="failed"} 1',
      'reqbase_jobs_total{job="mail.send",outcome="dead"} 1',
    ]);
    expect(metric(text, 'reqbase_job_duration_seconds_bucket{le="0.1",job="mail.send",outcome="completed"')).toEqual([
      'reqbase_job_duration_seconds_bucket{le="0.1",job="mail.send",outcome="completed"} 1',
    ]);
    expect(metric(text, 'reqbase_job_duration_seconds_count')).toHaveLength(2);
  });

  it('leave the others to be read where the database does not answer', async () => {
    const registry = new Registry();
    const silent = { ...t.db, sql: { query: () => Promise.reject(new Error('gone')) } };
    jobMetrics(registry, silent)({ job: 'mail.send', outcome: 'dead' });
    const text = await registry.metrics();
    expect(metric(text, 'reqbase_jobs_total{')).toHaveLength(1);
    expect(metric(text, 'reqbase_jobs_waiting{')).toEqual([]);
  });
});
