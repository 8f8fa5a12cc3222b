import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { PublishedKey } from '@reqbase/auth';
import { verifyAuditLog } from '@reqbase/auth/audit-verify';
import { countersOf, seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, send, signIn, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'scale' });
  key = await seedKey(installation, tenant, { scopes: ['audit:read', 'backlog:write'], projectId: null });
});

const pathOf = ({ organization }: TestTenant) => `/api/v1/orgs/${organization.slug}/audit-log/export`;
const get = (headers: Record<string, string>, of = tenant) => send(installation, { method: 'GET', url: pathOf(of), headers });
const byKey = (presented: TestKey, of = tenant) => get({ 'x-api-key': presented.raw }, of);
const publicKeys = async () => {
  const { body } = await send(installation, { method: 'GET', url: '/.well-known/reqbase-audit-keys' });
  return (body as { keys: PublishedKey[] }).keys;
};
const create = (title: string) => projectApi(installation, tenant, key).post('/features', { title });

describe('the export', () => {
  it('verifies with the keys that the installation publishes, and is one metered call', async () => {
    for (const title of ['One', 'Two', 'Three']) await create(title);
    const before = await countersOf(installation);
    const answer = await byKey(key);
    expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
      200,
      'application/jsonl; charset=utf-8',
      'no-store',
    ]);
    expect(answer.headers['content-disposition']).toBe(
      `attachment; filename="${tenant.organization.slug}-audit-log-2026-03-14.jsonl"`,
    );
    expect(answer.headers['x-ratelimit-remaining']).toBeDefined();
    const verified = await verifyAuditLog([Buffer.from(answer.text)], { publicKeys: await publicKeys() });
    expect(verified).toMatchObject({ isIntact: true, entries: 3, checkpoint: { orgId: tenant.organization.id } });
    const minute = (rows: typeof before) => rows.find(({ counter }) => counter === `minute of ${key.id}`)?.calls ?? 0;
    expect(minute(await countersOf(installation))).toBe(minute(before) + 1);
    const [first] = answer.text.split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ seq: 1, action: 'feature.created', api_key_prefix: key.prefix });
  });

  it('takes Bearer too, and the organization by its id', async () => {
    const url = `/api/v1/orgs/${tenant.organization.id}/audit-log/export`;
    const answer = await send(installation, { method: 'GET', url, headers: { authorization: `Bearer ${key.raw}` } });
    expect(answer.status).toBe(200);
  });

  it('is behind every gate, each with its code', async () => {
    const foreign = await seedTenant(installation, { plan: 'scale' });
    const pro = await seedTenant(installation, { plan: 'pro' });
    const developer = await seedTenant(installation, { plan: 'scale', organizationRole: 'developer' });
    const of = (theirs: TestTenant, options: object = {}) =>
      seedKey(installation, theirs, { scopes: ['audit:read'], projectId: null, ...options });
    const revoked = await of(tenant, { revokedAt: new Date(0) });
    const exhausted = await of(tenant);
    await setUsed(installation, { keyId: exhausted.id, minute: 1_000_000 });
    const refused = async (call: Promise<{ status: number; body: any }>) => {
      const { status, body } = await call;
      return [status, body.error.code];
    };
    expect(await refused(get({}))).toEqual([401, 'UNAUTHORIZED']);
    expect(await refused(get({ cookie: await signIn(installation, tenant.user) }))).toEqual([401, 'UNAUTHORIZED']);
    expect(await refused(get({ 'x-api-key': key.raw, authorization: 'Bearer x' }))).toEqual([400, 'AMBIGUOUS_CREDENTIALS']);
    expect(await refused(byKey(revoked))).toEqual([401, 'API_KEY_REVOKED']);
    // Until the surface has its own dialect, a foreign key is told no more than that.
    expect((await byKey(await of(foreign))).status).toBeGreaterThanOrEqual(401);
    expect((await byKey(await of(tenant, { projectId: tenant.project.id }))).status).toBeGreaterThanOrEqual(401);
    expect(await refused(byKey(await of(tenant, { scopes: ['backlog:read'] })))).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect(await refused(byKey(await of(pro), pro))).toEqual([403, 'PLAN_REQUIRED']);
    expect(await refused(byKey(await of(developer), developer))).toEqual([403, 'FORBIDDEN']);
    expect(await refused(byKey(exhausted))).toEqual([429, 'RATE_LIMITED']);
    const denials = await installation.db.prisma.auditEntry.findMany({ where: { action: 'audit.export' } });
    expect(denials.map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'API_KEY_ORG_MISMATCH',
        'API_KEY_PROJECT_MISMATCH',
        'API_KEY_REVOKED',
        'INSUFFICIENT_SCOPE',
        'PLAN_REQUIRED',
        'FORBIDDEN',
        'RATE_LIMITED',
      ]),
    );
  });

  it('is there for people by their session, at an address of its own, and not for those who may not read the log', async () => {
    await create('One');
    const url = `/api/exports/organizations/${tenant.organization.slug}/audit-log`;
    const cookie = await signIn(installation, tenant.user);
    const answer = await send(installation, { method: 'GET', url, headers: { cookie } });
    // Signing in is the second entry.
    expect(await verifyAuditLog([Buffer.from(answer.text)], { publicKeys: await publicKeys() })).toMatchObject({ entries: 2 });
    const stranger = await seedTenant(installation, { plan: 'scale' });
    const theirs = await signIn(installation, stranger.user);
    expect((await send(installation, { method: 'GET', url, headers: { cookie: theirs } })).status).toBe(404);
    expect((await send(installation, { method: 'GET', url })).status).toBe(401);
    expect((await send(installation, { method: 'GET', url, headers: { 'x-api-key': key.raw } })).status).toBe(401);
  });

  it('reads no further than the client takes it', async () => {
    // Twenty pages of two megabytes; as they are not verified, no chain.
    await installation.db.sql.query(
      `insert into audit_entry (id, at, org_id, actor_type, action, request_id, outcome, diff, seq, prev_hash, hash)
       select gen_random_uuid(), now(), $1, 'system', 'test.made', 'req_test', 'allowed', jsonb_build_object('x', repeat('x', 4000)),
         n, n::text, n::text from generate_series(1, 10000) n`,
      [tenant.organization.id],
    );
    await installation.db.sql.query('update audit_head set seq = 10000 where org_id = $1', [tenant.organization.id]);
    await installation.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = installation.app.server.address() as AddressInfo;
    installation.statements.length = 0;
    const pages = () => installation.statements.filter((text) => text.includes('order by seq limit')).length;
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${pathOf(tenant)} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key.raw}\r\n\r\n`);
    await new Promise((resolve) => socket.once('readable', resolve));
    let seen = -1;
    while (seen !== pages()) {
      seen = pages();
      await pause(300);
    }
    // What fits into the buffers of the two sockets.
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(15);
    socket.destroy();
    await pause(100);
    const afterwards = pages();
    await pause(300);
    expect(pages()).toBe(afterwards);
  });
});

it('the keys are published as a set of JSON Web Keys, without their private halves', async () => {
  const keys = await publicKeys();
  expect(keys).toEqual([
    {
      kty: 'OKP',
      crv: 'Ed25519',
      x: expect.any(String),
      kid: installation.core.secrets.checkpoints[0].id,
      alg: 'EdDSA',
      use: 'sig',
    },
  ]);
});
