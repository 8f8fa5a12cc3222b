import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from './client.ts';
import { DataDirLockedError, lockDataDir } from './lock.ts';

let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'reqbase-pgdata-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
});

/** Another process that opens the database of the folder. */
function startOther(): ChildProcess {
  const child = fork(join(import.meta.dirname, 'testing-data-dir-holder.ts'), [dataDir, 'database'], { execArgv: [] });
  children.push(child);
  return child;
}

/** The processes that make a database in the folder. */
function makers(): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('make-pgdata.ts') && line.includes(dataDir))
    .map((line) => Number.parseInt(line, 10));
}

async function theMaker(): Promise<number> {
  for (;;) {
    const [pid] = makers();
    if (pid !== undefined) return pid;
    await delay(10);
  }
}

const content = () => readdirSync(dataDir).filter((name) => !name.startsWith('lock'));
const failureOf = (opening: Promise<unknown>) =>
  opening.then(
    () => new Error('opened'),
    (error: unknown) => error as Error & { code?: string },
  );

describe('the database of a folder without one', () => {
  it('appears whole under its name, and nothing else is left; from then on no other process is needed', async () => {
    const opening = openDatabase({ dataDir });
    await theMaker();
    expect(content()).toEqual(['holder', expect.stringMatching(/^pgdata\.new-/)]);
    await expectToAnswer(await opening);
    expect(content()).toEqual(['holder', 'pgdata']);

    const { db, makersSeen } = await openAndWatch();
    await expectToAnswer(db);
    expect(makersSeen).toEqual([]);
  }, 60_000);

  it('is made while the folder is held by the process that asked; when that is killed, by the next one', async () => {
    const other = startOther();
    await theMaker();
    const refused = await failureOf(openDatabase({ dataDir }));
    expect(refused).toBeInstanceOf(DataDirLockedError);
    expect(refused.message).toContain(`process ${other.pid},`);

    const ended = once(other, 'exit');
    other.kill('SIGKILL');
    await ended;
    // At once, while the process that made it still lives; that ends by itself, and what it leaves is gone at the next start.
    await expectToAnswer(await openDatabase({ dataDir }));
    expect(makers()).toEqual([]);
    await expectToAnswer(await openDatabase({ dataDir }));
    expect(content()).toEqual(['holder', 'pgdata']);
  }, 60_000);

  it('is not made, with nothing left behind and the folder free, when the process that makes it is killed', async () => {
    const opening = failureOf(openDatabase({ dataDir }));
    process.kill(await theMaker(), 'SIGKILL');
    expect((await opening).message).toBe('the embedded database could not be made: its process ended with SIGKILL');
    expect(content()).toEqual(['holder']);
    lockDataDir(dataDir).release();
  });

  it('is not made over something else of its name, which stays as it is', async () => {
    mkdirSync(join(dataDir, 'pgdata'));
    writeFileSync(join(dataDir, 'pgdata', 'mine'), 'kept');
    expect(await failureOf(openDatabase({ dataDir }))).toMatchObject({ code: 'ENOTEMPTY' });
    expect(readFileSync(join(dataDir, 'pgdata', 'mine'), 'utf8')).toBe('kept');
    expect(content()).toEqual(['holder', 'pgdata']);
  });
});

async function expectToAnswer(db: Database): Promise<void> {
  expect(await db.sql.query('select 1::int4 as one')).toEqual([{ one: 1 }]);
  await db.close();
}

async function openAndWatch(): Promise<{ db: Database; makersSeen: number[] }> {
  const opening = openDatabase({ dataDir });
  let isOpen = false;
  void opening.then(() => {
    isOpen = true;
  });
  const makersSeen: number[] = [];
  while (!isOpen) {
    makersSeen.push(...makers());
    await delay(50);
  }
  return { db: await opening, makersSeen };
}
