import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TEST_SECRET } from '@reqbase/auth/testing';
import { openDatabase } from '@reqbase/db';
import { createTestDatabase } from '@reqbase/db/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { installJobs } from './install-jobs.ts';
import { createServices } from './services.ts';
import { hang } from './testing-worker-process.ts';
import { startWorker } from './worker.ts';

const PROCESS = fileURLToPath(new URL('testing-worker-process.ts', import.meta.url));
const processes: ChildProcess[] = [];
let db: Awaited<ReturnType<typeof createTestDatabase>>;
beforeEach(async () => {
  db = await createTestDatabase();
  await installJobs(db, [hang]);
  await db.script('create table ran (n int4 generated always as identity, pid int4)');
});
afterEach(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await db.close();
});

function startProcess(): ChildProcess {
  const child = spawn(process.execPath, [PROCESS, db.url ?? ''], { stdio: ['ignore', 'inherit', 'inherit'] });
  processes.push(child);
  return child;
}

const ranIn = async () => (await db.sql.query<{ pid: number }>('select pid from ran order by n')).map(({ pid }) => pid);

it('a job whose process is killed while it runs, is run again by another process', async () => {
  const services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free' });
  await db.prisma.$transaction((tx) => services.queue.add(tx, hang, {}));
  const first = startProcess();
  await vi.waitFor(async () => expect(await ranIn()).toEqual([first.pid]), 20_000);
  first.kill('SIGKILL');
  const second = startProcess();
  // As if the minute had passed in which nothing was heard of the first.
  await db.sql.query(`update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute' where state = 'active'`);
  const states = () => db.sql.query<{ state: string }>(`select state::text as state from pgboss.job where name = 'test.hang'`);
  await vi.waitFor(async () => expect(await states()).toEqual([{ state: 'retry' }]), 20_000);
  await db.sql.query(`update pgboss.job set start_after = now() where state = 'retry'`);
  await vi.waitFor(async () => expect(await states()).toEqual([{ state: 'completed' }]), 20_000);
  expect(await ranIn()).toEqual([first.pid, second.pid]);
});

it('a worker whose connections are cut goes on when they are back, and loses no job', async () => {
  const services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free' });
  const completed: string[] = [];
  const quick = { ...hang, run: async () => {} };
  const log = { warn: () => {}, error: () => {} };
  const onOutcome = ({ outcome }: { outcome: string }) => void completed.push(outcome);
  const worker = await startWorker(services, { log, onOutcome, jobs: [quick], tickMs: 20 });
  const other = await openDatabase({ url: db.url ?? '', poolSize: 1 });
  try {
    for (let n = 1; n <= 10; n++) {
      await other.prisma.$transaction((tx) => services.queue.add(tx, quick, {}));
      await other.sql.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    }
    const open = () => other.sql.query(`select id from pgboss.job where name = 'test.hang' and state <> 'completed'`);
    await vi.waitFor(
      async () => {
        // Cut off while it ran: as if the time until it is found, and that until it is tried again, had passed.
        await other.sql.query(
          `update pgboss.job set state = 'retry', start_after = now() where name = 'test.hang' and state in ('active', 'retry')`,
        );
        expect(await open()).toEqual([]);
      },
      { timeout: 20_000, interval: 500 },
    );
    expect(completed.length).toBeGreaterThanOrEqual(10);
  } finally {
    await worker.stop();
    await other.close();
  }
});
