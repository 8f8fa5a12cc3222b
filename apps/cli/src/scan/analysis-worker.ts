import { parentPort, workerData } from 'node:worker_threads';
import { type Analysis, type Asked, analyse } from './analyse.ts';
import { ScanError } from './contract.ts';

export type Said =
  | { readonly is: 'doing'; readonly doing: string }
  | { readonly is: 'done'; readonly analysis: Analysis }
  | { readonly is: 'refused'; readonly message: string };

const say = (said: Said) => parentPort?.postMessage(said);

try {
  say({ is: 'done', analysis: await analyse(workerData as Asked, (doing) => say({ is: 'doing', doing })) });
} catch (error) {
  if (!(error instanceof ScanError)) throw error;
  say({ is: 'refused', message: error.message });
}
