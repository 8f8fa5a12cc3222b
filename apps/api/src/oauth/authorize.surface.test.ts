import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, signIn, type TestInstallation } from '../testing.ts';
import {
  beginAuthorization,
  connect,
  decide,
  type Party,
  REDIRECT,
  randomAddress,
  registeredClient,
  resourceOf,
} from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let party: Party;
beforeAll(async () => {
  installation = await openInstallation();
  party = await registeredClient(installation, {
    redirect_uris: [REDIRECT, 'http://127.0.0.1/callback', 'http://[::1]:1/callback'],
  });
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'pro' });
});

const begin = (changes = {}) => beginAuthorization(party, tenant, changes);

describe('a request whose redirect cannot be trusted', () => {
  it.each([
    ['an unknown client', { client_id: 'app_unknown' }],
    ['no client', { client_id: undefined }],
    ['a redirect that is not registered', { redirect_uri: 'https://app.example/other' }],
    ['a redirect with more to it', { redirect_uri: `${REDIRECT}/` }],
    ['a redirect in another case', { redirect_uri: 'https://app.example/Callback' }],
    ['a redirect with a query', { redirect_uri: `${REDIRECT}?a=b` }],
    ['no redirect', { redirect_uri: undefined }],
    ['another path of the machine itself', { redirect_uri: 'http://127.0.0.1:49152/other' }],
    ['the machine itself by a name that is not registered', { redirect_uri: 'http://localhost:49152/callback' }],
    ['another machine by http', { redirect_uri: 'http://app.example/callback' }],
  ])('with %s is shown as a page, and leads nowhere (RFC 6749 §4.1.2.1)', async (_name, changes) => {
    const { answer } = await begin(changes);
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
    expect(answer.headers['content-type']).toMatch(/^text\/html/);
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.text).toContain('This app cannot be connected');
  });

  it('repeats nothing on its page that could be markup', async () => {
    const { answer } = await begin({ client_id: '<script>alert(1)</script>', state: '<b>' });
    expect(answer.text).not.toMatch(/<script|<b>/);
  });
});

