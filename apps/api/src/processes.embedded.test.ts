import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pause, runToEnd, type ServerProcess, signalWhen, startLoad, startServer, until } from './testing-processes.ts';

// A real process on a data folder of its own, with the demo.

let dataDir: string;
let server: ServerProcess;
let apiKey: string;

const variables = () => ({ DATA_DIR: dataDir, DEMO: '1', LOG_LEVEL: 'warn' });
const bearer = () => ({ authorization: `Bearer ${apiKey}` });
const api = (path: string) => `${server.origin}/p/demo/api/v1${path}`;
const create = (title: string) =>
  fetch(api('/features'), {
    method: 'POST',
    headers: { ...bearer(), 'content-type': 'application/json' },
    body: JSON.stringify({ title }),
  });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'reqbase-process-'));
  // Whatever a first start has come to when it is killed, the next one does the rest.
  await signalWhen(variables(), 'SIGKILL', () => existsSync(join(dataDir, 'pgdata')));
  server = await startServer(variables());
  apiKey = /Demo key +(\S+)/.exec(server.output())?.[1] ?? '';
}, 120_000);
afterAll(async () => {
  await server.end('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

/** Every feature there is, by paging, newest first. */
async function allIds(): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: any = await (
      await fetch(api(`/features?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`), { headers: bearer() })
    ).json();
    for (const { id } of page.data.items) ids.add(id);
    cursor = page.data.nextCursor;
  }
  return ids;
}

async function usedToday(): Promise<number> {
  const { headers } = await fetch(api('/project'), { headers: bearer() });
  return Number(headers.get('x-quota-limit')) - Number(headers.get('x-quota-remaining'));
}

describe('the first start that is not killed', () => {
  it('has chosen a port, with PORT=0, and says of itself that it is there', async () => {
    const { port } = new URL(server.origin);
    const metadata: any = await (await fetch(`${server.origin}/.well-known/oauth-authorization-server`)).json();
    expect([metadata.issuer, metadata.token_endpoint]).toEqual([
      `http://localhost:${port}`,
      `http://localhost:${port}/api/oauth/token`,
    ]);
    const { headers } = await fetch(`${server.origin}/p/demo/mcp`, { method: 'POST', body: '{}' });
    expect(headers.get('www-authenticate')).toContain(`"http://localhost:${port}/.well-known/`);
  });

  it('prints where to go, whom to be and a call that works; the second start does not print it again', async () => {
    const printed = server.output();
    expect(printed).toMatch(/Demo owner owner@example\.com\n +Password +\S{16}\n/);
    const [, key, url] = /curl -H "Authorization: Bearer (\S+)" "(http:[^"]+)"/.exec(printed) ?? [];
    const answer = await fetch(url ?? '', { headers: { authorization: `Bearer ${key}` } });
    expect([answer.status, ((await answer.json()) as any).data.items.length]).toEqual([200, 3]);

    await server.end('SIGTERM');
    server = await startServer(variables());
    expect(server.output()).toContain('Reqbase is ready');
    expect(server.output()).not.toMatch(/riq_live|Password/);
  }, 60_000);
});

