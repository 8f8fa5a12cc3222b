import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { create } from 'tar';
import { EMPTY_PGDATA } from '../src/pgdata.ts';

// What PostgreSQL's `initdb` makes, as an archive: once for an installation and not at each first start.

const folder = mkdtempSync(join(tmpdir(), 'reqbase-pgdata-'));
try {
  const pglite = await PGlite.create(folder);
  await pglite.close();
  await create({ cwd: folder, file: EMPTY_PGDATA, gzip: true, portable: true, strict: true }, readdirSync(folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
