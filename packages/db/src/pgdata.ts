import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What the process that makes a database says when it cannot. */
export type PgdataFailure = { readonly message: string; readonly code?: string };

const UNFINISHED = 'pgdata.new-';

/**
 * The folder of the embedded database in `dataDir`, which the caller holds. An empty database is made there when there is
 * none: whole, or not at all.
 *
 * It is made by a process of its own. PGlite runs all of PostgreSQL's `initdb` for it, and this process would keep what that
 * takes (110 to 140 MB) for good: neither the garbage collector nor the end of a worker thread gives it back.
 *
 * @throws {Error} with the `code` of the system, when there is one, if the database cannot be made
 */
export async function readyPgdata(dataDir: string): Promise<string> {
  const pgdata = join(dataDir, 'pgdata');
  removeUnfinished(dataDir);
  if (existsSync(join(pgdata, 'PG_VERSION'))) return pgdata;
  // Under a name of its own: the process of a start that was killed lives on for a moment, and must not write into this one.
  const unfinished = mkdtempSync(join(dataDir, UNFINISHED));
  try {
    await makeIn(unfinished);
    renameSync(unfinished, pgdata);
    return pgdata;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** What starts that were killed have left. */
function removeUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 });
  }
}

async function makeIn(folder: string): Promise<void> {
  // Without this process's options: a debugger, for one, cannot listen twice.
  const child = fork(join(import.meta.dirname, 'make-pgdata.ts'), [folder], { execArgv: [] });
  let failure: PgdataFailure | undefined;
  child.once('message', (message) => {
    failure = message as PgdataFailure;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  const { message, ...rest } = failure ?? { message: `its process ended with ${code ?? signal}` };
  throw Object.assign(new Error(`the embedded database could not be made: ${message}`), rest);
}
