import type { Database } from '@reqbase/db';
import { JOBS } from './jobs.ts';

export type WaitingJobs = {
  readonly job: string;
  /** To be run now. */
  readonly due: number;
  /** To be run, or tried again, at a later time. */
  readonly later: number;
};

/** How many jobs of each kind wait, over all processes. */
export function waitingJobs({ sql }: Database): Promise<WaitingJobs[]> {
  return sql.query<WaitingJobs>(
    `select q.name as job, count(j.id) filter (where j.start_after <= now())::int4 as due,
       count(j.id) filter (where j.start_after > now())::int4 as later
     from unnest($1::text[]) as q (name) left join pgboss.job j on j.name = q.name and j.state < 'active'
     group by q.name`,
    [JOBS.map(({ name }) => name)],
  );
}
