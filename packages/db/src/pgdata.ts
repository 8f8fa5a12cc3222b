import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar';

/** An empty database as `.tar.gz`, made by `scripts/make-pgdata.ts` with the version of PGlite that will open it. */
export const EMPTY_PGDATA = join(import.meta.dirname, 'generated', 'pgdata.tgz');

const UNFINISHED = 'pgdata.new-';

/**
 * The folder of the embedded database in `dataDir`, which the caller holds. An empty database is put there when there is
 * none: whole, or not at all.
 *
 * @throws {Error} with the `code` of the system if it cannot be
 */
export async function readyPgdata(dataDir: string): Promise<string> {
  const pgdata = join(dataDir, 'pgdata');
  removeUnfinished(dataDir);
  if (existsSync(join(pgdata, 'PG_VERSION'))) return pgdata;
  const unfinished = mkdtempSync(join(dataDir, UNFINISHED));
  try {
    // Else a file that cannot be written is a warning.
    await extract({ file: EMPTY_PGDATA, cwd: unfinished, strict: true });
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
    if (name.startsWith(UNFINISHED)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}
