import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import type { TokenEndpointResponse } from 'oauth4webapi';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from '../testing.ts';
import {
  allowedCode,
  connect,
  type Party,
  postForm,
  randomAddress,
  redeemCode,
  registeredClient,
  resourceOf,
} from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let party: Party;
beforeAll(async () => {
  installation = await openInstallation();
  party = await registeredClient(installation);
  tenant = await seedTenant(installation, { plan: 'pro' });
});
afterAll(() => installation.close());

type Form = Record<string, string | undefined>;
const token = (form: Form, headers = {}): Promise<Answer> =>
  postForm(party, '/api/oauth/token', { client_id: party.client.client_id, ...form }, headers);
const refresh = (refresh_token: string | undefined, form: Form = {}) =>
  token({ grant_type: 'refresh_token', refresh_token, ...form });
const exchange = ({ code, verifier, redirectUri }: Awaited<ReturnType<typeof allowedCode>>, form: Form = {}) =>
  token({ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri, ...form });
const call = (access_token: string) =>
  send(installation, {
    method: 'GET',
    url: `/p/${tenant.project.id}/api/v1/project`,
    headers: { authorization: `Bearer ${access_token}` },
  });
const refused = (status: number, error: string) => expect.objectContaining({ status, body: expect.objectContaining({ error }) });

describe('a code', () => {
  it('is redeemed without its redirect too, as OAuth 2.1 has it, and the answer is kept by nobody', async () => {
    const answer = await exchange(await allowedCode(party, tenant), { redirect_uri: undefined });
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect((await call(answer.body.access_token)).status).toBe(200);
  });

  it.each<[string, Form, number, string]>([
    ['another verifier', { code_verifier: 'a'.repeat(43) }, 400, 'invalid_grant'],
    ['no verifier', { code_verifier: undefined }, 400, 'invalid_grant'],
    ['a verifier that is too short', { code_verifier: 'short' }, 400, 'invalid_request'],
    ['another redirect', { redirect_uri: 'https://app.example/other' }, 400, 'invalid_grant'],
    ['another resource', { resource: 'https://other.example/mcp' }, 400, 'invalid_target'],
    ['an unknown client', { client_id: 'app_unknown' }, 401, 'invalid_client'],
    ['no client', { client_id: undefined }, 400, 'invalid_request'],
    ['another grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['no grant type', { grant_type: undefined }, 400, 'invalid_request'],
  ])('with %s is refused, and is not burned', async (_name, form, status, error) => {
    const allowed = await allowedCode(party, tenant);
    expect(await exchange(allowed, form)).toEqual(refused(status, error));
    expect((await exchange(allowed)).status).toBe(200);
  });

  it('with an empty parameter is redeemed as without it (RFC 6749 §3.2)', async () => {
    const answer = await exchange(await allowedCode(party, tenant), { redirect_uri: '', refresh_token: '', resource: '' });
    expect(answer.status).toBe(200);
  });

  it.each(['grant_type', 'code', 'client_id', 'code_verifier', 'redirect_uri', 'scope'])(
    'with %s twice is refused, and is not burned',
    async (name) => {
      const allowed = await allowedCode(party, tenant);
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: party.client.client_id,
        code: allowed.code,
        code_verifier: allowed.verifier,
        redirect_uri: allowed.redirectUri,
        scope: 'backlog:read',
      });
      form.append(name, form.get(name) ?? '');
      expect(await postForm(party, '/api/oauth/token', form)).toEqual(refused(400, 'invalid_request'));
      expect((await exchange(allowed)).status).toBe(200);
    },
  );

  it('is of no use to another client', async () => {
    const allowed = await allowedCode(party, tenant);
    const other = await registeredClient(installation);
    expect(await exchange(allowed, { client_id: other.client.client_id })).toEqual(refused(400, 'invalid_grant'));
  });

  it('lives for a minute', async () => {
    const [early, late] = [await allowedCode(party, tenant), await allowedCode(party, tenant)];
    installation.clock.advance(58_000);
    expect((await exchange(early)).status).toBe(200);
    installation.clock.advance(3_000);
    expect(await exchange(late)).toEqual(refused(400, 'invalid_grant'));
  });

  it('that comes again ends all that was issued by it (RFC 6749 §4.1.2)', async () => {
    const allowed = await allowedCode(party, tenant);
    const tokens = await redeemCode(party, allowed);
    expect(await exchange(allowed)).toEqual(refused(400, 'invalid_grant'));
    expect((await call(tokens.access_token)).status).toBe(401);
    expect(await refresh(tokens.refresh_token)).toEqual(refused(400, 'invalid_grant'));
  });

  it('is stored as a hash alone, as are all tokens', async () => {
    const allowed = await allowedCode(party, tenant);
    const { access_token, refresh_token = '' } = await redeemCode(party, allowed);
    await refresh(refresh_token);
    const tables = ['oauth_authorization_code', 'oauth_access_token', 'oauth_refresh_token', 'oauth_request', 'oauth_grant'];
    const stored = await Promise.all(tables.map((table) => installation.db.sql.query(`select t::text from ${table} t`)));
    const text = JSON.stringify(stored);
    for (const secret of [allowed.code, access_token, refresh_token])
      for (const written of [secret, Buffer.from(secret).toString('hex')]) expect(text).not.toContain(written);
  });
});

