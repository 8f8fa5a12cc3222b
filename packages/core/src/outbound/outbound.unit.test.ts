import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_BYTES, OutboundError, type OutboundOptions, openOutbound, type Resolve } from './outbound.ts';

// A server on this machine that must not be reached by any name or spelling, and is where private addresses are allowed.

let server: Server;
let port: number;
let reached: string[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    reached.push(request.url ?? '');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  reached = [];
  answer = (response) => response.end('hello');
});

/** Names that lead where the test says, one answer after the other. */
const leadingTo = (...answers: readonly string[][]): Resolve & { asked: number } => {
  const resolve = (
    _hostname: string,
    _options: unknown,
    callback: (error: null, addresses: { address: string; family: number }[]) => void,
  ) => {
    const addresses = answers[Math.min(resolve.asked++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  resolve.asked = 0;
  return resolve as Resolve & { asked: number };
};
const get = (url: string, options: OutboundOptions) => openOutbound(options).send({ method: 'GET', url });
const faultOf = async (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: unknown) => (error instanceof OutboundError ? error.fault : String(error)),
  );

describe('a call to an address that others name', () => {
  it.each([['127.0.0.1'], ['10.0.0.7'], ['169.254.169.254'], ['::1'], ['::ffff:127.0.0.1'], ['fd00::1'], ['0.0.0.0']])(
    'is not made to a name that leads to %s',
    async (address) => {
      expect(await faultOf(get(`https://hooks.example:${port}/`, { resolve: leadingTo([address]) }))).toBe('blocked');
      expect(reached).toEqual([]);
    },
  );

  it('goes to the address that was checked: a name that says something else the next time is asked once', async () => {
    const resolve = leadingTo(['192.0.2.1', '127.0.0.1'], ['127.0.0.1']);
    // Neither is public, so that nobody is called; the second answer would be.
    expect(await faultOf(get(`https://hooks.example:${port}/`, { resolve, timeoutMs: 500 }))).toBe('blocked');
    expect([resolve.asked, reached]).toEqual([1, []]);
    // Allowed, it goes where the one answer leads.
    const rebinding = leadingTo(['127.0.0.1'], ['192.0.2.1']);
    const { status } = await get(`http://hooks.example:${port}/`, { resolve: rebinding, allowsPrivate: true });
    expect([status, rebinding.asked, reached]).toEqual([200, 1, ['/']]);
  });

  it('passes over the private ones among the addresses of a name', async () => {
    const resolve = leadingTo(['127.0.0.1', '3ffe::1', '::1']);
    const outcome = await faultOf(get(`https://hooks.example:${port}/`, { resolve, timeoutMs: 300 }));
    expect(['timeout', 'network', 'refused', 'tls']).toContain(outcome);
    expect(reached).toEqual([]);
  });

  it.each(['https://127.0.0.1', 'https://2130706433', 'https://[::ffff:7f00:1]', 'https://localhost', 'http://example.com'])(
    'is refused for %s without looking anything up',
    async (origin) => {
      const resolve = leadingTo(['127.0.0.1']);
      expect(await faultOf(get(`${origin}:${port}/`, { resolve }))).toBe('blocked');
      expect([resolve.asked, reached]).toEqual([0, []]);
    },
  );

  it('follows no redirect: it is the answer', async () => {
    answer = (response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/inside` }).end();
    const { status, headers } = await get(`http://127.0.0.1:${port}/`, { allowsPrivate: true });
    expect([status, headers.location, reached]).toEqual([302, `http://127.0.0.1:${port}/inside`, ['/']]);
  });

  it('reads 64 KB of a body and no more, and is over then', async () => {
    answer = (response) => {
      response.on('error', () => {});
      const chunk = Buffer.alloc(32_768, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more);
      };
      more();
    };
    const { status, body } = await get(`http://127.0.0.1:${port}/`, { allowsPrivate: true });
    expect([status, body.length]).toEqual([200, MAX_BYTES]);
  });

  it.each<[string, number, (response: ServerResponse) => void, boolean]>([
    ['a body that ends', 5, (response) => void response.end('hello'), true],
    ['no body', 0, (response) => void response.writeHead(204).end(), true],
    ['as much as is read', MAX_BYTES, (response) => void response.end(Buffer.alloc(MAX_BYTES)), true],
    ['a byte more', MAX_BYTES, (response) => void response.end(Buffer.alloc(MAX_BYTES + 1)), false],
    ['one that breaks off', 5, (response) => void response.write('hello', () => response.destroy()), false],
    ['one that stalls', 5, (response) => void response.write('hello'), false],
  ])('tells of %s whether it is whole', async (_what, length, send, isWhole) => {
    answer = send;
    const { body, ...told } = await get(`http://127.0.0.1:${port}/`, { allowsPrivate: true, timeoutMs: 1_000 });
    expect([body.length, told.isWhole]).toEqual([length, isWhole]);
  });

  it('ends in time, whether nobody answers or the answer has no end', async () => {
    answer = () => {};
    expect(await faultOf(get(`http://127.0.0.1:${port}/`, { allowsPrivate: true, timeoutMs: 100 }))).toBe('timeout');
    const startedAt = performance.now();
    answer = (response) => void response.writeHead(202).write('a beginning');
    const { status } = await get(`http://127.0.0.1:${port}/`, { allowsPrivate: true, timeoutMs: 100 });
    expect(status).toBe(202);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('ends with its signal, and its connection with it', async () => {
    const controller = new AbortController();
    const isOver = new Promise<void>((resolve) => {
      answer = (response) => {
        response.on('close', resolve);
        controller.abort();
      };
    });
    const { signal } = controller;
    const url = `http://127.0.0.1:${port}/`;
    const way = openOutbound({ allowsPrivate: true });
    expect(await faultOf(way.send({ method: 'GET', url, signal }))).toBe('timeout');
    await isOver;
    expect(await faultOf(way.send({ method: 'GET', url, signal }))).toBe('timeout');
    expect(reached).toEqual(['/']);
  });

  it('says in a word why there is none', async () => {
    answer = (response) => response.destroy();
    expect(await faultOf(get(`http://127.0.0.1:${port}/`, { allowsPrivate: true }))).toBe('network');
    expect(await faultOf(get('http://127.0.0.1:1/', { allowsPrivate: true }))).toBe('refused');
    expect(await faultOf(get(`https://127.0.0.1:${port}/`, { allowsPrivate: true }))).toBe('tls');
    const resolve: Resolve = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    expect(await faultOf(get('https://nowhere.example/', { resolve }))).toBe('dns');
  });
});
