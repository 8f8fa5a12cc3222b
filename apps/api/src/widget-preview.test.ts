import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
const get = (url: string) => send(installation, { method: 'GET', url });

describe("the frame of the widget's preview", () => {
  it('has an origin of its own, is framed by nobody else, and reaches nothing but our own files', async () => {
    const { status, headers, text } = await get('/widget/preview');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        'sandbox allow-scripts allow-forms',
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|allow-same-origin|\*/);
    const [, style = ''] = /<style>([^<]+)<\/style>/.exec(text) ?? [];
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect([...text.matchAll(/src="([^"]+)"/g)].map(([, url]) => url)).toEqual(['/widget.js', '/widget/preview.js']);
  });

  it('loads its script although that is not of its origin', async () => {
    const { status, headers } = await get('/widget/preview.js');
    expect([status, headers['content-type'], headers['cross-origin-resource-policy']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'cross-origin',
    ]);
  });

  it('leaves the policy of the other pages as it was', async () => {
    expect((await get('/docs')).headers['content-security-policy']).not.toMatch(/sandbox|widget/);
  });
});
