import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { type Outbound, openOutbound } from '@reqbase/core';
import { runJobs } from '@reqbase/core/testing';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from '../testing.ts';
import { beginAuthorization, connect, REDIRECT, randomAddress, registeredClient } from './testing.ts';

/** What stands at an address, in place of the rest of the world. */
type Found = { status?: number; body: unknown; headers?: Record<string, string> };
let world: Map<string, Found>;
let asked: string[] = [];
const real = openOutbound({ resolve: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) });
const outbound: Outbound = {
  faultOf: (url) => real.faultOf(url),
  async send(request) {
    const found = world.get(request.url);
    // What is not there is left to the real way out, of which every name leads to this machine.
    if (found === undefined) return real.send(request);
    asked.push(request.url);
    const body = typeof found.body === 'string' ? found.body : JSON.stringify(found.body);
    return { status: found.status ?? 200, headers: found.headers ?? {}, body: Buffer.from(body), isWhole: true };
  },
};

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  installation = await openInstallation({ outbound });
  tenant = await seedTenant(installation);
});
afterAll(() => installation.close());
beforeEach(() => {
  world = new Map();
  asked = [];
});

const register = (body: unknown, remoteAddress = randomAddress()) =>
  send(installation, {
    method: 'POST',
    url: '/api/oauth/register',
    headers: { 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    remoteAddress,
  });

describe('registration', () => {
  it('makes a public client of every one, whatever it asks for, and ignores what it does not know (RFC 7591 §3.2.1)', async () => {
    const { status, body } = await register({
      client_name: 'Claude',
      redirect_uris: [REDIRECT, 'http://localhost:1234/cb'],
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token', 'implicit'],
      application_type: 'web',
      scope: 'openid profile',
      jwks_uri: 'https://app.example/jwks',
      x_unknown: { a: 1 },
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      client_id: expect.stringMatching(/^app_[\w-]{22}$/),
      client_id_issued_at: expect.any(Number),
      client_name: 'Claude',
      redirect_uris: [REDIRECT, 'http://localhost:1234/cb'],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
  });

  it.each<[string, unknown, string]>([
    ['no redirect', { client_name: 'x' }, 'invalid_redirect_uri'],
    ['an empty list of redirects', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['plain http elsewhere', { redirect_uris: ['http://app.example/cb'] }, 'invalid_redirect_uri'],
    ['a scheme of its own', { redirect_uris: ['cursor://cb'] }, 'invalid_redirect_uri'],
    ['a script', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    ['a fragment', { redirect_uris: [`${REDIRECT}#a`] }, 'invalid_redirect_uri'],
    ['a user', { redirect_uris: ['https://a:b@app.example/'] }, 'invalid_redirect_uri'],
    ['the machine itself by another name', { redirect_uris: ['https://localhost./cb'] }, 'invalid_redirect_uri'],
    ['a backslash', { redirect_uris: ['https://app.example\\@evil.example/'] }, 'invalid_redirect_uri'],
    ['a list', [], 'invalid_client_metadata'],
    ['no JSON', '{', 'invalid_client_metadata'],
  ])('with %s is refused (RFC 7591 §3.2.2)', async (_name, body, error) => {
    expect(await register(body)).toMatchObject({ status: 400, body: { error } });
  });

  it('keeps of a name what can be shown in a line', async () => {
    expect((await register({ client_name: ` A\u202Eb\n${'c'.repeat(200)}`, redirect_uris: [REDIRECT] })).body.client_name).toBe(
      `Ab${'c'.repeat(77)} `.trim().padEnd(80, 'c'),
    );
  });

  it('is limited to ten an hour from an address', async () => {
    const statuses = [];
    for (let n = 0; n < 11; n++) statuses.push((await register({ redirect_uris: [REDIRECT] }, '198.51.100.9')).status);
    expect(statuses).toEqual([...Array(10).fill(201), 429]);
  });
});

const DOCUMENT = 'https://app.example/oauth/client.json';
const described = (changes: object = {}) => ({
  client_id: DOCUMENT,
  client_name: 'Described',
  redirect_uris: [REDIRECT, 'http://127.0.0.1/callback'],
  token_endpoint_auth_method: 'none',
  ...changes,
});
const begin = (client_id: string, changes = {}) => beginAuthorization({ installation, client: { client_id } }, tenant, changes);

describe('a client that is described by a document', () => {
  it('is let in, and redeems and refreshes like any other; its document is read once', async () => {
    world.set(DOCUMENT, { body: described(), headers: { 'cache-control': 'max-age=600' } });
    const party = { ...(await registeredClient(installation)), client: { client_id: DOCUMENT } };
    const tokens = await connect(party, tenant);
    const { as, client, options } = party;
    const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? '', options);
    expect((await oauth.processRefreshTokenResponse(as, client, response)).access_token).toMatch(/^[\w-]{43}$/);
    expect(asked).toEqual([DOCUMENT]);
    const row = await installation.db.prisma.oAuthClient.findUniqueOrThrow({ where: { clientId: DOCUMENT } });
    expect(row).toMatchObject({ kind: 'document', name: 'Described' });
  });

  it.each<[string, Found]>([
    ['of another client', { body: described({ client_id: 'https://app.example/other' }) }],
    ['of the same but for a slash', { body: described({ client_id: `${DOCUMENT}/` }) }],
    ['without redirects', { body: described({ redirect_uris: [] }) }],
    ['with a redirect to the machine itself by another name', { body: described({ redirect_uris: ['http://127.0.0.2/cb'] }) }],
    ['that is no object', { body: [] }],
    ['that is not found', { status: 404, body: described() }],
    ['that has moved', { status: 302, body: described(), headers: { location: 'http://127.0.0.1/' } }],
  ])('is unknown by a document %s', async (_name, found) => {
    const url = `https://app.example/${encodeURIComponent(_name)}`;
    world.set(url, {
      ...found,
      body: isDescription(found.body) && found.body.client_id === DOCUMENT ? { ...found.body, client_id: url } : found.body,
    });
    const { answer } = await begin(url);
    expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
  });

  it.each([
    'https://127.0.0.1/client.json',
    'https://[::1]/client.json',
    'https://[::ffff:127.0.0.1]/client.json',
    'https://2130706433/client.json',
    'https://0x7f.1/client.json',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.7/client.json',
    'https://localhost/client.json',
    'https://leads-to-this-machine.example/client.json',
    'http://app.example/client.json',
    'https://user@app.example/client.json',
    'https://app.example/a/../client.json',
    'https://app.example/client.json#a',
    'file:///etc/passwd',
  ])('is not asked for at %s', async (url) => {
    const { answer } = await begin(url);
    expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
  });

  it('is unknown where documents are off, or are those of other hosts', async () => {
    for (const clientDocuments of ['none', ['other.example']] as const) {
      const strict = await openInstallation({ outbound, clientDocuments });
      try {
        world.set(DOCUMENT, { body: described() });
        const { answer } = await beginAuthorization(
          { installation: strict, client: { client_id: DOCUMENT } },
          await seedTenant(strict),
        );
        expect(answer.status).toBe(400);
        expect(asked).toEqual([]);
        const { body } = await send(strict, { method: 'GET', url: '/.well-known/oauth-authorization-server' });
        expect(body.client_id_metadata_document_supported).toBe(clientDocuments !== 'none');
      } finally {
        await strict.close();
      }
    }
  });
});

function isDescription(body: unknown): body is ReturnType<typeof described> {
  return typeof body === 'object' && body !== null && 'client_id' in body;
}

describe('the documents', () => {
  const get = (url: string, headers = {}) => send(installation, { method: 'GET', url, headers });

  it('of the server say what it can, whoever asks, and may be kept for an hour', async () => {
    const { status, headers, body } = await get('/.well-known/oauth-authorization-server', { host: 'evil.example' });
    const issuer = installation.core.publicUrl;
    expect([status, headers['cache-control'], headers['access-control-allow-origin']]).toEqual([
      200,
      'public, max-age=3600',
      '*',
    ]);
    expect(body).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/api/oauth/authorize`,
      token_endpoint: `${issuer}/api/oauth/token`,
      registration_endpoint: `${issuer}/api/oauth/register`,
      revocation_endpoint: `${issuer}/api/oauth/revoke`,
      introspection_endpoint: `${issuer}/api/oauth/introspect`,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    });
    expect(body.scopes_supported).toHaveLength(15);
  });

  it('of a project name the resource as it was asked for', async () => {
    for (const way of ['mcp', 'api/v1']) {
      const { status, body } = await get(`/.well-known/oauth-protected-resource/p/demo/${way}`);
      const resource = `${installation.core.publicUrl}/p/demo/${way}`;
      expect([status, body.resource, body.authorization_servers]).toEqual([200, resource, [installation.core.publicUrl]]);
      expect(body.scopes_supported).not.toContain('offline_access');
    }
  });

  it.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-protected-resource/p/demo/mcp',
    '/.well-known/oauth-protected-resource/p/demo/api/v1',
  ])('at %s may be kept for an hour by everybody, and cost no statement', async (url) => {
    installation.statements.length = 0;
    const first = await get(url);
    expect(first.headers).toMatchObject({
      'cache-control': 'public, max-age=3600',
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
    });
    // The same for whoever asks: a cache may give it to others.
    expect([first.headers['vary'], first.headers['set-cookie']]).toEqual([undefined, undefined]);
    const other = await get(url, { cookie: 'reqbase.session_token=x', authorization: 'Bearer x', origin: 'https://a.example' });
    expect([other.text, other.headers['access-control-allow-origin']]).toEqual([first.text, '*']);
    expect(installation.statements).toEqual([]);
    expect((await get('/.well-known/oauth-protected-resource/p/UPPER/mcp')).headers['cache-control']).toBeUndefined();
  });

  it.each([
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/p/demo/mcp',
    '/.well-known/oauth-authorization-server/p/demo/mcp',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/p/demo',
    '/.well-known/oauth-protected-resource/p/a%22b/mcp',
  ])('is not at %s, for browsers neither', async (url) => {
    expect((await get(url, { accept: 'text/html' })).status).toBe(404);
  });
});

describe('what has run out', () => {
  const count = async () => ({
    clients: await installation.db.prisma.oAuthClient.count(),
    grants: await installation.db.prisma.oAuthGrant.count(),
    tokens: (await installation.db.prisma.oAuthAccessToken.count()) + (await installation.db.prisma.oAuthRefreshToken.count()),
    requests: await installation.db.prisma.oAuthRequest.count(),
  });

  it('is purged: clients that nobody let in after a day, tokens and grants when they are over, those in use after 90 idle days', async () => {
    await installation.db.script('delete from oauth_client; delete from oauth_request');
    const used = await registeredClient(installation);
    await registeredClient(installation);
    await connect(used, tenant);
    await beginAuthorization(used, tenant);
    await runJobs(installation.core, { withScheduled: true });
    expect(await count()).toEqual({ clients: 2, grants: 1, tokens: 2, requests: 1 });
    installation.clock.advance(25 * 3_600_000);
    await runJobs(installation.core, { withScheduled: true });
    expect(await count()).toEqual({ clients: 1, grants: 1, tokens: 1, requests: 0 });
    installation.clock.advance(31 * 86_400_000);
    await runJobs(installation.core, { withScheduled: true });
    expect(await count()).toEqual({ clients: 1, grants: 0, tokens: 0, requests: 0 });
    installation.clock.advance(60 * 86_400_000);
    await runJobs(installation.core, { withScheduled: true });
    expect((await count()).clients).toBe(0);
  });
});
