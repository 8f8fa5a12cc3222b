import type { Transaction } from '@reqbase/db';
import type * as z from 'zod';
import type { Services } from './services.ts';

/** Work that is done beside the calls, at least once: `run` must end the same when it runs twice. */
export type Job<Data> = {
  /** `<slice>.<verb>` */
  readonly name: string;
  readonly data: z.ZodType<Data>;
  /** Runs by itself, by this schedule in UTC, besides being added. */
  readonly cron?: string;
  run(services: Services, data: Data): Promise<void>;
};

export type AddOptions = {
  /** Not before. */
  readonly startAfter?: Date;
  /** While a job of this name and key waits, another is not added. */
  readonly key?: string;
};

export type Queue = {
  /** Adds a job in the transaction of what it follows from: it runs after the commit, and not at all without it. */
  add<Data>(tx: Transaction, job: Job<Data>, data: Data, options?: AddOptions): Promise<void>;
};
