import { PGlite } from '@electric-sql/pglite';
import type { PgdataFailure } from './pgdata.ts';

// The process of pgdata.ts: makes an empty database in a folder, says so if it cannot, and ends.

/** How the file system of WebAssembly numbers a full disk; its errors have no message. */
const WASI_ENOSPC = 51;

const [folder = ''] = process.argv.slice(2);
// Nobody is left to use it.
process.on('disconnect', () => process.exit(1));
try {
  const pglite = await PGlite.create(folder);
  await pglite.close();
  process.exit(0);
} catch (error) {
  process.send?.(describe(error), undefined, undefined, () => process.exit(1));
}

function describe(error: unknown): PgdataFailure {
  const { name, message, code, errno } = error as Partial<NodeJS.ErrnoException>;
  if (errno === WASI_ENOSPC) return { message: 'no space left on the disk', code: 'ENOSPC' };
  return { message: message ?? `${name} ${errno}`, ...(code !== undefined && { code }) };
}
