import type { Transaction } from '@reqbase/db';
import type * as z from 'zod';
import type { Services } from './services.ts';

/** Work that is done beside the calls, at least once: `run` must end the same when it runs twice. */
export type Job<Data extends object> = {
  /** `<slice>.<verb>` */
  readonly name: string;
  readonly data: z.ZodType<Data>;
  /** The data holds what would let a reader of the database act as somebody: it is kept encrypted. */
  readonly isSealed?: true;
  /** Runs by itself, by this schedule in UTC, besides being added. */
  readonly cron?: string;
  /** How often it is tried again after a failure, later each time (ten times in two to three hours unless given). */
  readonly retryLimit?: number;
  /** How many of it one process runs at a time: one unless given. */
  readonly concurrency?: number;
  /** About how many of one `group` run at a time, over all processes: as many as there are unless given. */
  readonly groupConcurrency?: number;
  run(services: Services, data: Data): Promise<void>;
};

export type AddOptions = {
  /** Not before. */
  readonly startAfter?: Date;
  /**
   * While a job of this name and key waits, another is not added, and the one that waits does not begin before this
   * transaction has ended. Transactions that add under one key wait for each other: add late.
   */
  readonly key?: string;
  /** Of which no more run at a time than the job's `groupConcurrency`. */
  readonly group?: string;
};

export type Queue = {
  /** Adds a job in the transaction of what it follows from: it runs after the commit, and not at all without it. */
  add<Data extends object>(tx: Transaction, job: Job<Data>, data: Data, options?: AddOptions): Promise<void>;
};

/** Thrown by a job that will not do better the next time: it is dead at once. */
export class HopelessJobError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HopelessJobError';
  }
}
