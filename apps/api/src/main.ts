import { openDatabase } from '@reqbase/db';
import { readEnv } from './env.ts';
import { explainFailure } from './start-failure.ts';

/** How long a start, calls and jobs in flight may take to finish after SIGTERM. */
const DRAIN_MS = 20_000;

async function main(): Promise<void> {
  const stopRequested = signalled();
  // Before the server is loaded: what is wrong is said at once.
  const env = readEnv(process.env);
  // Both take a while, and much of opening an embedded database is not this thread's work.
  const [{ serve }, db] = await Promise.all([import('./serve.ts'), openDatabase(env.database)]);
  const stop = await serve(env, db);
  void stopRequested.then(() => endAfter(stop));
}

/** Resolves when the process is told to end. From the first moment on: a start that is told so ends once it is through. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    const onSignal = () => {
      if (isTold) return;
      isTold = true;
      setTimeout(() => process.exit(1), DRAIN_MS).unref();
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** Ends the process, with 0 when all that is in flight could be finished. */
async function endAfter(stop: () => Promise<void>): Promise<void> {
  try {
    await stop();
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

main().catch((error: unknown) => {
  console.error(explainFailure(error));
  process.exit(1);
});