describe('a request', () => {
  it.each(['http://127.0.0.1:49152/callback', 'http://127.0.0.1/callback', 'http://[::1]:8080/callback'])(
    'may lead to any port of the machine itself: %s (RFC 8252 §7.3)',
    async (redirect_uri) => {
      expect((await begin({ redirect_uri })).uid).not.toBe('');
    },
  );

  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge without its method', { code_challenge_method: undefined }, 'invalid_request'],
    ['a challenge that is none', { code_challenge: 'short' }, 'invalid_request'],
    ['no resource', { resource: undefined }, 'invalid_target'],
    ['a resource elsewhere', { resource: 'https://other.example/p/x/mcp' }, 'invalid_target'],
    ['a resource that is no URL', { resource: 'demo' }, 'invalid_target'],
    ['a resource with a fragment', () => ({ resource: `${resourceOf(installation, tenant.project)}#a` }), 'invalid_target'],
    [
      'a resource with a slash at its end',
      () => ({ resource: `${resourceOf(installation, tenant.project)}/` }),
      'invalid_target',
    ],
    ['a project that there is not', () => ({ resource: resourceOf(installation, { id: 'nothing-here' }) }), 'invalid_target'],
    [
      'an id that is written otherwise',
      () => ({ resource: resourceOf(installation, { id: tenant.project.id.toUpperCase() }) }),
      'invalid_target',
    ],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['an answer by a fragment', { response_mode: 'fragment' }, 'unsupported_response_mode'],
    ['an answer by a form', { response_mode: 'form_post' }, 'unsupported_response_mode'],
    ['an answer by a signed query', { response_mode: 'query.jwt' }, 'unsupported_response_mode'],
    ['a request object', { request: 'eyJ' }, 'request_not_supported'],
    ['no wish to be asked', { prompt: 'none' }, 'consent_required'],
    ['scopes that are no words', { scope: 'backlog:read "' }, 'invalid_scope'],
  ])('with %s is refused by its redirect, with the state and the issuer (RFC 9207 §2)', async (_name, changes, error) => {
    const { answer } = await begin(typeof changes === 'function' ? changes() : changes);
    expect(answer.status).toBe(303);
    const back = new URL(String(answer.headers['location']));
    expect(back.origin + back.pathname).toBe(REDIRECT);
    // Of a response type that would answer there, by the fragment.
    const told = new URLSearchParams(back.search || back.hash.slice(1));
    expect(Object.fromEntries(told)).toMatchObject({ error, state: 'a-state', iss: installation.core.publicUrl });
  });

  it('of the implicit flow is refused by the fragment, where its answer would be', async () => {
    const { search, hash } = new URL(String((await begin({ response_type: 'token' })).answer.headers['location']));
    expect([search, new URLSearchParams(hash.slice(1)).get('error')]).toEqual(['', 'unsupported_response_type']);
  });

  it.each(['query', ''])('may name the mode of its answer that there is: %j', async (response_mode) => {
    expect((await begin({ response_mode })).uid).not.toBe('');
  });

  it('names one resource', async () => {
    const resource = resourceOf(installation, tenant.project);
    const { answer } = await begin();
    expect(answer.status).toBe(303);
    const asked = new URLSearchParams({ client_id: party.client.client_id, redirect_uri: REDIRECT, response_type: 'code' });
    asked.append('code_challenge', 'a'.repeat(43));
    asked.append('code_challenge_method', 'S256');
    for (const way of ['mcp', 'api/v1']) asked.append('resource', resource.replace('mcp', way));
    const several = await send(installation, { method: 'GET', url: `/api/oauth/authorize?${asked}` });
    expect(String(several.headers['location'])).toContain('error=invalid_target');
  });

  it('is of whichever host it was sent to: the issuer is PUBLIC_URL', async () => {
    const { client_id } = party.client;
    const answer = await send(installation, {
      method: 'GET',
      url: `/api/oauth/authorize?${new URLSearchParams({ client_id, redirect_uri: REDIRECT, response_type: 'token' })}`,
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    expect(answer.headers['location']).toContain(`iss=${encodeURIComponent(installation.core.publicUrl)}`);
    expect(JSON.stringify(answer.headers) + answer.text).not.toContain('evil.example');
  });

  it('is read whole, question marks and all, when it asks for a prompt', async () => {
    const url = `/api/oauth/authorize?prompt=login&state=is+it%3F?&client_id=${party.client.client_id}&redirect_uri=${REDIRECT}`;
    const { headers } = await send(installation, { method: 'GET', url, remoteAddress: '198.51.100.31' });
    expect(new URL(String(headers['location'])).searchParams.get('state')).toBe('is it??');
  });

  it('is limited to thirty a minute from an address', async () => {
    const ask = () => send(installation, { method: 'GET', url: '/api/oauth/authorize', remoteAddress: '198.51.100.30' });
    const statuses = [];
    for (let n = 0; n < 31; n++) statuses.push((await ask()).status);
    expect(statuses.slice(0, 30).every((status) => status === 400)).toBe(true);
    const refused = await ask();
    expect(refused).toMatchObject({
      status: 429,
      headers: {
        'retry-after': String(60 - installation.clock.now().getUTCSeconds()),
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      },
    });
    expect(refused.text).toMatch(/Wait a minute.*Too many requests/s);
  });

  it('leads back with its answer though no other can begin from its address for now', async () => {
    const remoteAddress = randomAddress();
    const { uid, cookie } = await beginAuthorization(party, tenant, {}, remoteAddress);
    const path = '/api/oauth/authorize';
    const ask = (url: string, headers = {}) => send(installation, { method: 'GET', url, headers, remoteAddress });
    for (let n = 0; n < 29; n++) await ask(path);
    expect((await ask(path)).status).toBe(429);
    expect((await ask(`${path}/${uid}`, { cookie })).status).toBe(303);
    for (let n = 0; n < 29; n++) await ask(`${path}/${uid}`);
    expect((await ask(`${path}/${uid}`)).status).toBe(429);
  });
});

