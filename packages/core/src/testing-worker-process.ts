import { setInterval } from 'node:timers/promises';
import { TEST_SECRET } from '@reqbase/auth/testing';
import { openDatabase } from '@reqbase/db';
import * as z from 'zod';
import type { Job } from './queue.ts';
import { createServices } from './services.ts';
import { startWorker } from './worker.ts';

// Another process of worker.postgres.test.ts: works on the database that it is given until it is killed.

/** Says that it runs; the first time it never ends. */
export const hang: Job<object> = {
  name: 'test.hang',
  data: z.object({}),
  async run({ access: { db } }) {
    const [ran] = await db.sql.query<{ n: number }>('insert into ran (pid) values ($1) returning n', [process.pid]);
    if (ran?.n === 1) for await (const _ of setInterval(1_000));
  },
};

const [url] = process.argv.slice(2);
if (url !== undefined) {
  const services = createServices({ db: await openDatabase({ url }), secret: TEST_SECRET, defaultPlan: 'free' });
  const print = (fields: object, message: string) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  await startWorker(services, { log: { warn: print, error: print }, jobs: [hang], tickMs: 50, superviseSeconds: 1 });
}