describe('a refresh', () => {
  let tokens: TokenEndpointResponse;
  beforeEach(async () => {
    tokens = await connect(party, tenant);
  });

  it('asked for again within a minute gives the same answer, since the first may have been lost', async () => {
    const first = await refresh(tokens.refresh_token);
    installation.clock.advance(20_000);
    const again = await refresh(tokens.refresh_token);
    expect(again.status).toBe(200);
    expect(again.body).toEqual({ ...first.body, expires_in: 3_580 });
    expect((await refresh(first.body.refresh_token)).status).toBe(200);
  });

  it('whose access token has been revoked since is not answered with it again, and ends no grant', async () => {
    const first = await refresh(tokens.refresh_token);
    await postForm(party, '/api/oauth/revoke', { client_id: party.client.client_id, token: first.body.access_token });
    expect(await refresh(tokens.refresh_token)).toEqual(refused(400, 'invalid_grant'));
    expect((await refresh(first.body.refresh_token)).status).toBe(200);
  });

  it('with a stray code is one like any other: what comes again later ends the grant, and the log tells it', async () => {
    const first = await refresh(tokens.refresh_token, { code: 'x' });
    expect(first.status).toBe(200);
    installation.clock.advance(61_000);
    const where = { orgId: tenant.organization.id, action: 'connected_app.ended' };
    const before = await installation.db.prisma.auditEntry.count({ where });
    expect(await refresh(tokens.refresh_token, { code: 'x' })).toEqual(refused(400, 'invalid_grant'));
    expect(await refresh(first.body.refresh_token)).toEqual(refused(400, 'invalid_grant'));
    expect(await installation.db.prisma.auditEntry.count({ where })).toBe(before + 1);
  });

  it('that the database has undone for the sake of another is run again', async () => {
    await installation.db.script(`
      create sequence undone_once;
      create function undo_once() returns trigger language plpgsql as $$ begin
        if nextval('undone_once') = 1 then raise serialization_failure; end if;
        return new;
      end $$;
      create trigger undo_once before insert on oauth_access_token for each row execute function undo_once()`);
    try {
      expect((await refresh(tokens.refresh_token)).status).toBe(200);
    } finally {
      await installation.db.script('drop function undo_once cascade; drop sequence undone_once');
    }
  });

  it('asked for again with more than was granted is refused, as it is the first time, and ends nothing', async () => {
    const first = await refresh(tokens.refresh_token);
    const wider = { scope: 'backlog:read comments:delete' };
    expect(await refresh(tokens.refresh_token, wider)).toEqual(refused(400, 'invalid_scope'));
    // Of less, the first answer tells: there is no other.
    const { refresh_token, scope } = first.body;
    expect((await refresh(tokens.refresh_token, { scope: 'backlog:read' })).body).toMatchObject({ refresh_token, scope });
  });

  it('asked for again later ends the grant, and that grant alone', async () => {
    const other = await seedTenant(installation);
    const elsewhere = await connect(party, other);
    const first = await refresh(tokens.refresh_token);
    installation.clock.advance(61_000);
    expect(await refresh(tokens.refresh_token)).toEqual(refused(400, 'invalid_grant'));
    expect((await call(first.body.access_token)).status).toBe(401);
    expect(await refresh(first.body.refresh_token)).toEqual(refused(400, 'invalid_grant'));
    expect((await refresh(elsewhere.refresh_token)).status).toBe(200);
    const where = { orgId: tenant.organization.id, action: 'connected_app.ended' };
    const entries = await installation.db.prisma.auditEntry.findMany({ where, orderBy: { seq: 'desc' } });
    expect(entries[0]).toMatchObject({
      actorType: 'oauth_client',
      actorId: tenant.user.id,
      oauthClientId: party.client.client_id,
    });
  });

  it.each<[string, Form | (() => Form), string]>([
    [
      'a resource that was not granted',
      () => ({ resource: resourceOf(installation, tenant.project, 'api/v1') }),
      'invalid_target',
    ],
    ['a resource elsewhere', { resource: 'https://other.example/mcp' }, 'invalid_target'],
    ['more than was granted', { scope: 'backlog:read comments:delete' }, 'invalid_scope'],
  ])('with %s is refused, and burns nothing', async (_name, form, error) => {
    expect(await refresh(tokens.refresh_token, typeof form === 'function' ? form() : form)).toEqual(refused(400, error));
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('with the resource that was granted, and with less than was granted, is answered; the next may have all again', async () => {
    const narrowed = await refresh(tokens.refresh_token, {
      resource: resourceOf(installation, tenant.project),
      scope: 'backlog:read',
    });
    expect(narrowed.body.scope).toBe('backlog:read');
    expect((await refresh(narrowed.body.refresh_token)).body.scope).toBe('backlog:read status:write');
  });

  it('is of no use to another client, and ends nothing by that', async () => {
    const other = await registeredClient(installation);
    expect(await refresh(tokens.refresh_token, { client_id: other.client.client_id })).toEqual(refused(400, 'invalid_grant'));
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('is good for thirty days', async () => {
    installation.clock.advance(30 * 86_400_000 + 1_000);
    expect(await refresh(tokens.refresh_token)).toEqual(refused(400, 'invalid_grant'));
  });
});

describe('revocation', () => {
  const revoke = (form: Form) => postForm(party, '/api/oauth/revoke', { client_id: party.client.client_id, ...form });

  it('of a refresh token ends the grant, of an access token that one', async () => {
    const tokens = await connect(party, tenant);
    expect((await revoke({ token: tokens.access_token })).status).toBe(200);
    expect((await call(tokens.access_token)).status).toBe(401);
    const next = (await refresh(tokens.refresh_token)).body;
    expect((await call(next.access_token)).status).toBe(200);
    expect((await revoke({ token: next.refresh_token, token_type_hint: 'refresh_token' })).status).toBe(200);
    expect((await call(next.access_token)).status).toBe(401);
  });

  it('leaves an entry in the log where a grant has ended, as of a person who disconnects the app', async () => {
    const where = { orgId: tenant.organization.id, action: 'connected_app.revoked' };
    const entries = () => installation.db.prisma.auditEntry.findMany({ where, orderBy: { seq: 'asc' } });
    const before = (await entries()).length;
    const tokens = await connect(party, tenant);
    await revoke({ token: tokens.access_token });
    const other = await registeredClient(installation);
    await revoke({ token: tokens.refresh_token, client_id: other.client.client_id });
    expect(await entries()).toHaveLength(before);
    const { id } = await installation.db.prisma.oAuthGrant.findFirstOrThrow({ where: { projectId: tenant.project.id } });
    await revoke({ token: tokens.refresh_token });
    await revoke({ token: tokens.refresh_token });
    const told = (await entries()).slice(before);
    expect(told).toMatchObject([
      {
        resourceId: id,
        actorType: 'oauth_client',
        actorId: tenant.user.id,
        oauthClientId: party.client.client_id,
        diff: { clientId: party.client.client_id, clientName: 'Inspector', person: tenant.user.name },
      },
    ]);
  });

  it('of what is no token, or another client’s, is answered alike, and ends nothing (RFC 7009 §2.2)', async () => {
    const tokens = await connect(party, tenant);
    const other = await registeredClient(installation);
    expect((await revoke({ token: 'nothing' })).status).toBe(200);
    expect((await revoke({ token: tokens.refresh_token, client_id: other.client.client_id })).status).toBe(200);
    expect((await call(tokens.access_token)).status).toBe(200);
    expect(await revoke({ token: undefined })).toEqual(refused(400, 'invalid_request'));
  });

  it('is one of many that browsers may ask for from anywhere, but none by a cookie', async () => {
    for (const path of ['token', 'register', 'revoke']) {
      const asked = { origin: 'https://inspector.example', 'access-control-request-method': 'POST' };
      const { status, headers } = await send(installation, { method: 'OPTIONS', url: `/api/oauth/${path}`, headers: asked });
      expect([path, status, headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).toEqual([
        path,
        204,
        '*',
        undefined,
      ]);
    }
    expect(await send(installation, { method: 'GET', url: '/api/oauth/token' })).toMatchObject({
      status: 405,
      headers: { allow: 'POST, OPTIONS' },
    });
  });
});

describe('introspection', () => {
  it('tells a client of its own tokens alone', async () => {
    const tokens = await connect(party, tenant);
    const other = await registeredClient(installation);
    const ask = (client_id: string) => postForm(party, '/api/oauth/introspect', { client_id, token: tokens.access_token });
    expect((await ask(party.client.client_id)).body).toMatchObject({
      active: true,
      sub: tenant.user.id,
      aud: resourceOf(installation, tenant.project),
    });
    expect((await ask(other.client.client_id)).body).toEqual({ active: false });
  });

  it('tells of the scopes that are still in the grant; the next tokens have again what it has again, and none of before has', async () => {
    const { access_token, refresh_token = '' } = await connect(party, tenant);
    const { client_id } = party.client;
    const scopesOf = async (token: string) => (await postForm(party, '/api/oauth/introspect', { client_id, token })).body.scope;
    await connect(party, tenant, { scopes: ['backlog:read'] });
    expect([await scopesOf(access_token), await scopesOf(refresh_token)]).toEqual(['backlog:read', 'backlog:read']);
    const next = (await refresh(refresh_token)).body;
    expect(next.scope).toBe('backlog:read');
    await connect(party, tenant);
    expect([await scopesOf(access_token), await scopesOf(next.access_token)]).toEqual(['backlog:read', 'backlog:read']);
    expect((await refresh(next.refresh_token)).body.scope).toBe('backlog:read status:write');
  });
});

describe('a consent that is narrowed and then widened', () => {
  const change = (access_token: string) =>
    send(installation, {
      method: 'PATCH',
      url: `/p/${tenant.project.id}/api/v1/features/00000000-0000-4000-8000-000000000000`,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      payload: { status: 'IN_PROGRESS' },
    });
  const may = async (access_token: string) => (await change(access_token)).status;

  it('gives nothing back to a token of before; a refresh has what was decided last, and no token more than it was issued with', async () => {
    const all = await connect(party, tenant);
    expect(await may(all.access_token)).toBe(404);
    const few = await connect(party, tenant, { scopes: ['backlog:read'] });
    expect([await may(all.access_token), await may(few.access_token)]).toEqual([403, 403]);
    await connect(party, tenant);
    expect([await may(all.access_token), await may(few.access_token)]).toEqual([403, 403]);
    expect((await call(all.access_token)).status).toBe(200);
    const refreshed = await refresh(all.refresh_token);
    expect([refreshed.body.scope, await may(refreshed.body.access_token)]).toEqual(['backlog:read status:write', 404]);
    expect((await refresh(few.refresh_token)).body.scope).toBe('backlog:read');
  });

  it('gives nothing back to a code of before', async () => {
    const code = await allowedCode(party, tenant);
    await connect(party, tenant, { scopes: ['backlog:read'] });
    await connect(party, tenant);
    const { body } = await exchange(code);
    expect([body.scope, await may(body.access_token)]).toEqual(['backlog:read', 403]);
  });
});

describe('a consent that leaves nothing of what was issued', () => {
  const ONE = { scopes: ['status:write'] };
  const OTHER = { scopes: ['backlog:read'] };

  it('has a code of before refused: an answer without a scope would say that all was granted (RFC 6749 §5.1)', async () => {
    const code = await allowedCode(party, tenant, ONE);
    const tokens = await connect(party, tenant, OTHER);
    expect(await exchange(code)).toEqual(refused(400, 'invalid_grant'));
    expect((await call(tokens.access_token)).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).body.scope).toBe('backlog:read');
  });

  it('has a refresh of before refused, until it is granted again', async () => {
    const before = await connect(party, tenant, ONE);
    const tokens = await connect(party, tenant, OTHER);
    expect(await refresh(before.refresh_token)).toEqual(refused(400, 'invalid_grant'));
    expect((await call(tokens.access_token)).status).toBe(200);
    await connect(party, tenant);
    expect((await refresh(before.refresh_token)).body.scope).toBe('status:write');
  });

  it('has a refresh refused that asks for what is gone alone, and leaves it the rest', async () => {
    const before = await connect(party, tenant);
    await connect(party, tenant, OTHER);
    expect(await refresh(before.refresh_token, { scope: 'status:write' })).toEqual(refused(400, 'invalid_scope'));
    expect((await refresh(before.refresh_token)).body.scope).toBe('backlog:read');
  });
});

describe('a refresh that is asked for again after a consent', () => {
  it('tells what its access token still has, also when more has been granted since', async () => {
    const tokens = await connect(party, tenant);
    const first = await refresh(tokens.refresh_token);
    await connect(party, tenant, { scopes: ['backlog:read'] });
    expect((await refresh(tokens.refresh_token)).body).toMatchObject({
      access_token: first.body.access_token,
      scope: 'backlog:read',
    });
    await connect(party, tenant);
    expect((await refresh(tokens.refresh_token)).body.scope).toBe('backlog:read');
  });

  it('is refused where nothing is left of it', async () => {
    const tokens = await connect(party, tenant, { scopes: ['status:write'] });
    await refresh(tokens.refresh_token);
    await connect(party, tenant, { scopes: ['backlog:read'] });
    expect(await refresh(tokens.refresh_token)).toEqual(refused(400, 'invalid_grant'));
  });
});

it('tokens are asked for sixty times a minute by a client from an address', async () => {
  const form = { grant_type: 'refresh_token', refresh_token: 'nothing', client_id: party.client.client_id };
  const ask = () =>
    send(installation, {
      method: 'POST',
      url: '/api/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
      remoteAddress: '198.51.100.60',
    });
  const statuses = [];
  for (let n = 0; n < 61; n++) statuses.push((await ask()).status);
  expect(statuses).toEqual([...Array(60).fill(400), 429]);
});

it.each([
  ['token', 300],
  ['introspect', 600],
  ['revoke', 600],
])(
  '%s is limited to %i calls a minute by the address alone: a client may say that it is another each time',
  async (path, most) => {
    const [address, other] = [randomAddress(), randomAddress()];
    const ask = (remoteAddress: string, client_id: string) =>
      send(installation, {
        method: 'POST',
        url: `/api/oauth/${path}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', token: 'x', client_id }).toString(),
        remoteAddress,
      });
    expect((await ask(address, 'app_one')).status).toBe(401);
    // As if as many had come.
    await installation.db.sql.query('update device_rate set calls = $1', [most - 1]);
    expect((await ask(address, 'app_two')).status).toBe(401);
    expect((await ask(address, 'app_three')).status).toBe(429);
    expect((await ask(other, 'app_three')).status).toBe(401);
  },
);
