import { HopelessJobError, type Job } from './queue.ts';
import type { Services } from './services.ts';

export type Attempt =
  | { readonly status: 'completed' }
  /** `isHopeless`: it is not to be tried again. */
  | { readonly status: 'failed'; readonly error: Error; readonly isHopeless: boolean };

/** Runs a job once. Never rejects. */
export async function runJob(services: Services, job: Job<object>, data: unknown): Promise<Attempt> {
  const parsed = job.data.safeParse(data);
  if (!parsed.success) {
    // Of another version of the program. What zod says of it names fields and quotes no values.
    return { status: 'failed', error: new HopelessJobError('its data is not as this version knows it'), isHopeless: true };
  }
  try {
    await job.run(services, parsed.data);
    return { status: 'completed' };
  } catch (error) {
    const isHopeless = error instanceof HopelessJobError;
    return { status: 'failed', error: error instanceof Error ? error : new Error(String(error)), isHopeless };
  }
}