describe('the consent page', () => {
  const ask = async (uid: string, cookie: string, user = tenant.user) =>
    send(installation, {
      method: 'GET',
      url: `/api/oauth/authorize/${uid}/request`,
      headers: { cookie: `${await signIn(installation, user)}; ${cookie}` },
    });

  it('is told who asks, for which project, and what of it the person may give', async () => {
    const { uid, cookie } = await begin({
      redirect_uri: 'http://127.0.0.1:5/callback',
      scope: 'backlog:read openid scans:read project:write',
    });
    const { status, body } = await ask(uid, cookie);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      client: { name: 'Inspector', id: party.client.client_id, host: null, redirectHost: '127.0.0.1:5', isLoopback: true },
      project: { id: tenant.project.id },
      mayApprove: true,
    });
    expect(body.scopes.map(({ scope }: { scope: string }) => scope)).toEqual(['backlog:read', 'project:write']);
  });

  it('offers everything to an app that asks for nothing, and proposes what destroys nothing', async () => {
    const { uid, cookie } = await begin({ scope: undefined });
    const { body } = await ask(uid, cookie);
    expect(body.scopes).toHaveLength(15);
    expect(body.scopes.flatMap((row: { scope: string; isProposed: boolean }) => (row.isProposed ? [row.scope] : []))).toEqual([
      'backlog:read',
      'status:write',
      'notes:write',
      'comments:write',
      'conversations:read',
      'widget:read',
    ]);
  });

  it('proposes nothing to an app that asks for what no app can have alone, and offers the rest', async () => {
    const { uid, cookie } = await begin({ scope: 'requesters:read everything' });
    const { body } = await ask(uid, cookie);
    expect(body.scopes).toHaveLength(15);
    expect(body.scopes.filter(({ isProposed }: { isProposed: boolean }) => isProposed)).toEqual([]);
  });

  it('is not there for whoever names a client on a way back that there is not', async () => {
    const url = `/api/oauth/authorize/x?client_id=${party.client.client_id}`;
    expect((await send(installation, { method: 'GET', url })).status).toBe(400);
  });

  it('offers on Free what works there by MCP', async () => {
    tenant = await seedTenant(installation, { plan: 'free' });
    const { uid, cookie } = await begin({ scope: 'backlog:read comments:write' });
    const { body } = await ask(uid, cookie);
    expect(body.scopes).toMatchObject([{ grantable: true }, { grantable: false, reason: 'Needs the plan pro.' }]);
  });

  it('keeps what the app has been given before, so that it can ask for more', async () => {
    await connect(party, tenant, { scopes: ['backlog:read'] });
    const { uid, cookie } = await begin({ scope: 'status:write' });
    expect((await ask(uid, cookie)).body.scopes).toMatchObject([
      { scope: 'backlog:read', isGranted: true, isProposed: true },
      { scope: 'status:write', isGranted: false, isProposed: true },
    ]);
  });

  it('is refused to whoever lacks the cookie of the browser that began, and to whoever is not signed in', async () => {
    const { uid, cookie } = await begin();
    const other = await begin();
    expect((await ask(uid, '')).status).toBe(410);
    expect((await ask(uid, other.cookie)).status).toBe(410);
    expect(
      (await send(installation, { method: 'GET', url: `/api/oauth/authorize/${uid}/request`, headers: { cookie } })).status,
    ).toBe(401);
  });

  it('is refused by a cookie that this server has not signed', async () => {
    const { uid, cookie } = await begin();
    const [name = ''] = cookie.split('; ').filter((one) => one.startsWith('_oauth_request='));
    expect(name).toBe(`_oauth_request=${uid}`);
    expect((await ask(uid, name)).status).toBe(410);
    expect((await ask(uid, `${name}; _oauth_request.sig=${'a'.repeat(27)}`)).status).toBe(410);
    expect((await ask(uid, cookie)).status).toBe(200);
  });

  it('is kept by nobody', async () => {
    const { uid, cookie } = await begin();
    expect((await ask(uid, cookie)).headers['cache-control']).toBe('no-store');
    expect((await ask(uid, '')).headers['cache-control']).toBe('no-store');
  });

  it('tells a stranger nothing of the project', async () => {
    const stranger = await seedTenant(installation);
    const { uid, cookie } = await begin();
    expect((await ask(uid, cookie, stranger.user)).body).toMatchObject({ project: null, mayApprove: false, scopes: [] });
  });
});

