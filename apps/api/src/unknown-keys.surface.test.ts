import { formatKey, generateKey } from '@reqbase/auth';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';

const LIMIT = 3;
const ADDRESS = '203.0.113.7';

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let minute = 0;

beforeAll(async () => {
  installation = await openInstallation({ unknownKeysPerMinute: LIMIT });
  tenant = await seedTenant(installation);
  key = await seedKey(installation, tenant);
});
afterAll(() => installation.close());
beforeEach(() => installation.clock.set(new Date(Date.parse('2026-03-14T10:20:30.250Z') + ++minute * 120_000)));

const ask = (raw: string, remoteAddress = ADDRESS, path = `/p/${tenant.project.slug}/api/v1/features`) =>
  send(installation, { method: 'GET', url: path, headers: { authorization: `Bearer ${raw}` }, remoteAddress });
const statuses = async (...calls: ReturnType<typeof ask>[]) => (await Promise.all(calls)).map(({ status }) => status);
const unknown = () => formatKey(generateKey('riq'));
const tryUnknown = async (count: number) => {
  for (let n = 0; n < count; n++) expect((await ask(unknown())).status).toBe(401);
};

describe('an address that has tried as many unknown keys as it may', () => {
  it('is refused with when to come again and without a query, and others are not', async () => {
    await tryUnknown(LIMIT);
    installation.statements.length = 0;
    const refused = await ask(unknown());
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED', retryAfter: 30 } } });
    expect(refused.headers['retry-after']).toBe('30');
    expect(installation.statements).toEqual([]);
    expect(await statuses(ask(key.raw), ask(key.raw, '203.0.113.8'), ask('riq_live_none'))).toEqual([429, 200, 401]);
  });

  it('is refused on RPC as well', async () => {
    await tryUnknown(LIMIT);
    expect((await ask(unknown(), ADDRESS, '/trpc/members.me?input=%7B%7D')).status).toBe(429);
  });

  it('is not refused with a key that was good there a moment ago', async () => {
    expect((await ask(key.raw)).status).toBe(200);
    await tryUnknown(LIMIT);
    const wrongSecret = formatKey({ ...generateKey('riq'), keyId: key.publicId });
    expect(await statuses(ask(key.raw), ask(unknown()), ask(key.raw, '203.0.113.8'))).toEqual([200, 429, 200]);
    // The id alone opens nothing.
    expect((await ask(wrongSecret)).status).toBe(401);
  });

  it('is let in again in the next minute', async () => {
    await tryUnknown(LIMIT);
    installation.clock.advance(30_000);
    expect(await statuses(ask(key.raw), ask(unknown()))).toEqual([200, 401]);
  });
});

it('the same unknown key, however often, and keys that are known shut nobody out', async () => {
  const [old, wrongSecret] = [unknown(), formatKey({ ...generateKey('riq'), keyId: key.publicId })];
  const revoked = await seedKey(installation, tenant, { revokedAt: installation.clock.now() });
  for (let n = 0; n < 2 * LIMIT; n++)
    expect(await statuses(ask(old), ask(wrongSecret), ask(revoked.raw))).toEqual([401, 401, 401]);
  expect((await ask(key.raw)).status).toBe(200);
});
