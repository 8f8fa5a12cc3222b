import { type Secrets, seal, unseal } from '@reqbase/auth';
import * as z from 'zod';
import type { Job } from './queue.ts';

const Sealed = z.object({ sealed: z.base64() });

/** What the table of jobs keeps of a job's data: of a sealed job nothing that can be read there. */
export function keptData({ jobs }: Pick<Secrets, 'jobs'>, job: Job<object>, data: object): object {
  if (job.isSealed !== true) return data;
  return { sealed: Buffer.from(seal(jobs, job.name, JSON.stringify(data))).toString('base64') };
}

/** The data that was kept; null for what no SECRET of this installation has sealed. */
export function openedData({ jobs }: Pick<Secrets, 'jobs'>, job: Job<object>, kept: unknown): unknown {
  if (job.isSealed !== true) return kept;
  const { success, data } = Sealed.safeParse(kept);
  const text = success ? unseal(jobs, job.name, Buffer.from(data.sealed, 'base64')) : null;
  return text === null ? null : JSON.parse(text);
}
