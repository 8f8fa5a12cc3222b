import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_SECRET } from '@reqbase/auth/testing';
import { openReceiver, type Receiver } from '@reqbase/core/testing';
import { openDatabase } from '@reqbase/db';
import { createTestDatabase } from '@reqbase/db/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pause, type ServerProcess, startLoad, startServer, until } from './testing-processes.ts';

// A real process with a real receiver, killed again and again while requests come in and are told of.

let place: { readonly variables: Record<string, string>; release(): Promise<void> };
let server: ServerProcess;
let receiver: Receiver;
let apiKey: string;

async function newPlace(): Promise<typeof place> {
  const common = { DEMO: '1', LOG_LEVEL: 'warn', WEBHOOK_ALLOW_PRIVATE: '1', SECRET: TEST_SECRET };
  if (process.env['TEST_ENGINE'] === 'postgres') {
    const db = await createTestDatabase();
    return { variables: { ...common, DATABASE_URL: db.url ?? '' }, release: () => db.close() };
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'reqbase-webhooks-'));
  return {
    variables: { ...common, DATA_DIR: dataDir },
    release: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

beforeAll(async () => {
  [place, receiver] = await Promise.all([newPlace(), openReceiver()]);
  server = await startServer(place.variables);
  apiKey = /Demo key +(\S+)/.exec(server.output())?.[1] ?? '';
}, 120_000);
afterAll(async () => {
  await server.end('SIGKILL');
  await receiver.close();
  await place.release();
});

const post = (path: string, body: object) =>
  fetch(`${server.origin}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** As if the time had passed after which a dead worker’s jobs are found and tried again: more than a minute. */
async function letTimePass(): Promise<void> {
  const { DATABASE_URL: url, DATA_DIR: dataDir = '' } = place.variables;
  const db = await openDatabase(url === undefined ? { dataDir } : { url, poolSize: 1 });
  await db.sql.query(`update pgboss.job set state = 'retry', start_after = now() where state in ('active', 'retry')`);
  await db.close();
}

it('kill -9 at any point loses no event of what was acknowledged, and each comes under one id', async () => {
  const made = await post('/trpc/webhooks.create', { projectId: 'demo', url: receiver.url, events: ['feature.created'] });
  expect(made.status).toBe(200);
  const acknowledged: string[] = [];
  for (const time of [1, 2, 3, 4]) {
    const load = startLoad(
      [server.origin],
      async (_origin, n) => {
        const response = await post('/p/demo/api/v1/features', { title: `feature ${time}.${n}` });
        const copy = response.clone();
        if (response.status === 201) acknowledged.push(((await copy.json()) as { data: { id: string } }).data.id);
        return response;
      },
      2,
    );
    const before = acknowledged.length;
    await until(() => acknowledged.length >= before + 10, 30_000);
    // In the midst of what was written: the jobs are asked once a second, so that some wait, some run and some are over.
    await pause(400 * time);
    await server.end('SIGKILL');
    await load.stop();
    await letTimePass();
    server = await startServer(place.variables);
  }
  const missing = () => {
    const told = new Set(receiver.received.map(({ body }) => body.data.id));
    return acknowledged.filter((id) => !told.has(id));
  };
  await until(() => missing().length === 0, 30_000).catch(() => {});
  expect(missing()).toEqual([]);
  const idsOf = Map.groupBy(receiver.received, ({ body }) => body.data.id);
  for (const told of idsOf.values()) expect(new Set(told.map(({ body }) => body.id)).size).toBe(1);
  const metrics = await (await fetch(`${server.origin}/metrics`)).text();
  expect(metrics).toMatch(/reqbase_webhook_deliveries_total\{outcome="succeeded"\} [1-9]/);
  expect(metrics).toMatch(/reqbase_webhook_deliveries_total\{outcome="failed"\} 0/);
}, 180_000);
