import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from './make-folder.ts';

const SQLITE_BUSY = 5;

// A handle that nobody refers to is closed by the garbage collector, and its lock with it.
const held = new Set<DatabaseSync>();

/** Thrown when another process holds the data folder; `holder` says which, as far as it left its name. */
export class DataDirLockedError extends Error {
  readonly holder: string;
  constructor(dataDir: string, holder: string) {
    super(`${dataDir} is in use by ${holder}`);
    this.name = 'DataDirLockedError';
    this.holder = holder;
  }
}

/**
 * Takes the data folder for this process. The lock is SQLite's, that is the kernel's: it goes with the process,
 * however that ends, so there is no stale lock to clean up and no process id to mistake for another. It is held until
 * `release` or the end of the process, also when the caller drops what it got.
 *
 * @throws {DataDirLockedError} when another process holds it; nothing in the folder has been touched then
 */
export function lockDataDir(dataDir: string): { release(): void } {
  makeFolder(dataDir);
  const holderFile = join(dataDir, 'holder');
  const lock = new DatabaseSync(join(dataDir, 'lock'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw new DataDirLockedError(dataDir, readHolder(holderFile));
    throw error;
  }
  writeFileSync(holderFile, `process ${process.pid}, started ${new Date().toISOString()}\n`);
  held.add(lock);
  return {
    release() {
      if (held.delete(lock)) lock.close();
    },
  };
}

function readHolder(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim() || 'another process';
  } catch {
    return 'another process';
  }
}
