import { PLANS } from '@reqbase/auth';
import { emptyCounters, seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { type Item, parseList } from 'structured-headers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';

// What the headers say of the limits: the contract's, the structured fields beside them, and what is true.

let installation: TestInstallation;
let tenant: TestTenant;
let keys: Record<'pro' | 'scale', { tenant: TestTenant; key: TestKey }>;

beforeAll(async () => {
  installation = await openInstallation();
  const seed = async (plan: 'pro' | 'scale') => {
    const home = await seedTenant(installation, { plan });
    return { tenant: home, key: await seedKey(installation, home, { scopes: ['admin'], projectId: null }) };
  };
  keys = { pro: await seed('pro'), scale: await seed('scale') };
  tenant = keys.pro.tenant;
});
afterAll(() => installation.close());
beforeEach(() => emptyCounters(installation));

const REQUESTS = 10_000;
const METHODS = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'] as const;
const PATHS = [
  '/projects/{p}/conversations',
  '/projects/{p}/conversations/0197a3c4-0000-7000-8000-000000000000',
  '/projects/{p}/contacts',
  '/projects/{p}/widget/config',
  '/projects/nowhere/contacts',
  '/orgs/{o}/projects',
  '/orgs/{o}/keys',
  '/orgs/nowhere/keys',
  '/nothing',
  // What no route is looked for.
  '/projects/%ff/conversations',
  `/projects/{p}/conversations/${'x'.repeat(600)}`,
] as const;

/** `"minute";r=12;t=30, "day";r=5;t=60` as `{ minute: { r: 12, t: 30 }, … }`. */
function fieldsIn(value: unknown): Record<string, Record<string, unknown>> {
  const items = parseList(String(value)) as [string, Item[1]][];
  return Object.fromEntries(items.map(([name, parameters]) => [name, Object.fromEntries(parameters)]));
}

function expectAgreement({ headers }: Answer, plan: 'pro' | 'scale', at: Date): void {
  const { callsPerMinute, callsPerDay, tier } = PLANS[plan];
  const now = Math.floor(at.getTime() / 1_000);
  const [limits, policies] = [fieldsIn(headers['ratelimit']), fieldsIn(headers['ratelimit-policy'])];
  expect(headers['x-ratelimit-tier']).toBe(tier);
  expect(Number(headers['x-ratelimit-limit'])).toBe(callsPerMinute);
  expect(policies['minute']).toEqual({ q: callsPerMinute, w: 60 });
  expect(limits['minute']).toEqual({
    r: Number(headers['x-ratelimit-remaining']),
    t: Number(headers['x-ratelimit-reset']) - now,
  });
  expect(limits['minute']?.['t']).toBeGreaterThan(0);
  expect(limits['minute']?.['t']).toBeLessThanOrEqual(60);
  // A call that is about no project is counted in no project's day.
  const hasDay = headers['x-quota-limit'] !== undefined;
  expect(Object.keys(limits)).toEqual(hasDay ? ['minute', 'day'] : ['minute']);
  expect(Object.keys(policies)).toEqual(Object.keys(limits));
  if (!hasDay) return;
  expect(policies['day']).toEqual({ q: callsPerDay, w: 86_400 });
  expect(limits['day']).toEqual({
    r: Number(headers['x-quota-remaining']),
    t: Number(headers['x-quota-reset']) - now,
  });
}

describe('every answer of the organization surface', () => {
  it(`carries an id, and to a genuine key limits that agree, over ${REQUESTS} requests of every kind`, async () => {
    const random = fc.sample(
      fc.record({
        method: fc.constantFrom(...METHODS),
        path: fc.constantFrom(...PATHS),
        plan: fc.constantFrom('pro' as const, 'scale' as const),
        credential: fc.constantFrom('x-api-key', 'bearer', 'none', 'malformed'),
        requestId: fc.option(fc.string({ maxLength: 70, unit: 'grapheme-ascii' }), { nil: undefined }),
        query: fc.constantFrom('', '?limit=1', '?limit=0', '?cursor=x', '?sort=created_at'),
        pause: fc.integer({ min: 0, max: 900 }),
      }),
      REQUESTS,
    );
    for (const { method, path, plan, credential, requestId, query, pause } of random) {
      installation.clock.advance(pause);
      const { tenant: home, key } = keys[plan];
      const url = `/api/v1${path.replace('{p}', home.project.id).replace('{o}', home.organization.id)}${query}`;
      const answer = await send(installation, {
        method,
        url,
        headers: {
          ...(credential === 'x-api-key' && { 'x-api-key': key.raw }),
          ...(credential === 'bearer' && { authorization: `Bearer ${key.raw}` }),
          ...(credential === 'malformed' && { 'x-api-key': 'riq_live_x' }),
          ...(requestId !== undefined && { 'x-request-id': requestId }),
        },
        ...((method === 'POST' || method === 'PATCH' || method === 'PUT') && { payload: {} }),
      });
      expect(answer.status, `${method} ${url}`).toBeLessThan(500);
      const id = String(answer.headers['x-request-id']);
      if (requestId !== undefined && /^[A-Za-z0-9_-]{8,64}$/.test(requestId)) expect(id).toBe(requestId);
      else expect(id).toMatch(/^req_/);
      const isGenuine = credential === 'x-api-key' || credential === 'bearer';
      if (isGenuine) expectAgreement(answer, plan, installation.clock.now());
      else expect(Object.keys(answer.headers).filter((name) => name.includes('ratelimit'))).toEqual([]);
      if (answer.status >= 400) expect(answer.body).toMatchObject({ error: expect.any(String), request_id: id });
    }
  }, 120_000);
});

describe('waiting as long as a refusal says', () => {
  it('always admits the next call, whenever in the minute or the day it was made', async () => {
    const { key } = keys.pro;
    const call = () =>
      send(installation, {
        method: 'GET',
        url: `/api/v1/projects/${tenant.project.id}/conversations`,
        headers: { 'x-api-key': key.raw },
      });
    const noon = Date.parse('2026-03-14T12:00:00Z');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 86_400_000 }), fc.constantFrom('minute', 'day'), async (offset, window) => {
        installation.clock.set(new Date(noon + offset));
        await emptyCounters(installation);
        await setUsed(
          installation,
          window === 'minute'
            ? { keyId: key.id, minute: PLANS.pro.callsPerMinute }
            : { projectId: tenant.project.id, day: PLANS.pro.callsPerDay ?? 0 },
        );
        const refused = await call();
        expect(refused.status).toBe(429);
        installation.clock.advance(refused.body.retry_after * 1_000);
        expect((await call()).status).toBe(200);
      }),
      { numRuns: 60 },
    );
  });
});
