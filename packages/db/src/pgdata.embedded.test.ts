import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './client.ts';
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

const content = () => readdirSync(dataDir).filter((name) => !name.startsWith('lock'));
const unfinished = () => content().filter((name) => name.startsWith('pgdata.new-'));
const failureOf = (opening: Promise<unknown>) =>
  opening.then(
    () => new Error('opened'),
    (error: unknown) => error as Error & { code?: string },
  );

async function expectToAnswer(): Promise<void> {
  const db = await openDatabase({ dataDir });
  expect(await db.sql.query('select 1::int4 as one')).toEqual([{ one: 1 }]);
  await db.close();
}

describe('the database of a folder without one', () => {
  it('appears whole under its name, and nothing else is left', async () => {
    await expectToAnswer();
    expect(content()).toEqual(['holder', 'pgdata']);
    await expectToAnswer();
    expect(content()).toEqual(['holder', 'pgdata']);
  });

  it('is put there by the next one when the process that began is killed, and what that has left is gone', async () => {
    const other = startOther();
    while (unfinished().length === 0) await nextTurn();
    expect(await failureOf(openDatabase({ dataDir }))).toBeInstanceOf(DataDirLockedError);
    const ended = once(other, 'exit');
    other.kill('SIGKILL');
    await ended;
    expect(content()).toEqual(['holder', expect.stringMatching(/^pgdata\.new-/)]);
    await expectToAnswer();
    expect(content()).toEqual(['holder', 'pgdata']);
  });

  it('is not put over something else of its name, which stays as it is', async () => {
    mkdirSync(join(dataDir, 'pgdata'));
    writeFileSync(join(dataDir, 'pgdata', 'mine'), 'kept');
    expect(await failureOf(openDatabase({ dataDir }))).toMatchObject({ code: 'ENOTEMPTY' });
    expect(readFileSync(join(dataDir, 'pgdata', 'mine'), 'utf8')).toBe('kept');
    expect(content()).toEqual(['holder', 'pgdata']);
    lockDataDir(dataDir).release();
  });
});
