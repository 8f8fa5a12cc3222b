import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './client.ts';
import { DataDirLockedError, lockDataDir } from './lock.ts';
import type { HolderReport } from './testing-data-dir-holder.ts';

let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'reqbase-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  rmSync(dataDir, { recursive: true, force: true });
});

/** Starts a process that takes the data folder, and waits for what it says. */
async function startOther(takes: 'database' | 'lock'): Promise<{ child: ChildProcess; report: HolderReport }> {
  const child = fork(join(import.meta.dirname, 'testing-data-dir-holder.ts'), [dataDir, takes], { execArgv: [] });
  children.push(child);
  const [report] = (await once(child, 'message')) as [HolderReport];
  return { child, report };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function refusalOf(open: () => unknown): DataDirLockedError {
  try {
    open();
  } catch (error) {
    if (error instanceof DataDirLockedError) return error;
    throw error;
  }
  throw new Error('not refused');
}

/** Every file of the folder with its content. The lock itself is not to be read while it is held. */
const contents = () =>
  readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'lock' && statSync(join(dataDir, name)).isFile())
    .toSorted()
    .map((name) => [name, readFileSync(join(dataDir, name)).toString('base64')]);

describe('a data folder', () => {
  it('is refused while another process holds it, by the name of that process, nothing in it touched; killed, it leaves all that was acknowledged', async () => {
    const { child, report } = await startOther('database');
    expect(report).toEqual({ outcome: 'opened', holder: '' });
    const before = contents();
    expect(before.length).toBeGreaterThan(100);
    const error = await openDatabase({ dataDir }).then(
      () => new Error('opened'),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(DataDirLockedError);
    expect((error as Error).message).toMatch(
      new RegExp(`^${dataDir} is in use by process ${child.pid}, started \\d{4}-\\d\\d-\\d\\dT`),
    );
    expect((await startOther('database')).report).toMatchObject({
      outcome: 'refused',
      holder: expect.stringContaining(`process ${child.pid},`),
    });
    expect(contents()).toEqual(before);

    for (const n of [1, 2, 3]) {
      const written = once(child, 'message');
      child.send(n);
      expect((await written)[0]).toEqual({ written: n });
    }
    await end(child);
    // At once: no lock is stale.
    lockDataDir(dataDir).release();
    const db = await openDatabase({ dataDir });
    expect(await db.sql.query('select n from written order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(readFileSync(join(dataDir, 'holder'), 'utf8')).toContain(`process ${process.pid},`);
    expect((await startOther('lock')).report).toMatchObject({
      outcome: 'refused',
      holder: expect.stringContaining(`process ${process.pid},`),
    });
    await db.close();
    expect((await startOther('lock')).report).toMatchObject({ outcome: 'opened' });
  }, 60_000);

  it('asked for by several at once goes to exactly one', async () => {
    const reports = (await Promise.all(Array.from({ length: 4 }, () => startOther('lock')))).map(({ report }) => report);
    expect(reports.map((report) => 'outcome' in report && report.outcome).toSorted()).toEqual([
      'opened',
      'refused',
      'refused',
      'refused',
    ]);
  });
});

describe('the lock', () => {
  it('is held against the same process too', () => {
    const lock = lockDataDir(dataDir);
    expect(refusalOf(() => lockDataDir(dataDir)).holder).toContain(`process ${process.pid},`);
    lock.release();
    lockDataDir(dataDir).release();
  });

  it('outlives the garbage collection of a handle that nobody kept', () => {
    lockDataDir(dataDir);
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    expect(refusalOf(() => lockDataDir(dataDir)).holder).toContain(`process ${process.pid},`);
  });

  it('is the kernel’s: a name that was left behind keeps nobody out', () => {
    writeFileSync(join(dataDir, 'holder'), 'process 1, started 2026-01-01T00:00:00.000Z\n');
    const lock = lockDataDir(dataDir);
    expect(readFileSync(join(dataDir, 'holder'), 'utf8')).toContain(`process ${process.pid},`);
    lock.release();
  });

  it('is told of without a name when its holder left none', () => {
    const lock = lockDataDir(dataDir);
    for (const spoil of [() => writeFileSync(join(dataDir, 'holder'), ' \n'), () => rmSync(join(dataDir, 'holder'))]) {
      spoil();
      expect(refusalOf(() => lockDataDir(dataDir)).holder).toBe('another process');
    }
    lock.release();
  });

  it('makes a folder that is not there, for its owner alone', () => {
    const folder = join(dataDir, 'a', 'b');
    lockDataDir(folder).release();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});
