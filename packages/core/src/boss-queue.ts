import { AsyncLocalStorage } from 'node:async_hooks';
import type { Secrets } from '@reqbase/auth';
import type { Database } from '@reqbase/db';
import { type Db, fromPrisma } from 'pg-boss';
import { uuidv7 } from 'uuidv7';
import { bossOver } from './boss.ts';
import { keptData } from './job-data.ts';
import type { Queue } from './queue.ts';

/**
 * The queue over pg-boss in the same database. All that it asks goes through the caller's transaction; its jobs are due
 * by the clock given, which is to agree with the database's.
 */
export function bossQueue({ engine }: Pick<Database, 'engine'>, secrets: Pick<Secrets, 'jobs'>, clock: () => Date): Queue {
  // Not only the insert: the library reads a queue's settings once, and another connection for that would wait for this
  // very transaction on the embedded database.
  const current = new AsyncLocalStorage<Db>();
  const boss = bossOver({
    engine,
    execute(text, values = []) {
      const db = current.getStore();
      if (db === undefined) throw new Error('the queue was asked outside a transaction');
      return db.executeSql(text, [...values]);
    },
  });

  return {
    async add(tx, job, data, { startAfter = clock(), key = uuidv7(), group } = {}) {
      const payload = keptData(secrets, job, job.data.parse(data));
      const db = fromPrisma(tx);
      const id = uuidv7();
      await current.run(db, async () => {
        for (;;) {
          // A queue admits one waiting job for each key.
          const grouped = group === undefined ? {} : { group: { id: group } };
          if ((await boss.send(job.name, payload, { id, startAfter, singletonKey: key, ...grouped, db })) !== null) return;
          // One waits. It is held until this transaction ends: begun before that, it would not see what is changed here.
          const { updated } = await boss.update(job.name, undefined, { singletonKey: key, match: 'all', db });
          // None: a worker has just begun it, and it may have read what there was before.
          if (updated > 0) return;
        }
      });
    },
  };
}
