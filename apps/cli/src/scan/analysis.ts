import { Worker } from 'node:worker_threads';
import { usage } from '../failure.ts';
import type { Analysis, Asked } from './analyse.ts';
import type { Said } from './analysis-worker.ts';

/** What a description may take. The largest real one of 6 MB takes a tenth of the time and half of the memory. */
const TIMEOUT_MS = 120_000;
const HEAP_MB = 800;
const YOUNG_MB = 64;

/**
 * Reads and lints in a thread of its own: the libraries are loaded by no other command, the terminal goes on turning its
 * spinner, and a description made to exhaust them ends the thread and not the command.
 *
 * @throws {Failure} for a description that cannot be read, or not within bounds
 */
export async function runAnalysis(asked: Asked, progress: (doing: string) => void): Promise<Analysis> {
  // The sources run as they are in tests; the packed command has a file beside it.
  const file = import.meta.url.endsWith('.ts') ? './analysis-worker.ts' : './analysis-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: asked,
    // A thread's young generation is small unless told, and copying it took as long as all else.
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    // A library of Spectral's uses a module of Node that is to go.
    execArgv: ['--disable-warning=DEP0040'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<Analysis>();
  const timer = setTimeout(
    () => reject(usage(`${asked.spec} takes more than ${TIMEOUT_MS / 1_000} seconds to check.`)),
    TIMEOUT_MS,
  );
  worker.on('message', (said: Said) => {
    if (said.is === 'doing') progress(said.doing);
    else if (said.is === 'done') resolve(said.analysis);
    else reject(usage(said.message));
  });
  worker.on('error', (error: NodeJS.ErrnoException) =>
    reject(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? usage(`${asked.spec} takes more than ${HEAP_MB} MB of memory to check.`)
        : error,
    ),
  );
  worker.on('exit', () => reject(usage(`${asked.spec} could not be checked.`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
