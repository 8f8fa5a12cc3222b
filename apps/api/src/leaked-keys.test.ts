import { formatKey, generateKey } from '@reqbase/auth';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { runJobs } from '@reqbase/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, refusalIn, send, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let minute = 0;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation);
});
afterAll(() => installation.close());
beforeEach(() => {
  // Every test in a minute of its own: addresses are limited.
  installation.clock.set(new Date(Date.parse('2026-03-14T10:20:30.250Z') + minute++ * 60_000));
});

const report = (payload: unknown, more: object = {}) =>
  send(installation, { method: 'POST', url: '/api/keys/leaked', payload: payload as object, ...more });

describe('a report of a leaked key', () => {
  it('needs no credential, ends the key, and tells its owner', async () => {
    const key = await seedKey(installation, tenant);
    const features = () => projectApi(installation, tenant, key).get('/features');
    expect((await features()).status).toBe(200);
    expect(await report({ key: key.raw })).toMatchObject({
      status: 202,
      headers: { 'cache-control': 'no-store' },
      body: { data: { status: 'received' } },
    });
    expect(refusalIn(await features()).code).toBe('API_KEY_REVOKED');
    await runJobs(installation.core);
    expect(installation.outbox).toMatchObject([{ to: `${tenant.user.id}@example.test` }]);
  });

  it('is answered alike to the letter, whatever the text was', async () => {
    const [genuine, revoked] = [
      await seedKey(installation, tenant),
      await seedKey(installation, tenant, { revokedAt: new Date(0) }),
    ];
    const texts = [
      genuine.raw,
      // Once more: by now it is revoked.
      genuine.raw,
      revoked.raw,
      formatKey(generateKey('riq')),
      formatKey({ ...genuine.parsed, secret: generateKey('riq').secret }),
      `${genuine.raw.slice(0, -1)}!`,
      'hunter2',
      'x'.repeat(1_000),
    ];
    const told = [];
    for (const key of texts) {
      const { status, text, headers } = await report({ key });
      const { 'x-request-id': _id, date: _date, ...others } = headers;
      told.push(JSON.stringify([status, text, others]));
    }
    expect(new Set(told).size).toBe(1);
  });

  it.each([[{}], [{ key: '' }], [{ key: 5 }], [{ key: 'x'.repeat(1_001) }], [[]], ['"riq_live_secret"']])(
    'that is none is refused, and not repeated: %j',
    async (payload) => {
      const answer = await report(payload, { headers: { 'content-type': 'application/json' } });
      expect(refusalIn(answer)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
      expect(answer.text).not.toContain('riq_live_secret');
    },
  );

  it('comes as JSON of some kilobytes at most', async () => {
    const text = await report('key=riq_live_secret', { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(text.status).toBe(415);
    expect((await report({ key: 'x', more: 'y'.repeat(5_000) })).status).toBe(413);
  });

  it('is taken twenty times a minute from one address', async () => {
    const from = (remoteAddress: string) => report({ key: 'hunter2' }, { remoteAddress });
    for (let count = 0; count < 20; count++) expect((await from('203.0.113.1')).status).toBe(202);
    expect(refusalIn(await from('203.0.113.1'))).toMatchObject({ status: 429, code: 'RATE_LIMITED', detail: { retryAfter: 30 } });
    expect((await from('203.0.113.2')).status).toBe(202);
  });
});
