// The load generator, a process of its own: `connections` callers, each with one request in flight, for a bounded time.
import { connect } from 'node:net';
import { createHistogram } from 'node:perf_hooks';

export type LoadTarget = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent by POST, in ASCII; without it, it is a GET. */
  readonly body?: string;
};
export type LoadOptions = {
  readonly origin: string;
  readonly connections: number;
  /** Sent before the counting starts. */
  readonly leadInMs: number;
  readonly durationMs: number;
  /** Of an answer that counts as one; 200 unless given. */
  readonly expectedStatus?: number;
  /** Dealt out to the connections, so that no two call by the same one while there are as many as connections. */
  readonly targets: readonly LoadTarget[];
};
export type LoadResult = {
  readonly requestsPerSecond: number;
  /** With the lead-in. */
  readonly requests: number;
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

const MAX_REQUESTS = 1_000_000;

async function run({
  origin,
  connections,
  leadInMs,
  durationMs,
  expectedStatus = 200,
  targets,
}: LoadOptions): Promise<LoadResult> {
  const latency = createHistogram();
  let requests = 0;
  let counted = 0;
  let refused = 0;
  const startedAt = performance.now();
  const countFrom = startedAt + leadInMs;
  const stopAt = countFrom + durationMs;

  const call = async (first: number): Promise<void> => {
    const connection = openConnection(new URL(origin));
    for (let index = first; performance.now() < stopAt && requests < MAX_REQUESTS; index += connections) {
      const target = targets[index % targets.length];
      if (target === undefined) throw new Error('no target');
      const sentAt = performance.now();
      const statusCode = await connection.ask(target);
      const now = performance.now();
      requests++;
      if (statusCode !== expectedStatus) refused++;
      if (sentAt >= countFrom && now <= stopAt) {
        counted++;
        latency.record(Math.max(1, Math.round((now - sentAt) * 1_000)));
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => call(index)));
  return {
    requestsPerSecond: counted / (durationMs / 1_000),
    requests,
    refused,
    p50Ms: latency.percentile(50) / 1_000,
    p99Ms: latency.percentile(99) / 1_000,
  };
}

type Connection = { ask(target: LoadTarget): Promise<number>; close(): void };
type Waiting = { readonly resolve: (status: number) => void; readonly reject: (error: Error) => void };

/**
 * A connection with one request in flight, which gives the status of an answer once all of it is there. It reads no more of
 * it than that: what a whole client does for a call would be taken from the two cores that are measured.
 */
function openConnection({ hostname, port, host }: URL): Connection {
  const socket = connect(Number(port), hostname).setNoDelay();
  let waiting: Waiting | null = null;
  let head = Buffer.alloc(0);
  let status = 0;
  let missing = 0;
  socket.on('data', (chunk) => {
    if (status > 0) missing -= chunk.length;
    else {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const text = head.toString('latin1', 0, end);
      status = Number(text.slice(9, 12));
      const length = status === 304 ? 0 : Number(/^content-length: (\d+)/im.exec(text)?.[1]);
      if (Number.isNaN(length)) return void socket.destroy(new Error(`an answer without its length: ${text}`));
      missing = length - (head.length - end - 4);
    }
    if (missing > 0) return;
    const { resolve } = waiting ?? {};
    const answered = status;
    [waiting, head, status] = [null, Buffer.alloc(0), 0];
    resolve?.(answered);
  });
  const fail = (error: Error) => waiting?.reject(error);
  socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')));
  return {
    ask: ({ path, headers, body }) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        const all = body === undefined ? headers : { ...headers, 'content-length': String(body.length) };
        const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
        const method = body === undefined ? 'GET' : 'POST';
        socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}\r\n${body ?? ''}`, 'latin1');
      }),
    close: () => socket.destroy(),
  };
}

process.once('message', (options: LoadOptions) => {
  run(options).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
