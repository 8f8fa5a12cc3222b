import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from '../testing.ts';

const WIDGET = fileURLToPath(new URL('../../../widget/', import.meta.url));
const MOST_GZIPPED_BYTES = 30_000;

let installation: TestInstallation;

beforeAll(async () => {
  // As the launcher builds it; here only when nobody has.
  if (!existsSync(`${WIDGET}dist/widget.js`))
    execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], {
      cwd: WIDGET,
      env: { ...process.env, NODE_ENV: 'production' },
    });
  installation = await openInstallation();
});
afterAll(() => installation.close());

const get = (url: string, headers: Record<string, string> = {}) => installation.app.inject({ method: 'GET', url, headers });

describe('the script', () => {
  it('can be loaded by a page of any origin, and is nothing but a script', async () => {
    const { statusCode, headers } = await get('/widget.js', { origin: 'https://shop.example' });
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=300',
      vary: 'Accept-Encoding',
    });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['content-security-policy']).toBeUndefined();
  });

  it('is not sent again unchanged', async () => {
    const { headers } = await get('/widget.js');
    const again = await get('/widget.js', { 'if-none-match': String(headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('is at most 30 kB gzipped, and goes out so', async () => {
    const zipped = await get('/widget.js', { 'accept-encoding': 'br, gzip' });
    const plain = await get('/widget.js', { 'accept-encoding': 'gzip;q=0' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(zipped.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(zipped.rawPayload.length).toBeLessThanOrEqual(MOST_GZIPPED_BYTES);
  });

  it('puts nothing but `Reqbase` and its other name into the page, and needs no eval and no cookie', async () => {
    const { body } = await get('/widget.js');
    expect(body).toMatch(/^\(function\(\)\{/);
    for (const word of ['document.write', 'eval(', 'new Function', 'document.cookie'])
      expect([word, body.includes(word)]).toEqual([word, false]);
  });

  it('has its words in other languages beside it, and nothing else', async () => {
    for (const language of ['de', 'es', 'fr']) {
      const answer = await get(`/widget/words/${language}.json`);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'access-control-allow-origin': '*',
      });
      expect(answer.json().send).toEqual(expect.any(String));
    }
    for (const path of ['/widget/words/xx.json', '/widget/words/..%2f..%2fpackage.json', '/widget/words/de', '/widget.json'])
      expect((await get(path)).statusCode).toBe(404);
  });
});