describe('a process on a data folder', () => {
  it.each([1, 2])(
    'killed under write load has lost nothing that it acknowledged, and counted no call less (time %i)',
    async (time) => {
      const acknowledged: string[] = [];
      const [usedBefore, idsBefore] = [await usedToday(), await allIds()];
      const load = startLoad(
        [server.origin],
        async (_origin, n) => {
          const response = await create(`feature ${time}.${n}`);
          const copy = response.clone();
          if (response.status === 201) acknowledged.push(((await copy.json()) as any).data.id);
          return response;
        },
        4,
      );
      await until(() => acknowledged.length >= 20, 30_000);
      await pause(300);
      expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      await load.stop();

      server = await startServer(variables());
      const ids = await allIds();
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      expect(await usedToday()).toBeGreaterThanOrEqual(usedBefore + ids.size - idsBefore.size);
      // And it goes on from there.
      expect((await create('afterwards')).status).toBe(201);
    },
    60_000,
  );

  it('told to end under write load ends with 0 and leaves what it acknowledged, whole', async () => {
    const acknowledged: string[] = [];
    const load = startLoad(
      [server.origin],
      async (_origin, n) => {
        const response = await create(`feature ${n}`);
        const copy = response.clone();
        if (response.status === 201) acknowledged.push(((await copy.json()) as any).data.id);
        return response;
      },
      4,
    );
    await until(() => acknowledged.length >= 10, 30_000);
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await load.stop();
    // A call was answered, or never taken: none was cut off.
    expect(load.outcomes.map(({ status }) => status).filter((status) => status !== 201 && status !== 0)).toEqual([]);
    server = await startServer(variables());
    const ids = await allIds();
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  }, 60_000);

  it('told to end while it starts ends with 0, and a first start has shown what it shows once', async () => {
    const other = mkdtempSync(join(tmpdir(), 'reqbase-process-'));
    const first = { ...variables(), DATA_DIR: other, LOG_LEVEL: 'info' };
    const isListening = (output: string) => output.includes('Server listening');
    const ended = await signalWhen(first, 'SIGTERM', isListening);
    expect(ended).toMatchObject({ code: 0, signal: null, output: expect.stringMatching(/Password +\S{16}\n/) });
    expect(await signalWhen(first, 'SIGTERM', isListening)).toMatchObject({ code: 0, signal: null });
    // While the database is opened, long before anybody is answered.
    rmSync(join(other, 'holder'));
    const early = await signalWhen(first, 'SIGTERM', () => existsSync(join(other, 'holder')));
    expect(early).toMatchObject({ code: 0, signal: null });
    rmSync(other, { recursive: true, force: true });
  }, 120_000);

  it('keeps a second one out, which names it, ends with 1 and touches nothing', async () => {
    // Held still, with all that it holds: it writes by itself too, for its jobs.
    process.kill(server.pid, 'SIGSTOP');
    const before = listing();
    const second = await runToEnd(variables());
    const after = listing();
    process.kill(server.pid, 'SIGCONT');
    expect(second.code).toBe(1);
    expect(second.output).toMatch(
      new RegExp(
        `^reqbase: \\S+ is in use by process ${server.pid}, started \\S+\\. Stop it first, or set another DATA_DIR\\.\\n$`,
      ),
    );
    expect(after).toEqual(before);
    expect((await fetch(api('/project'), { headers: bearer() })).status).toBe(200);
  });

  function listing(): string[] {
    return readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
      .sort();
  }
});

describe('what an operator asks', () => {
  it('is answered: alive, ready', async () => {
    const [alive, ready] = await Promise.all([fetch(`${server.origin}/healthz`), fetch(`${server.origin}/readyz`)]);
    expect([alive.status, await alive.json(), ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok' },
      200,
      { status: 'ready' },
    ]);
  });

  it('is answered with figures by route and status, with no label that a stranger could make', async () => {
    await fetch(api('/features'), { headers: bearer() });
    await fetch(api('/features'));
    await fetch(api('/nothing-of-this-name'), { headers: bearer() });
    const metrics = await fetch(`${server.origin}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await metrics.text();
    expect(text).toMatch(
      /reqbase_http_request_duration_seconds_count\{method="GET",route="\/p\/:projectId\/api\/v1\/features",status="200"\} \d+/,
    );
    expect(text).toMatch(/reqbase_calls_refused_total\{procedure="backlog.list",status="401"\} \d+/);
    expect(text).toMatch(/nodejs_eventloop_lag_seconds \d/);
    expect(text).not.toMatch(/nothing-of-this-name|\/p\/demo|riq_live/);
  });
});

describe('a start that cannot be ends with 1 and one line that a person can act on', () => {
  const folders: string[] = [];
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'reqbase-start-'));
    folders.push(made);
    return made;
  };
  afterEach(() => {
    for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
  });
  const SECRET = 'a secret of thirty-two characters';

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'a database that does not answer',
      () => ({ DATABASE_URL: 'postgres://reqbase:hunter2@127.0.0.1:1/reqbase', SECRET }),
      /^reqbase: DATABASE_URL or REDIS_URL: .*ECONNREFUSED.*\n$/,
    ],
    [
      'a database on a host that there is not',
      () => ({ DATABASE_URL: 'postgres://reqbase:hunter2@nowhere.invalid/reqbase', SECRET }),
      /^reqbase: DATABASE_URL or REDIS_URL: .*nowhere\.invalid.*\n$/,
    ],
    ['a variable that is wrong', () => ({ DATA_DIR: folder(), LOG_LEVEL: 'loud' }), /^reqbase: LOG_LEVEL: .*\n$/],
    [
      'two that are wrong',
      () => ({ DATA_DIR: folder(), LOG_LEVEL: 'loud', PORT: 'http' }),
      /^reqbase: PORT: .*\nreqbase: LOG_LEVEL: .*\n$/,
    ],
    [
      'a file for a folder',
      () => {
        const file = join(folder(), 'file');
        writeFileSync(file, '');
        return { DATA_DIR: file, SECRET };
      },
      /^reqbase: DATA_DIR: .*\n$/,
    ],
    ['a folder where there can be none', () => ({ DATA_DIR: join('/proc', 'nothing'), SECRET }), /^reqbase: DATA_DIR: .*\n$/],
  ])('%s', async (_name, env, line) => {
    const { code, output } = await runToEnd(env());
    expect(output).toMatch(line);
    expect(output).not.toContain('hunter2');
    expect(code).toBe(1);
  });
});
