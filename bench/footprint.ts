import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withCleanup } from './cleanup.ts';
import { type Row, rowOf, type Section } from './report.ts';
import { withScratch } from './scratch.ts';
import { SECRET } from './seed.ts';
import { freePort, rssMegabytes, type Server, type Spawned, spawnReqbase, startReqbase, stop, until200 } from './servers.ts';

const IDLE_MS = 10_000;
const DEMO_MS = 20_000;
const STARTS = 3;
const WARM_START_BOUND = { atMost: 4 };

/** What a server takes of memory at rest. */
export async function measureMemory(): Promise<Section> {
  return withDataDir(async (dataDir) => {
    const idle = async (env: Readonly<Record<string, string>>) => idleMegabytes(await startReqbase({ env }));
    const embedded = { DATA_DIR: dataDir };
    const onEmbedded = [await idle(embedded), await idle(embedded)] as const;
    const onPostgres = await withScratch(async ({ url }) => {
      const postgres = { DATABASE_URL: url, SECRET, DEMO: '1' };
      return [await idle(postgres), await idle(postgres)] as const;
    });
    return {
      title: 'Memory at rest',
      about: [
        `Resident memory of the server's one process, ${IDLE_MS / 1_000} s after it is ready; the first start migrates and loads the demo.`,
      ],
      rows: [
        { name: 'embedded database, first start', value: onEmbedded[0], unit: 'MB', bound: { atMost: 550 } },
        { name: 'embedded database, started again', value: onEmbedded[1], unit: 'MB', bound: { atMost: 550 } },
        { name: 'PostgreSQL, first start', value: onPostgres[0], unit: 'MB', bound: { atMost: 200 } },
        { name: 'PostgreSQL, started again', value: onPostgres[1], unit: 'MB', bound: { atMost: 200 } },
      ],
    };
  });
}

/** How long a server that has its data takes to be there again. */
export async function measureWarmStart(): Promise<Section> {
  return withDataDir(async (dataDir) => {
    const first = await startReqbase({ env: { DATA_DIR: dataDir } });
    const apiKey = await printed(first.output, /riq_live_\w{62}/);
    await stop(first);
    return {
      title: 'Warm start, embedded database with the demo',
      about: [`From the command to the first 200, ${STARTS} times each; npm start is measured after one that was not.`],
      rows: [...(await warmStarts('node', dataDir, apiKey)), ...(await warmStarts('npm', dataDir, apiKey))],
    };
  });
}

async function withDataDir<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'reqbase-bench-'));
  return withCleanup(
    () => rmSync(dataDir, { recursive: true, force: true }),
    () => work(dataDir),
  );
}

/** What the server prints, as soon as it has. A first start answers before its demo is loaded. */
async function printed(output: readonly string[], pattern: RegExp): Promise<string> {
  for (const giveUpAt = Date.now() + DEMO_MS; Date.now() < giveUpAt; await delay(100)) {
    const [text] = pattern.exec(output.join('')) ?? [];
    if (text !== undefined) return text;
  }
  throw new Error(`the server has not printed ${pattern}`);
}

async function idleMegabytes(server: Server & Spawned): Promise<number> {
  await printed(server.output, /Reqbase is ready/);
  await delay(IDLE_MS);
  const megabytes = rssMegabytes(server);
  await stop(server);
  return megabytes;
}

async function warmStarts(command: 'node' | 'npm', dataDir: string, apiKey: string): Promise<Row[]> {
  const [alive, listed]: [number[], number[]] = [[], []];
  for (let start = command === 'npm' ? -1 : 0; start < STARTS; start++) {
    const port = await freePort();
    const startedAt = performance.now();
    const server = spawnReqbase({ env: { DATA_DIR: dataDir, PORT: String(port) } }, command);
    const seconds = () => (performance.now() - startedAt) / 1_000;
    const origin = `http://127.0.0.1:${port}`;
    await until200(server, `${origin}/healthz`);
    const aliveAfter = seconds();
    await until200(server, `${origin}/p/demo/api/v1/features`, { authorization: `Bearer ${apiKey}` });
    const listedAfter = seconds();
    await stop(server);
    if (start < 0) continue;
    alive.push(aliveAfter);
    listed.push(listedAfter);
  }
  const what = command === 'npm' ? 'npm start' : 'node apps/api/src/main.ts';
  return [rowOf(`${what}: /healthz`, 's', alive), rowOf(`${what}: the demo's list`, 's', listed, WARM_START_BOUND)];
}
