import { openDatabase } from './client.ts';
import { DataDirLockedError, lockDataDir } from './lock.ts';

// Another process of lock.embedded.test.ts: takes the data folder (the whole database, or its lock alone), says how that
// went, writes what it is sent, and stays.

export type HolderReport = { readonly outcome: 'opened' | 'refused'; readonly holder: string } | { readonly written: number };

const [dataDir = '', takes] = process.argv.slice(2);
try {
  if (takes === 'lock') lockDataDir(dataDir);
  else await holdDatabase();
  process.on('disconnect', () => process.exit());
  report({ outcome: 'opened', holder: '' });
} catch (error) {
  if (!(error instanceof DataDirLockedError)) throw error;
  report({ outcome: 'refused', holder: error.holder });
  process.disconnect();
}

async function holdDatabase(): Promise<void> {
  const db = await openDatabase({ dataDir });
  await db.sql.query('create table if not exists written (n int4 primary key)');
  process.on('message', (n: number) => {
    db.sql.query('insert into written (n) values ($1)', [n]).then(
      () => report({ written: n }),
      () => process.exit(1),
    );
  });
}

function report(message: HolderReport): void {
  process.send?.(message);
}
