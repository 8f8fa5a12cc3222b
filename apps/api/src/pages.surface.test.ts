import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
const get = (url: string, headers: Record<string, string> = {}) => send(installation, { method: 'GET', url, headers });

describe('the API reference', () => {
  it('is a page that loads everything from our own origin, and may load nothing else', async () => {
    const page = await get('/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html']);
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(loaded.length).toBeGreaterThan(2);
    for (const url of loaded) {
      expect(url).toMatch(/^\/docs\//);
      expect((await get(url)).status, url).toBe(200);
    }
    expect(page.headers['content-security-policy']).toMatch(/default-src 'self'.*script-src 'self'/);
    expect((await get('/docs/start.js')).text).toContain("'/openapi/project.json'");
  });

  it('shows the committed document', async () => {
    const served = await get('/openapi/project.json');
    expect([served.status, served.text]).toEqual([
      200,
      readFileSync(new URL('../openapi/project.json', import.meta.url), 'utf8'),
    ]);
  });

  it.each([
    '/openapi/nothing.json',
    '/openapi/..%2fpackage.json',
    '/openapi/project.json%00',
    '/openapi/PROJECT.json',
    '/docs/assets/..%2fpackage.json',
    '/docs/assets/../../package.json',
    '/docs/assets/nothing.js',
    '/docs/nothing',
  ])('has nothing at %s', async (path) => {
    const answer = await get(path);
    expect([answer.status, answer.body?.error?.code]).toEqual([404, 'RESOURCE_NOT_FOUND']);
  });
});

describe('an address that is nothing', () => {
  it('is refused in JSON to who asks for no page', async () => {
    for (const path of ['/nothing', '/p', '/p/demo', '/api/nothing']) {
      const answer = await get(path, { accept: 'application/json' });
      expect([answer.status, answer.body.error.code, answer.body.error.requestId]).toEqual([
        404,
        'RESOURCE_NOT_FOUND',
        answer.headers['x-request-id'],
      ]);
    }
  });

  it('takes no method that acts', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const)
      expect((await send(installation, { method, url: '/docs' })).status).toBe(404);
  });
});
