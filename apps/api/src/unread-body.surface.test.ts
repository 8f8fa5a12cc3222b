import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from './testing.ts';
import { letFinishSending } from './unread-body.ts';

// Answers to bodies that nobody reads to their end: over sockets, where a connection that is closed too early loses them.

const LARGE = Buffer.alloc(9 * 1024 * 1024, 0x20);

let installation: TestInstallation;
let tenant: TestTenant;
let port: number;

beforeAll(async () => {
  installation = await openInstallation();
  await installation.app.listen({ port: 0, host: '127.0.0.1' });
  port = portOf(installation.app.server);
  tenant = await seedTenant(installation, { plan: 'pro' });
});
afterAll(() => installation.close());

const portOf = (server: Server) => (server.address() as AddressInfo).port;

type Told = { readonly status: number; readonly text: string };

async function fetched(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Told> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  } as RequestInit);
  return { status: response.status, text: await response.text() };
}

/** As a client does that looks for an answer only once all is sent, and asks for a connection of its own. */
async function sentWholeFirst(path: string, headers: Record<string, string> = {}): Promise<Told> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  const head = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(LARGE.length),
    Connection: 'close',
    ...headers,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  socket.write([`POST ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  await new Promise<void>((resolve, reject) => socket.once('error', reject).write(LARGE, () => resolve()));
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  const [top = '', text = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  return { status: Number(top.split(' ')[1]), text };
}

function inChunks(): ReadableStream<Uint8Array> {
  let left = LARGE.length;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(LARGE.subarray(0, 65_536));
      left -= 65_536;
    },
  });
}

/** A request whose body never ends, as fast as it is taken or not at all; and how long it is until the server hangs up. */
async function sendsForEver(to: number, path: string, chunk: Buffer): Promise<{ readonly answer: string; readonly ms: number }> {
  const socket = connect(to, '127.0.0.1').on('error', () => undefined);
  const since = performance.now();
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  socket.write([`POST ${path} HTTP/1.1`, 'Host: localhost', 'Transfer-Encoding: chunked', '', ''].join('\r\n'));
  const sent = Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  const pump = (): boolean | Socket => chunk.length > 0 && !socket.destroyed && socket.write(sent, () => setImmediate(pump));
  pump();
  await new Promise((resolve) => socket.once('close', resolve));
  return { answer, ms: performance.now() - since };
}

const keyFor = async (scopes: readonly string[], of: object = {}) => ({
  Authorization: `Bearer ${(await seedKey(installation, tenant, { scopes, ...of })).raw}`,
});
type Surface = readonly [name: string, path: () => string, headers: () => Promise<Record<string, string>>];
const SURFACES: readonly Surface[] = [
  ['REST of a project', () => `/p/${tenant.project.slug}/api/v1/features`, () => keyFor(['backlog:write'])],
  ['the platform', () => '/api/scans/ingest', () => keyFor(['write'], { projectId: null })],
  ['MCP', () => `/p/${tenant.project.slug}/mcp`, () => keyFor(['backlog:read'])],
  ['OAuth', () => '/api/oauth/token', async () => ({ 'Content-Type': 'application/x-www-form-urlencoded' })],
  ['RPC', () => '/trpc/organizationKeys.create', () => keyFor(['backlog:write'])],
];

describe('a refusal is seen of a body that nobody reads to its end:', () => {
  it.each(SURFACES)('that it is over the limit, on %s, however its client sends', async (_name, path, headersFor) => {
    const headers = await headersFor();
    const seen: Told[] = [];
    for (let time = 0; time < 10; time += 1) seen.push(await fetched(path(), LARGE, headers));
    for (let time = 0; time < 3; time += 1) seen.push(await sentWholeFirst(path(), headers));
    for (let time = 0; time < 3; time += 1) seen.push(await fetched(path(), inChunks(), headers));
    expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 413));
    for (const { text } of seen) expect(JSON.parse(text)).toHaveProperty('error');
  });

  it.each(SURFACES.slice(0, 3))('that its credential is none, on %s, before any of it is read', async (_name, path) => {
    const seen: Told[] = [];
    const headers = { Authorization: 'Bearer riq_nobody' };
    for (let time = 0; time < 3; time += 1)
      seen.push(await fetched(path(), LARGE, headers), await sentWholeFirst(path(), headers));
    expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 401));
  });
});

describe('who sends without end', () => {
  it('has the answer, and is cut off', async () => {
    const { answer, ms } = await sendsForEver(port, '/api/services', LARGE);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(ms).toBeLessThan(12_000);
  });

  it.each([
    ['too much', LARGE, { maxBytes: 16 * 1024 * 1024, maxMs: 20_000 }],
    ['nothing more', Buffer.alloc(0), { maxBytes: 16 * 1024 * 1024, maxMs: 300 }],
  ])('is cut off at the bound: %s', async (_what, chunk, bounds) => {
    for (const connection of ['close', 'keep-alive']) {
      const server = createServer((request, answer) => {
        letFinishSending(request, answer, bounds);
        answer.writeHead(413, { Connection: connection, 'Content-Length': 2 }).end('no');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { answer, ms } = await sendsForEver(portOf(server), '/', chunk);
      expect(answer).toMatch(/no$/);
      expect(ms).toBeLessThan(5_000);
      server.close();
    }
  });

  it('costs no client its connection that does come to an end', async () => {
    const socket = connect(port, '127.0.0.1');
    const request = (length: number) => `POST /api/scans/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
    const answered = async () => String(await once(socket, 'data')).slice(0, 12);
    socket.write(request(LARGE.length));
    expect(await answered()).toBe('HTTP/1.1 401');
    socket.write(LARGE);
    socket.write(request(0));
    expect(await answered()).toBe('HTTP/1.1 401');
    socket.destroy();
  });
});