describe('a decision', () => {
  const post = async (
    pending: { uid: string; cookie: string },
    body: object,
    headers: Record<string, string> = {},
    user = tenant.user,
  ) =>
    send(installation, {
      method: 'POST',
      url: `/api/oauth/authorize/${pending.uid}/decision`,
      headers: { cookie: `${await signIn(installation, user)}; ${pending.cookie}`, origin: 'http://localhost', ...headers },
      payload: body,
    });
  const ALLOW = { decision: 'allow', scopes: ['backlog:read'] };

  it.each(['developer', 'viewer', 'admin'] as const)('is not a %s’s', async (projectRole) => {
    tenant = await seedTenant(installation, { organizationRole: null, projectRole });
    const answer = await post(await begin(), ALLOW);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('is not a stranger’s', async () => {
    const pending = await begin();
    const { user } = await seedTenant(installation);
    expect(await post(pending, ALLOW, {}, user)).toMatchObject({ status: 404, body: { error: { code: 'PROJECT_NOT_FOUND' } } });
  });

  it('is not taken from another site’s page, nor as a form', async () => {
    const pending = await begin();
    expect((await post(pending, ALLOW, { origin: 'https://evil.example' })).status).toBe(403);
    const form = await send(installation, {
      method: 'POST',
      url: `/api/oauth/authorize/${pending.uid}/decision`,
      headers: {
        cookie: `${await signIn(installation, tenant.user)}; ${pending.cookie}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: 'decision=allow&scopes=backlog:read',
    });
    expect(form.status).toBe(415);
  });

  it('grants nothing beyond role and plan, and nothing that no app can have', async () => {
    tenant = await seedTenant(installation, { plan: 'free' });
    for (const scope of ['comments:write', 'keys:admin', 'admin', 'no:scope']) {
      const answer = await post(await begin(), { decision: 'allow', scopes: [scope] });
      expect([scope, answer.status, answer.body.error.code]).toEqual([scope, 403, 'SCOPE_NOT_GRANTABLE']);
    }
    expect(await installation.db.prisma.oAuthGrant.count({ where: { projectId: tenant.project.id } })).toBe(0);
  });

  it('is taken once', async () => {
    const pending = await begin();
    expect((await post(pending, ALLOW)).status).toBe(200);
    expect((await post(pending, ALLOW)).status).toBe(410);
  });

  it('leads on in the browser that began alone, and once', async () => {
    const pending = await begin();
    const { body } = await post(pending, ALLOW);
    const url = new URL(body.redirectTo).pathname;
    const resume = (cookie: string) =>
      send(installation, { method: 'GET', url, headers: { cookie }, remoteAddress: '198.51.100.77' });
    expect((await resume('')).status).toBe(400);
    // Another request of the same browser goes on with its own.
    const other = await begin();
    expect((await resume(other.cookie)).headers['location']).toMatch(/^\/connect\//);
    expect((await resume(pending.cookie)).status).toBe(303);
    expect((await resume(pending.cookie)).status).toBe(400);
  });

  it('of denial tells the app so', async () => {
    const back = await decide(installation, tenant.user, await begin(), { decision: 'deny' });
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'a-state',
      iss: installation.core.publicUrl,
    });
  });

  const entries = () =>
    installation.db.prisma.auditEntry.findMany({
      where: { orgId: tenant.organization.id, action: { startsWith: 'connected_app.' } },
      select: { action: true, outcome: true, code: true, actorId: true, projectId: true, diff: true },
      orderBy: { seq: 'asc' },
    });

  it('of denial is in the log, once, of whoever has a part in the project', async () => {
    const pending = await begin();
    for (const status of [200, 410]) expect((await post(pending, { decision: 'deny' })).status).toBe(status);
    expect(await entries()).toEqual([
      {
        ...{ action: 'connected_app.denied', outcome: 'allowed', code: null },
        ...{ actorId: tenant.user.id, projectId: tenant.project.id },
        diff: { clientId: party.client.client_id, clientName: 'Inspector' },
      },
    ]);
  });

  it('of denial by a stranger is in no log', async () => {
    const stranger = await seedTenant(installation);
    expect((await post(await begin(), { decision: 'deny' }, {}, stranger.user)).status).toBe(200);
    expect(await entries()).toEqual([]);
  });

  it('that grants what may not be granted is in the log as refused', async () => {
    await post(await begin(), { decision: 'allow', scopes: ['keys:admin'] });
    expect(await entries()).toMatchObject([
      { action: 'connected_app.approve', outcome: 'denied', code: 'SCOPE_NOT_GRANTABLE', projectId: tenant.project.id },
    ]);
  });

  it('leaves one grant of a client, a person and a project, with what was decided last, and an entry in the log each time', async () => {
    await connect(party, tenant, { scopes: ['backlog:read', 'status:write'] });
    await connect(party, tenant, { scopes: ['backlog:read'] });
    const grants = await installation.db.prisma.oAuthGrant.findMany({ where: { projectId: tenant.project.id } });
    expect(grants.map(({ scopes }) => scopes)).toEqual([['backlog:read']]);
    const entries = await installation.db.prisma.auditEntry.findMany({
      where: { orgId: tenant.organization.id, action: 'connected_app.approved' },
    });
    expect(entries).toHaveLength(2);
  });
});
