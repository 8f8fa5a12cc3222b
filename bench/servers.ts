import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { LoadOptions, LoadResult } from './load.ts';
import type { PeerOptions, PeerReady } from './peer.ts';

const PEERS = {
  floor: new URL('./floor.ts', import.meta.url),
  'better-auth, lean': new URL('./better-auth-lean.ts', import.meta.url),
  'better-auth, same job in this stack': new URL('./better-auth-in-stack.ts', import.meta.url),
};
const LOAD = new URL('./load.ts', import.meta.url);
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const MAIN = 'apps/api/src/main.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 25_000;
const CLOCK_TICKS_PER_SECOND = 100;

/** A server of the run, in a process of its own. */
export type Server = { readonly origin: string; readonly process: ChildProcess };

/** Starts a hand-written peer; it listens when this returns. */
export async function startPeer(name: keyof typeof PEERS, options: PeerOptions): Promise<Server & PeerReady> {
  const child = fork(PEERS[name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  child.send(options);
  const [ready] = (await once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })) as [PeerReady];
  return { ...ready, process: child };
}

export type ReqbaseOptions = { readonly env: Readonly<Record<string, string>> };
export type Spawned = Pick<Server, 'process'> & { readonly output: readonly string[] };

// What the operator of this machine has set is not what is measured. An empty variable is an unset one.
const UNSET = Object.fromEntries(
  ['DATABASE_URL', 'DATA_DIR', 'DEFAULT_PLAN', 'DEMO', 'DEMO_PASSWORD', 'PUBLIC_URL', 'REDIS_URL', 'SECRET', 'TRUST_PROXY'].map(
    (name) => [name, ''],
  ),
);

/** Starts Reqbase by one of its two commands; `output` is what it prints, and grows. */
export function spawnReqbase({ env }: ReqbaseOptions, command: 'node' | 'npm' = 'node'): Spawned {
  const [file, args] = command === 'node' ? [process.execPath, [MAIN]] : ['npm', ['start']];
  const all = { ...process.env, ...UNSET, LOG_LEVEL: 'warn', HOST: '127.0.0.1', ...env };
  // In a group of its own: `npm start` has children, and they are stopped with it.
  const child = spawn(file, args, { cwd: ROOT, env: all, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  return { process: child, output };
}

/** Servers in groups of their own outlive this process unless it takes them along. Peers end with their channel. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
});

/** Waits until a GET answers 200. @throws when the process ends before, or it takes too long */
export async function until200(
  { process: child }: Pick<Server, 'process'>,
  url: string,
  headers: Record<string, string> = {},
): Promise<void> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  for (;;) {
    const response = await fetch(url, { headers, signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return null;
    });
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode} before ${url} answered`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts Reqbase on a free port and waits until it is ready. */
export async function startReqbase({ env }: ReqbaseOptions): Promise<Server & Spawned> {
  const port = await freePort();
  const server = spawnReqbase({ env: { ...env, PORT: String(port) } });
  const origin = `http://127.0.0.1:${port}`;
  await until200(server, `${origin}/readyz`);
  return { ...server, origin };
}

/** Ends a server that this run started, its children with it, and waits for it. */
export async function stop({ process: child }: Pick<Server, 'process'>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
  if (child.connected) child.disconnect();
  else if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await ended.catch(() => child.kill('SIGKILL'));
}

/** Runs one bounded load from a process of its own. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const child = fork(LOAD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(options);
  const timeout = AbortSignal.timeout(options.leadInMs + options.durationMs + START_TIMEOUT_MS);
  const [result] = (await once(child, 'message', { signal: timeout })) as [LoadResult];
  child.disconnect();
  return result;
}

/** A port of the loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** CPU time that the process has used, its threads included; null where there is no `/proc`. */
export function cpuMs(pid: number | undefined): number | null {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND) * 1_000;
}

/** Resident memory of the process. */
export function rssMegabytes({ process: { pid } }: Pick<Server, 'process'>): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1_024;
}
