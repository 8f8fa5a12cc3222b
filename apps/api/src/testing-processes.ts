import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

// Real processes of the server, for the tests that need more than one, or need one to die.

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const START_TIMEOUT_MS = 60_000;

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ServerProcess = {
  readonly pid: number;
  /** Where it answers. */
  readonly origin: string;
  /** All that it has printed. */
  output(): string;
  /** Signals it and waits for its end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
};

type Variables = Readonly<Record<string, string>>;

function launch(variables: Variables): { child: ChildProcess; output: () => string; ended: Promise<Ended> } {
  // Of the tests' own environment what Node has compiled, and nothing else: it would choose their database.
  const { NODE_COMPILE_CACHE = '' } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    env: { NODE_COMPILE_CACHE, HOST: '127.0.0.1', PORT: '0', DEMO: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, output: () => chunks.join(''), ended };
}

/** Starts a server and waits until it has said where it answers. @throws with its words when it ends instead */
export async function startServer(variables: Variables): Promise<ServerProcess> {
  const { child, output, ended } = launch(variables);
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const port = /http:\/\/[^\s/]+:(\d+)\/docs/.exec(output())?.[1];
    if (port !== undefined) {
      return {
        pid: child.pid ?? 0,
        origin: `http://127.0.0.1:${port}`,
        output,
        end: (signal) => {
          child.kill(signal);
          return ended;
        },
      };
    }
    if (hasEnded || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the server did not start:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts a server that is expected to refuse, and waits for its end. */
export async function runToEnd(variables: Variables): Promise<Ended & { output: string }> {
  const { child, output, ended } = launch(variables);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const end = await ended;
  clearTimeout(timer);
  return { ...end, output: output() };
}

/** Starts a server, signals it as soon as `isSo`, and waits for its end. */
export async function signalWhen(
  variables: Variables,
  signal: NodeJS.Signals,
  isSo: (output: string) => boolean,
): Promise<Ended & { output: string }> {
  const { child, output, ended } = launch(variables);
  await until(() => isSo(output()), START_TIMEOUT_MS);
  child.kill(signal);
  return { ...(await ended), output: output() };
}

export type Outcome = {
  readonly origin: string;
  readonly startedAt: number;
  readonly status: number;
  readonly code: string | undefined;
};

/** Calls each origin over and over until it is told to stop; every call is noted with the instant at which it began. */
export function startLoad(
  origins: readonly string[],
  call: (origin: string, n: number) => Promise<Response>,
  workersEach: number,
) {
  const outcomes: Outcome[] = [];
  let isStopped = false;
  let n = 0;
  const work = async (origin: string) => {
    while (!isStopped) {
      const startedAt = performance.now();
      const response = await call(origin, n++).catch(() => null);
      const body = (await response?.json().catch(() => null)) as { error?: { code?: string } } | null;
      outcomes.push({ origin, startedAt, status: response?.status ?? 0, code: body?.error?.code });
    }
  };
  const workers = origins.flatMap((origin) => Array.from({ length: workersEach }, () => work(origin)));
  return {
    outcomes,
    async stop(): Promise<void> {
      isStopped = true;
      await Promise.all(workers);
    },
  };
}

/** A way to a server that can be cut and opened again, as a network does it. */
export async function openGate(target: { host: string; port: number }) {
  const sockets = new Set<Socket>();
  const gate = createServer((near) => {
    const far = connect(target.port, target.host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => gate.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = gate.address() as AddressInfo;
  return {
    port,
    async cut(): Promise<void> {
      const closed = new Promise((resolve) => gate.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    open: () => listen(port),
  };
}

/** Asks every few milliseconds until it is so. @throws when it is not in time */
export async function until(isSo: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it has not come to be within ${timeoutMs} ms`);
    await pause(10);
  }
}

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
