import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, refusalIn, send, type TestInstallation } from './testing.ts';

// A key that is bound to addresses: whose address a call comes from is what TRUST_PROXY says, and nothing that a client writes.

const ALLOWED = ['203.0.113.0/24', '2001:db8::/32'];
let direct: TestInstallation;
let proxied: TestInstallation;

beforeAll(async () => {
  [direct, proxied] = await Promise.all([openInstallation(), openInstallation({ trustProxy: 1 })]);
});
afterAll(() => Promise.all([direct.close(), proxied.close()]));

async function seedBound(installation: TestInstallation): Promise<{ tenant: TestTenant; raw: string }> {
  const tenant = await seedTenant(installation);
  const { raw } = await seedKey(installation, tenant, { projectId: null, scopes: ['read'], allowedIps: ALLOWED });
  return { tenant, raw };
}

const SURFACES: Readonly<Record<string, (tenant: TestTenant, raw: string) => { url: string; headers: Record<string, string> }>> =
  {
    project: ({ project }, raw) => ({
      url: `/p/${project.slug}/api/v1/features`,
      headers: { authorization: `Bearer ${raw}` },
    }),
    org: ({ project }, raw) => ({ url: `/api/v1/projects/${project.slug}/contacts`, headers: { 'x-api-key': raw } }),
    RPC: ({ project }, raw) => ({
      url: `/trpc/backlog.list?input=${encodeURIComponent(JSON.stringify({ projectId: project.slug }))}`,
      headers: { authorization: `Bearer ${raw}` },
    }),
  };

describe.each(Object.entries(SURFACES))('on %s', (_surface, requestOf) => {
  it('is let in from its addresses, and told of from any other', async () => {
    const { tenant, raw } = await seedBound(direct);
    const { url, headers } = requestOf(tenant, raw);
    const from = (remoteAddress: string) => send(direct, { method: 'GET', url, headers, remoteAddress });
    for (const address of ['203.0.113.0', '203.0.113.255', '::ffff:203.0.113.7', '2001:db8:ffff::1'])
      expect((await from(address)).status, address).toBe(200);
    for (const address of ['203.0.112.255', '203.0.114.0', '::ffff:203.0.114.0', '2001:db9::1']) {
      const answer = await from(address);
      expect(refusalIn(answer), address).toMatchObject({ status: 403, code: 'IP_NOT_ALLOWED' });
      // Nothing of the key's limits.
      expect(answer.headers).not.toHaveProperty('x-ratelimit-limit');
    }
  });

  it('believes no header of a client that no proxy stands before', async () => {
    const { tenant, raw } = await seedBound(direct);
    const { url, headers } = requestOf(tenant, raw);
    const answer = await send(direct, {
      method: 'GET',
      url,
      headers: { ...headers, 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7', forwarded: 'for=203.0.113.7' },
      remoteAddress: '198.51.100.1',
    });
    expect(refusalIn(answer).code).toBe('IP_NOT_ALLOWED');
  });

  it('behind one proxy goes by the address that the proxy added, not by what the client wrote before it', async () => {
    const { tenant, raw } = await seedBound(proxied);
    const { url, headers } = requestOf(tenant, raw);
    const through = (forwarded: string) =>
      send(proxied, {
        method: 'GET',
        url,
        headers: { ...headers, 'x-forwarded-for': forwarded },
        remoteAddress: '10.0.0.1',
      });
    expect((await through('203.0.113.7')).status).toBe(200);
    expect((await through('198.51.100.1, 203.0.113.7')).status).toBe(200);
    expect(refusalIn(await through('203.0.113.7, 198.51.100.1')).code).toBe('IP_NOT_ALLOWED');
    expect(refusalIn(await through('unknown')).code).toBe('IP_NOT_ALLOWED');
  });
});

it('is told to nobody without the secret', async () => {
  const { tenant, raw } = await seedBound(direct);
  const wrong = { raw: `${raw.slice(0, 25)}${'0'.repeat(raw.length - 25)}` };
  expect(refusalIn(await projectApi(direct, tenant, wrong).get('/features')).code).toBe('UNAUTHORIZED');
});

it('leaves an entry that says from where', async () => {
  const { tenant, raw } = await seedBound(direct);
  const { url, headers } = SURFACES['project']?.(tenant, raw) ?? { url: '', headers: {} };
  await send(direct, { method: 'GET', url, headers, remoteAddress: '198.51.100.1' });
  expect(await direct.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } })).toMatchObject([
    { outcome: 'denied', code: 'IP_NOT_ALLOWED', ip: '198.51.100.1' },
  ]);
});
