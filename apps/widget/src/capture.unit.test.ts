import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Capture, describe as inWords, startCapture } from './capture.ts';

class FakeRequest extends EventTarget {
  status = 0;
  open(_method: string, _url: string) {}
  send() {}
}

function fakePage() {
  const logged: unknown[][] = [];
  const page = Object.assign(new EventTarget(), {
    location: { href: 'https://shop.example/cart?secret=1' },
    console: { error: (...values: unknown[]) => void logged.push(values) },
    fetch: async (url: string): Promise<Response> => {
      if (url.includes('down')) throw new TypeError('no connection');
      if (url.includes('given-up')) throw new DOMException('given up', 'AbortError');
      return new Response('', { status: url.includes('broken') ? 500 : 200 });
    },
    XMLHttpRequest: class extends FakeRequest {},
  });
  return { logged, page: page as unknown as Window & typeof globalThis };
}

let capture: Capture;
let page: Window & typeof globalThis;
let logged: unknown[][];
beforeEach(() => {
  ({ page, logged } = fakePage());
  capture = startCapture(page, (url) => url.startsWith('https://own.example'));
});
afterEach(() => capture.stop());

describe('a failed call', () => {
  it('is kept by its bare address, and what went well, was given up or is our own is not', async () => {
    await page.fetch('/broken?token=secret#x', { method: 'post', headers: { authorization: 'Bearer secret' }, body: 'secret' });
    await page.fetch('/fine');
    await page.fetch('https://own.example/broken');
    await page.fetch('https://api.example/down?key=secret').catch(() => {});
    await page.fetch('/given-up').catch(() => {});
    const { network } = capture.read();
    expect(network).toMatchObject([
      { url: 'https://shop.example/broken', method: 'POST', status: 500 },
      { url: 'https://api.example/down', method: 'GET', status: 0 },
    ]);
    expect(Object.keys(network[0] ?? {}).sort()).toEqual(['at', 'durationMs', 'method', 'status', 'url']);
    expect(JSON.stringify(network)).not.toContain('secret');
  });

  it('fails for the page as it would without us', async () => {
    await expect(page.fetch('/down')).rejects.toThrow('no connection');
    expect((await page.fetch('/broken')).status).toBe(500);
  });

  it('by XMLHttpRequest is kept as well', () => {
    const call = (status: number, event = 'loadend') => {
      const request = new page.XMLHttpRequest();
      request.open('GET', '/x?token=secret');
      request.send();
      Object.assign(request, { status });
      if (event === 'abort') request.dispatchEvent(new Event('abort'));
      request.dispatchEvent(new Event('loadend'));
    };
    call(503);
    call(200);
    call(0, 'abort');
    expect(capture.read().network).toMatchObject([{ url: 'https://shop.example/x', status: 503 }]);
  });

  it('is forgotten when there are more than 30', async () => {
    for (let n = 0; n < 40; n++) await page.fetch(`/broken/${n}`);
    const { network } = capture.read();
    expect(network).toHaveLength(30);
    expect(network[0]?.url).toBe('https://shop.example/broken/10');
  });
});

describe('an error', () => {
  it('that is logged or thrown is kept in words, and the page’s log has it as before', () => {
    page.console.error('Failed', new Error('boom'), { token: 'secret' });
    page.dispatchEvent(
      Object.assign(new Event('error'), { error: new TypeError('x is undefined'), filename: 'https://x.example/a.js?v=1' }),
    );
    page.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: 'no reason' }));
    expect(capture.read().errors).toMatchObject([
      { message: 'Failed Error: boom {"token":"[removed]"}'.replace('"[removed]"', '[removed]') },
      { message: 'TypeError: x is undefined', source: 'https://x.example/a.js' },
      { message: 'no reason' },
    ]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toHaveLength(3);
  });

  it('is bounded, whatever is logged', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const trap = new Proxy(
      {},
      {
        get() {
          throw new Error('do not look');
        },
      },
    );
    for (const value of [circle, trap, Symbol('x'), () => 1, undefined, null, 10n, 'x'.repeat(100_000)])
      page.console.error(value);
    for (let n = 0; n < 50; n++) page.console.error(`error ${n}`);
    const { errors } = capture.read();
    expect(errors).toHaveLength(20);
    expect(errors.every(({ message }) => message.length <= 1_000)).toBe(true);
    expect(inWords(['x'.repeat(100_000)])).toHaveLength(1_000);
  });
});

it('stopped, everything is as it was, but for what others have put over it', async () => {
  const { page: other } = fakePage();
  const before: unknown = Reflect.get(other, 'fetch');
  const stopped = startCapture(other, () => false);
  expect(other.fetch).not.toBe(before);
  const over = other.console.error;
  const theirs = () => over();
  other.console.error = theirs;
  stopped.stop();
  expect(other.fetch).toBe(before);
  expect(other.console.error).toBe(theirs);
  other.dispatchEvent(Object.assign(new Event('error'), { error: new Error('later') }));
  expect(stopped.read()).toEqual({ errors: [], network: [] });
});

it('a page that has frozen its own functions is left alone', () => {
  const { page: frozen } = fakePage();
  Object.freeze(frozen.console);
  expect(() => startCapture(frozen, () => false).stop()).not.toThrow();
});
