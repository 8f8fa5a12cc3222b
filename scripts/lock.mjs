import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitOnSignals, ROOT } from './process.mjs';

const FILE = join(ROOT, '.runtime', 'lock');
const BEAT_MS = 1_000;
const STALE_MS = 10_000;

/**
 * Keeps two launchers from installing into the same folders.
 *
 * @param {() => Promise<void>} work
 */
export async function withLock(work) {
  const offSignals = exitOnSignals();
  for (let waits = 0; !take(); waits += 1) {
    if (waits === 5) console.error('Waiting for another launcher to finish installing …');
    await sleep(100);
  }
  const release = () => rmSync(FILE, { force: true });
  process.once('exit', release);
  const beat = setInterval(() => utimesSync(FILE, new Date(), new Date()), BEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
    offSignals();
  }
}

function take() {
  mkdirSync(join(ROOT, '.runtime'), { recursive: true });
  try {
    writeFileSync(FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (isAbandoned()) rmSync(FILE, { force: true });
    return false;
  }
}

// A killed holder leaves the file. Its process id may have gone to another process since, so the missing beat tells as well.
function isAbandoned() {
  try {
    if (Date.now() - statSync(FILE).mtimeMs > STALE_MS) return true;
    const holder = Number(readFileSync(FILE, 'utf8'));
    if (holder > 0) process.kill(holder, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}
