import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** How long a step may take before it is announced: warm runs stay silent. */
const QUIET_MS = 700;

/**
 * Gives the terminal to a command until it ends. Signals sent to this process reach it.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it
 */
export function handOver(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    const offSignal = onSignal((signal) => {
      // Ctrl-C reaches the whole foreground group: the command has had it already, and to many programs a second one means "now".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      offSignal();
      resolve(code ?? exitCodeOf(signal ?? 'SIGKILL'));
    });
  });
}

/**
 * Runs a command out of sight; its output is shown only when it fails.
 *
 * @param {string} label what it does, printed when it takes a while
 * @param {string} command
 * @param {string[]} args
 * @param {{ attempts?: number, advice: string, env?: NodeJS.ProcessEnv }} options `advice` says what to do when it fails
 */
export async function step(label, command, args, { attempts = 1, advice, env = process.env }) {
  const startedAt = Date.now();
  const announce = setTimeout(() => console.error(`${label} …`), QUIET_MS);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const { code, output } = await capture(command, args, env);
      if (code === 0) break;
      if (attempt === attempts) throw new Error(`${output.trim()}\n\n${label}: failed. ${advice}`);
      console.error(`${label}: failed, trying once more …`);
    }
  } finally {
    clearTimeout(announce);
  }
  const elapsedMs = Date.now() - startedAt;
  if (elapsedMs > QUIET_MS) console.error(`${label}: done in ${(elapsedMs / 1000).toFixed(1)} s`);
}

/**
 * Runs a command and keeps what it prints. Ends with this process.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, output: string }>}
 */
export function capture(command, args, env) {
  return new Promise((resolve) => {
    // Its input is empty, so that nothing can wait for an answer.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const kill = () => child.kill();
    process.on('exit', kill);
    const offSignal = exitOnSignals();
    let output = '';
    /** @param {{ code: number, output: string }} result */
    const finish = (result) => {
      offSignal();
      process.off('exit', kill);
      resolve(result);
    };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => finish({ code: 1, output: error.message }));
    child.on('close', (code) => finish({ code: code ?? 1, output }));
  });
}

/**
 * @param {(signal: NodeJS.Signals) => void} listener
 * @returns {() => void} takes the listener away
 */
function onSignal(listener) {
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

/**
 * Has signals end this process as an exit does, with what is to be done then; else they would end it at once.
 *
 * @returns {() => void} takes that back
 */
export function exitOnSignals() {
  return onSignal((signal) => process.exit(exitCodeOf(signal)));
}

/** @param {NodeJS.Signals} signal */
function exitCodeOf(signal) {
  return 128 + constants.signals[signal];
}
