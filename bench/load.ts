// The load generator, a process of its own: `connections` callers, each with one request in flight, for a bounded time.
import { createHistogram } from 'node:perf_hooks';
import { Client, type Dispatcher } from 'undici';

export type LoadTarget = { readonly path: string; readonly headers: Readonly<Record<string, string>> };
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
    const client = new Client(origin, { pipelining: 1 });
    for (let index = first; performance.now() < stopAt && requests < MAX_REQUESTS; index += connections) {
      const target = targets[index % targets.length];
      if (target === undefined) throw new Error('no target');
      const sentAt = performance.now();
      const statusCode = await get(client, target);
      const now = performance.now();
      requests++;
      if (statusCode !== expectedStatus) refused++;
      if (sentAt >= countFrom && now <= stopAt) {
        counted++;
        latency.record(Math.max(1, Math.round((now - sentAt) * 1_000)));
      }
    }
    await client.close();
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

/** Status of a GET, once its body is there. The client's own promises and streams would take more of the cores than is needed. */
function get(client: Client, { path, headers }: LoadTarget): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData() {},
      onResponseEnd: () => resolve(status),
      onResponseError: (_controller, error) => reject(error),
    };
    client.dispatch({ method: 'GET', path, headers }, handler);
  });
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
