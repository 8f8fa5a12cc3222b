import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

type Preview = { readonly update: (config: object) => void; readonly destroy: () => void };
type Reqbase = {
  readonly open: (category?: string) => void;
  readonly close: () => void;
  readonly destroy: () => void;
  readonly reset: () => void;
  readonly identify: (source: string | null | (() => string)) => void;
  readonly preview: (container: Element, config: object) => Preview;
};
declare global {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface merges with the browser's
  interface Window {
    Reqbase?: Reqbase;
    Reqio?: Reqbase;
    shown?: Preview;
  }
}

/** A product's own pages, on an origin of their own. */
export type HostSite = { readonly url: string; readonly close: () => Promise<void> };

const STYLE = `
  html { color-scheme: light dark; }
  body { margin: 0; font: 16px/1.6 Georgia, serif; background: #faf7f2; color: #33302b; }
  header { background: #203a43; color: #fff; padding: 24px 8vw; }
  main { padding: 24px 8vw; max-width: 60ch; }
  @media (prefers-color-scheme: dark) { body { background: #15171a; color: #d9d6d0; } }`;
/** Rules that would break anything that did not defend itself. (In a page that hides its `body`, nothing can be seen.) */
const HOSTILE_STYLE = `
  body * { display: none !important; all: unset !important; color: red !important; font-size: 40px !important; visibility: hidden !important; }
  div, dialog, button { position: static !important; opacity: 0 !important; transform: scale(9) !important; }
  html { font-size: 3px; }`;
/** Scripts that take over what others rely on. */
const HOSTILE_SCRIPT = `
  addEventListener('load', () => { window.fetch = () => { throw new Error('taken over'); }; });
  Object.prototype.extra = function extra() {};
  Array.prototype.more = function more() {};
  document.addEventListener('keydown', (event) => event.stopPropagation());
  setTimeout(() => console.error('Payment failed', 'https://pay.example/charge?card=4111111111111111'), 50);`;
const BUSY_SCRIPT = `
  addEventListener('load', async () => {
    await fetch('/missing?session=very-secret', { headers: { authorization: 'Bearer very-secret' } });
    console.error('Could not load https://shop.example/cart?session=very-secret with token=very-secret');
    document.title = 'ready';
  });`;

/** Serves pages that load the widget of a project from `api`: `/`, `/hostile`, `/busy`; `?…` becomes attributes of its tag. */
export async function openHostSite(api: string): Promise<HostSite> {
  const page = (request: URL, { style = '/style.css', script = '' } = {}) => {
    const attributes = [...request.searchParams].map(([name, value]) => ` ${name}="${value}"`).join('');
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>A shop</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${style}">
      ${script && `<script src="${script}"></script>`}
      <script src="${api}/widget.js" data-project="demo"${attributes} async></script></head>
      <body><header><h1>A shop of its own</h1></header><main><p>Everything that you can buy here is made of paper.</p>
      <p><a href="#more">More about paper</a></p></main></body></html>`;
  };
  const answers: Record<string, (url: URL) => [type: string, body: string, policy?: string]> = {
    '/': (url) => [
      'text/html',
      page(url),
      `default-src 'none'; script-src ${api}; connect-src ${api}; style-src 'self'; img-src data:`,
    ],
    // All that the README asks of a page's policy, and nothing more.
    '/hostile': (url) => [
      'text/html',
      page(url, { style: '/hostile.css', script: '/hostile.js' }),
      `default-src 'none'; script-src 'self' ${api}; connect-src ${api}; style-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'`,
    ],
    '/busy': (url) => ['text/html', page(url, { script: '/busy.js' })],
    '/style.css': () => ['text/css', STYLE],
    '/hostile.css': () => ['text/css', HOSTILE_STYLE],
    '/hostile.js': () => ['text/javascript', HOSTILE_SCRIPT],
    '/busy.js': () => ['text/javascript', BUSY_SCRIPT],
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = answers[url.pathname];
    if (answer === undefined) return void response.writeHead(404).end();
    const [type, body, policy] = answer(url);
    response.writeHead(200, {
      'content-type': `${type}; charset=utf-8`,
      ...(policy !== undefined && { 'content-security-policy': policy }),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

export type Guest = { readonly page: Page; readonly problems: string[]; readonly close: () => Promise<void> };

/** Somebody at a page of the site. What must not happen there is collected: calls elsewhere, violations of the policy, cookies. */
export async function visitSite(
  browser: Browser,
  site: HostSite,
  api: string,
  { path = '/', ...options }: BrowserContextOptions & { path?: string } = {},
): Promise<Guest> {
  const context = await browser.newContext({
    baseURL: site.url,
    viewport: { width: 1_280, height: 860 },
    locale: 'en-US',
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const problems: string[] = [];
  await context.exposeFunction('reportViolation', (what: string) => problems.push(`policy: ${what}`));
  await context.addInitScript(() => {
    const { reportViolation } = window as unknown as { reportViolation: (what: string) => void };
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      reportViolation(`${violatedDirective} ${blockedURI}`),
    );
  });
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== site.url && origin !== api) problems.push(`called elsewhere: ${request.url()}`);
  });
  context.on('weberror', (error) => problems.push(`thrown: ${error.error().message}`));
  const page = await context.newPage();
  await page.goto(path);
  return {
    page,
    problems,
    async close() {
      expect(await context.cookies()).toEqual([]);
      await context.close();
      expect(problems).toEqual([]);
    },
  };
}
