import { formatKey, generateKey } from '@reqbase/auth';
import { recording, seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callAs, openTestCore, outcomeOf, runJobs, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';
import { reportLeakedKey } from './report-leak.ts';

let core: TestCore;
let tenant: TestTenant;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  await runJobs(core.core);
  core.outbox.length = 0;
  tenant = await seedTenant(core);
});

const report = (text: string, services = core.core) =>
  reportLeakedKey(services, { requestId: 'req_leaked', ip: '198.51.100.9', userAgent: 'scanner/1' }, text);
const call = (key: TestKey) => outcomeOf(callAs(core, key.credential).backlog.list({ projectId: tenant.project.id }));
const row = ({ id }: { id: string }) => core.db.prisma.apiKey.findUniqueOrThrow({ where: { id } });
async function told(): Promise<string[]> {
  await runJobs(core.core);
  return core.outbox.map(({ to }) => to).toSorted();
}
const addressOf = ({ id }: { id: string }) => `${id}@example.test`;

async function beneath(name: string, { id: above }: { id: string }, options: Parameters<typeof seedKey>[2] = {}) {
  const key = await seedKey(core, tenant, { projectId: null, ...options });
  await core.db.prisma.apiKey.update({ where: { id: key.id }, data: { name, parentKeyId: above, madeWithKeyId: above } });
  return key;
}

