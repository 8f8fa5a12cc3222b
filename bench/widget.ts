import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCleanup } from './cleanup.ts';
import type { LoadTarget } from './load.ts';
import { type Row, rowOf, type Section } from './report.ts';
import { withScratch } from './scratch.ts';
import { SECRET } from './seed.ts';
import { runLoad, type Server, startReqbase, stop, until200 } from './servers.ts';

const CONNECTIONS = 64;
const ROUNDS = 5;
const SLOT = { leadInMs: 300, durationMs: 2_000 };
const PATH = '/w/demo/config';
const PAGE = { origin: 'https://shop.example' };
const BOUND = { atLeast: 5_000 };

/** The widget's configuration, as every page that loads a widget asks for it: new to the browser, and known to it. */
export async function measureWidget(): Promise<Section[]> {
  const embedded = await withDataDir((dataDir) => measureOn('embedded', { DATA_DIR: dataDir }));
  const server = await withScratch(({ url }) => measureOn('PostgreSQL', { DATABASE_URL: url, SECRET, DEMO: '1' }));
  const about = [`GET ${PATH}, ${CONNECTIONS} connections with one request in flight each, one process, the demo.`];
  return [{ title: 'The widget’s configuration', about, rows: [...embedded, ...server] }];
}

async function measureOn(name: string, env: Readonly<Record<string, string>>): Promise<Row[]> {
  const server = await startReqbase({ env });
  try {
    // The demo comes after the server listens.
    await until200(server, server.origin + PATH);
    const etag = (await fetch(server.origin + PATH)).headers.get('etag') ?? '';
    const fresh = { path: PATH, headers: PAGE };
    const known = { path: PATH, headers: { ...PAGE, 'if-none-match': etag } };
    await load(server, fresh);
    const rates: Record<'fresh' | 'known', number[]> = { fresh: [], known: [] };
    for (let round = 0; round < ROUNDS; round++) {
      rates.fresh.push(await load(server, fresh));
      rates.known.push(await load(server, known));
    }
    return [rowOf(`${name}: 200`, '/s', rates.fresh, BOUND), rowOf(`${name}: 304`, '/s', rates.known, BOUND)];
  } finally {
    await stop(server);
  }
}

async function load({ origin }: Server, target: LoadTarget): Promise<number> {
  const { requestsPerSecond, refused } = await runLoad({ origin, connections: CONNECTIONS, targets: [target], ...SLOT });
  if (refused > 0) throw new Error(`${refused} calls of the widget's configuration were refused`);
  return requestsPerSecond;
}

async function withDataDir<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'reqbase-bench-'));
  return withCleanup(
    async () => rmSync(dataDir, { recursive: true, force: true }),
    () => work(dataDir),
  );
}