describe('a genuine key that is reported', () => {
  it.each([null, 'project'] as const)('is revoked for its very next call, as leaked (of %s)', async (home) => {
    const key = await seedKey(core, tenant, { projectId: home === null ? null : tenant.project.id });
    expect(await call(key)).toBe('admitted');
    await report(` ${key.raw}\n`);
    expect(await call(key)).toBe('API_KEY_REVOKED');
    expect(await row(key)).toMatchObject({ revokedAt: core.clock.now(), revokedReason: 'leaked', revokedById: null, version: 2 });
    expect(await core.db.prisma.auditEntry.findMany({ where: { action: 'api_key.revoked', resourceId: key.id } })).toMatchObject([
      {
        outcome: 'allowed',
        actorType: 'api_key',
        actorId: null,
        apiKeyId: key.id,
        apiKeyPrefix: key.prefix,
        projectId: home === null ? null : tenant.project.id,
        ip: '198.51.100.9',
        diff: { name: key.name, prefix: key.prefix, reason: 'leaked' },
      },
    ]);
  });

  it('is its owner’s to know, with what it is and where to make another, and without the key', async () => {
    const key = await seedKey(core, tenant);
    await seedPerson(core, tenant, { organization: 'owner' });
    await report(key.raw);
    expect(await told()).toEqual([addressOf(tenant.user)]);
    const [mail] = core.outbox;
    expect(mail).toMatchObject({ subject: `API key "${key.name}" has leaked and is revoked` });
    expect(mail?.text).toContain(key.prefix);
    expect(mail?.text).toContain(`/projects/${tenant.project.slug}/api-keys`);
    expect(JSON.stringify(mail)).not.toContain(key.parsed.secret);
  });

  it('of a service account is for the owners and admins of its organization to know', async () => {
    const key = await seedKey(core, tenant, { projectId: null, serviceAccount: { role: 'developer' } });
    const admin = await seedPerson(core, tenant, { organization: 'admin' });
    await seedPerson(core, tenant, { organization: 'developer' });
    await seedPerson(core, tenant, { organization: 'viewer', project: 'owner' });
    await report(key.raw);
    expect(await told()).toEqual([tenant.user, admin].map(addressOf).toSorted());
    expect(core.outbox[0]?.text).toContain(`/organizations/${tenant.organization.slug}/api-keys`);
  });

  it('is to be known by those, once each, whose keys end with it, and which: what had expired is not among them', async () => {
    const key = await seedKey(core, tenant, { scopes: ['admin'], projectId: null });
    const admin = await seedPerson(core, tenant, { organization: 'admin' });
    const ofProject = await seedPerson(core, tenant, { organization: 'viewer', project: 'owner' });
    const stranger = await seedPerson(core, tenant, { organization: 'developer' });
    const own = await beneath('Mine', key);
    const robot = await beneath('Robot', own, { serviceAccount: { role: 'developer' } });
    await beneath('Robot of the project', robot, { projectId: tenant.project.id, serviceAccount: { role: 'developer' } });
    await beneath('Long gone', key, { expiresAt: core.clock.now() });
    await report(key.raw);
    expect(await told()).toEqual([tenant.user, admin, ofProject].map(addressOf).toSorted());
    expect(await told()).not.toContain(addressOf(stranger));
    const mailTo = (person: { id: string }) => core.outbox.find(({ to }) => to === addressOf(person)) ?? expect.fail();
    const namesIn = (text: string) => [...text.matchAll(/^- "(.+)" \(/gm)].map(([, name]) => name).toSorted();
    expect(mailTo(tenant.user).subject).toBe(`API key "${key.name}" has leaked and is revoked`);
    expect(namesIn(mailTo(tenant.user).text)).toEqual(['Mine', 'Robot', 'Robot of the project']);
    expect(mailTo(admin).subject).toBe('2 API keys have ended with one that has leaked');
    expect(namesIn(mailTo(admin).text)).toEqual(['Robot', 'Robot of the project']);
    expect(mailTo(ofProject).subject).toBe('API key "Robot of the project" has ended with one that has leaked');
    expect(mailTo(ofProject).text).toContain(`/projects/${tenant.project.slug}/api-keys`);
    expect(mailTo(ofProject).text).not.toContain('/organizations/');
    for (const { text } of core.outbox) expect(text).toContain(key.prefix);
  });

  it('is told of in one mail however many keys end with it, which names some of them', async () => {
    const key = await seedKey(core, tenant, { scopes: ['admin'], projectId: null });
    for (let count = 0; count < 25; count++) await beneath(`Key ${count}`, key);
    await report(key.raw);
    expect(await told()).toHaveLength(1);
    expect(core.outbox[0]?.text).toContain('- and 5 more');
  });

  it('is revoked from anywhere, and past its end too', async () => {
    const bound = await seedKey(core, tenant, { allowedIps: ['203.0.113.0/24'] });
    const past = await seedKey(core, tenant, { expiresAt: core.clock.now() });
    for (const key of [bound, past]) {
      await report(key.raw);
      expect(await row(key)).toMatchObject({ revokedReason: 'leaked' });
    }
  });

  it('by many at once is revoked, told and entered once', async () => {
    const key = await seedKey(core, tenant);
    await Promise.all(Array.from({ length: 6 }, () => report(key.raw)));
    expect(await told()).toHaveLength(1);
    expect(await core.db.prisma.auditEntry.count({ where: { resourceId: key.id } })).toBe(1);
  });
});

describe('what is no living key', () => {
  it('changes nothing and is nobody’s to know', async () => {
    const key = await seedKey(core, tenant);
    const revoked = await seedKey(core, tenant, { revokedAt: new Date(0) });
    const texts = {
      unknown: formatKey(generateKey('riq')),
      'with a wrong secret': formatKey({ ...key.parsed, secret: generateKey('riq').secret }),
      'under another prefix': formatKey({ ...key.parsed, prefix: 'abc' }),
      revoked: revoked.raw,
      mistyped: `${key.raw.slice(0, -1)}${key.raw.endsWith('0') ? '1' : '0'}`,
      'no key': 'hunter2',
    };
    for (const text of Object.values(texts)) await report(text);
    expect(await call(key)).toBe('admitted');
    expect(await row(revoked)).toMatchObject({ revokedAt: new Date(0), revokedReason: null });
    expect(await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id } })).toBe(0);
    expect(await told()).toEqual([]);
  });

  it('costs one look-up, whether its public part is known or not: without the secret nobody learns which', async () => {
    const key = await seedKey(core, tenant);
    const asked = async (text: string) => {
      const sql = recording(core.db.sql);
      const { access } = core.core;
      await report(text, {
        ...core.core,
        access: { ...access, source: { ...access.source, sql, readKey: access.source.readKey } },
      });
      return sql.statements;
    };
    const wrong = await asked(formatKey({ ...key.parsed, secret: generateKey('riq').secret }));
    expect(wrong).toEqual(await asked(formatKey(generateKey('riq'))));
  });
});
