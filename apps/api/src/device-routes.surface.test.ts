import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, signIn, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let cookie: string;
let quarter = 0;

beforeAll(async () => {
  // One proxy in front: its word on the client's address counts.
  installation = await openInstallation({ trustProxy: 1 });
  tenant = await seedTenant(installation, { plan: 'scale' });
  cookie = await signIn(installation, tenant.user);
});
afterAll(() => installation.close());
beforeEach(() => {
  // Of each limit, a new window.
  installation.clock.set(new Date(Date.parse('2026-03-14T10:20:30.250Z') + quarter++ * 900_000));
});

const URL_OF = '/api/auth/device';
const post = (path: string, payload: unknown, headers: Record<string, string> = {}) =>
  send(installation, { method: 'POST', url: `${URL_OF}${path}`, payload: payload as object, headers });
const asMe = (path: string, payload: unknown, headers: Record<string, string> = {}) =>
  post(path, payload, { cookie, ...headers });
const lookUp = (code: string, headers: Record<string, string> = { cookie }) =>
  send(installation, { method: 'GET', url: `${URL_OF}/lookup?user_code=${code}`, headers });
const token = (device_code: string) => post('/token', { device_code });

async function codes(
  body: object = {},
  headers: Record<string, string> = {},
): Promise<{ device_code: string; user_code: string }> {
  const { status, body: answer } = await post('/code', { client_name: 'reqbase on laptop', ...body }, headers);
  expect(status).toBe(200);
  return answer;
}
const refusal = (status: number, code: string, more: object = {}) => ({
  status,
  headers: { 'x-request-id': expect.stringMatching(/^req_/), 'cache-control': 'no-store' },
  body: { error: expect.stringMatching(/^[A-Z]/), code, request_id: expect.stringMatching(/^req_/), ...more },
});

describe('the contract’s walk', () => {
  it('asks for codes, is allowed, and calls the API with the key that it gets once', async () => {
    const asked = await post('/code', { client_name: 'reqbase on laptop', scope: 'write usage:read' });
    expect(asked).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(asked.body).toEqual({
      device_code: expect.stringMatching(/^[\w-]{48}$/),
      user_code: expect.stringMatching(/^[2-9B-Z]{4}-[2-9B-Z]{4}$/),
      verification_uri: 'http://localhost:3100/device',
      verification_uri_complete: `http://localhost:3100/device?code=${asked.body.user_code}`,
      expires_in: 900,
      interval: 5,
    });
    const { device_code, user_code } = asked.body;
    expect(await token(device_code)).toMatchObject(refusal(202, 'AUTHORIZATION_PENDING', { interval: 5 }));

    const request = await lookUp(user_code);
    expect(request.body).toEqual({
      user_code,
      client_name: 'reqbase on laptop',
      scopes: ['write', 'usage:read'],
      status: 'pending',
      requested_at: installation.clock.now().toISOString(),
      expires_at: new Date(installation.clock.now().getTime() + 900_000).toISOString(),
      ip: '127.0.0.1',
      is_from_your_address: true,
    });
    // One organization: nobody has to choose.
    expect(await asMe('/authorize', { user_code, scopes: ['write'] })).toMatchObject({
      status: 200,
      body: { status: 'approved' },
    });

    const given = await token(device_code);
    expect(given).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(given.body).toEqual({
      access_token: expect.stringMatching(/^riq_live_/),
      token_type: 'bearer',
      expires_in: 90 * 86_400,
      expires_at: new Date(installation.clock.now().getTime() + 90 * 86_400_000).toISOString(),
      scope: 'write',
      scopes: ['write'],
      key_id: expect.any(String),
      key_name: 'reqbase on laptop (device flow)',
      key_prefix: expect.stringMatching(/^riq_live_\w{12}$/),
      org_id: tenant.organization.id,
      org_slug: tenant.organization.slug,
      org_name: expect.any(String),
    });
    const call = await send(installation, {
      method: 'GET',
      url: `/p/${tenant.project.slug}/api/v1/features`,
      headers: { authorization: `Bearer ${given.body.access_token}` },
    });
    expect(call.status).toBe(200);
    expect(await token(device_code)).toMatchObject(refusal(410, 'DEVICE_CODE_EXPIRED'));
  });

  it('is told apart in its ends: denied, lapsed, over, too fast', async () => {
    const denied = await codes();
    expect(await asMe('/deny', { user_code: denied.user_code })).toMatchObject({ status: 200, body: { status: 'denied' } });
    const answer = await token(denied.device_code);
    expect(answer).toMatchObject(refusal(403, 'ACCESS_DENIED'));
    expect(answer.body).not.toHaveProperty('reason');

    const over = await codes();
    const fast = await codes();
    await token(fast.device_code);
    const hasty = await token(fast.device_code);
    expect(hasty).toMatchObject(refusal(429, 'SLOW_DOWN', { interval: 10, retry_after: 10 }));
    expect(hasty.headers['retry-after']).toBe('10');
    installation.clock.advance(10_000);
    expect(await token(fast.device_code)).toMatchObject(refusal(202, 'AUTHORIZATION_PENDING', { interval: 5 }));
    installation.clock.advance(900_000);
    expect(await token(over.device_code)).toMatchObject(refusal(410, 'DEVICE_CODE_EXPIRED'));
    expect(await lookUp(over.user_code)).toMatchObject({ status: 200, body: { status: 'expired' } });

    const lapsed = await codes();
    const person = await seedTenant(installation, { plan: 'scale' });
    const theirs = await signIn(installation, person.user);
    await asMe('/authorize', { user_code: lapsed.user_code }, { cookie: theirs });
    await installation.db.prisma.organizationMember.deleteMany({ where: { userId: person.user.id } });
    expect(await token(lapsed.device_code)).toMatchObject(
      refusal(403, 'ACCESS_DENIED', { reason: expect.stringContaining('role') }),
    );
  });

  it('of twenty polls at once, answers one with the key', async () => {
    const { device_code, user_code } = await codes();
    await asMe('/authorize', { user_code });
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => token(device_code)))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, ...Array(19).fill(410)]);
  });
});

describe('the device’s side', () => {
  it('is limited by the address that the proxy tells of, and not by one that a client writes itself', async () => {
    const from = (forwarded: string) => post('/code', { client_name: 'x' }, { 'x-forwarded-for': forwarded });
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await from(`192.0.2.${n}, 198.51.100.20`)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect(await from('198.51.100.20')).toMatchObject(refusal(429, 'RATE_LIMITED', { retry_after: 30 }));
    expect((await from('198.51.100.21')).status).toBe(200);
    const { user_code } = await codes({}, { 'x-forwarded-for': '198.51.100.22' });
    expect((await lookUp(user_code)).body.ip).toBe('198.51.100.22');
  });

  it.each([
    ['no name', {}, 'client_name'],
    ['a name of nothing', { client_name: ' ' }, 'client_name'],
    ['a long name', { client_name: 'x'.repeat(81) }, 'client_name'],
    ['a name of two lines', { client_name: 'a\nb' }, 'client_name'],
    ['a name that turns around', { client_name: 'a\u202eb' }, 'client_name'],
    ['a name with NUL', { client_name: 'a\0' }, 'client_name'],
    ['a scope that there is not', { client_name: 'x', scope: 'read everything' }, 'scope.1'],
    ['scopes that are none', { client_name: 'x', scopes: ['all'] }, 'scopes.0'],
    ['no object', [], ''],
  ])('refuses %s by the field', async (_what, body, path) => {
    const answer = await post('/code', body);
    expect(answer).toMatchObject(refusal(400, 'BAD_REQUEST'));
    expect(answer.body.issues[0].path).toBe(path);
  });

  it.each([
    ['/code', 'a form', 'client_name=x', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['/deny', 'a form', 'user_code=BCDF-2345', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['/authorize', 'text', '{"user_code":"BCDF-2345"}', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['/code', 'half a JSON', '{', 'application/json', 400, 'BAD_JSON'],
    ['/code', 'a prototype', '{"__proto__":{"a":1}}', 'application/json', 400, 'BAD_JSON'],
    ['/token', 'too much', JSON.stringify({ device_code: 'x'.repeat(20_000) }), 'application/json', 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s refuses %s in the contract’s envelope', async (path, _what, payload, type, status, code) => {
    expect(await post(path, payload, { 'content-type': type })).toMatchObject(refusal(status, code));
  });

  it('knows its methods and its paths', async () => {
    const at = (method: 'GET' | 'DELETE' | 'POST', path: string) => send(installation, { method, url: `${URL_OF}${path}` });
    expect(await at('GET', '/token')).toMatchObject({ ...refusal(405, 'METHOD_NOT_ALLOWED'), headers: { allow: 'POST' } });
    expect(await at('DELETE', '/lookup')).toMatchObject({
      ...refusal(405, 'METHOD_NOT_ALLOWED'),
      headers: { allow: 'GET, HEAD' },
    });
    expect(await at('POST', '/nothing')).toMatchObject(refusal(404, 'RESOURCE_NOT_FOUND'));
    expect(await token('x'.repeat(48))).toMatchObject(refusal(410, 'DEVICE_CODE_EXPIRED'));
  });
});

describe('the person’s side', () => {
  const calls: [string, (user_code: string, headers: Record<string, string>) => Promise<Answer>][] = [
    ['lookup', lookUp],
    ['authorize', (user_code, headers) => post('/authorize', { user_code }, headers)],
    ['deny', (user_code, headers) => post('/deny', { user_code }, headers)],
  ];

  it.each(calls)('%s asks for a session, before it reads anything', async (_name, call) => {
    const { user_code } = await codes();
    expect(await call(user_code, {})).toMatchObject(refusal(401, 'UNAUTHORIZED'));
    expect(await call('', {})).toMatchObject(refusal(401, 'UNAUTHORIZED'));
    expect(await call(user_code, { cookie: 'reqbase.session_token=forged' })).toMatchObject(refusal(401, 'UNAUTHORIZED'));
    const row = await installation.db.prisma.deviceAuthorization.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
    expect(row).toMatchObject({ status: 'pending', claimedById: null });
  });

  it.each(calls)('%s answers another account, and a code that there is not, alike', async (_name, call) => {
    const { user_code } = await codes();
    await lookUp(user_code);
    const other = await seedTenant(installation, { plan: 'scale' });
    const headers = { cookie: await signIn(installation, other.user) };
    const [theirs, missing, none] = [await call(user_code, headers), await call('BCDF-2345', headers), await call('A', headers)];
    for (const answer of [theirs, missing, none]) expect(answer).toMatchObject(refusal(404, 'USER_CODE_NOT_FOUND'));
    expect({ ...theirs.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' });
  });

  it('is not done by another site’s page', async () => {
    const { user_code } = await codes();
    for (const path of ['/authorize', '/deny'])
      expect(await asMe(path, { user_code }, { origin: 'https://elsewhere.example' })).toMatchObject(refusal(403, 'FORBIDDEN'));
    expect((await lookUp(user_code)).body.status).toBe('pending');
    expect((await asMe('/deny', { user_code }, { origin: 'http://localhost' })).status).toBe(200);
  });

  it('asks which organization, of several; of none, says so', async () => {
    const second = await seedTenant(installation, { plan: 'pro', organizationRole: null });
    const member = await seedTenant(installation, { plan: 'scale' });
    const theirs = await signIn(installation, member.user);
    await installation.db.prisma.organizationMember.create({
      data: { orgId: second.organization.id, userId: member.user.id, role: 'admin' },
    });
    const { user_code, device_code } = await codes();
    const allow = (more: object) => post('/authorize', { user_code, ...more }, { cookie: theirs });
    expect(await allow({})).toMatchObject(
      refusal(400, 'BAD_REQUEST', { issues: [{ path: 'org_id', message: expect.any(String) }] }),
    );
    expect((await allow({ org_id: tenant.organization.id })).body).toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
    const soon = installation.clock.now().toISOString();
    expect(await allow({ org_id: second.organization.slug, expires_at: soon })).toMatchObject(
      refusal(400, 'BAD_REQUEST', { issues: [{ path: 'expires_at', message: expect.any(String) }] }),
    );
    expect(await allow({ org_id: second.organization.slug, scopes: ['admin'] })).toMatchObject(
      refusal(403, 'SCOPE_NOT_GRANTABLE', { offenders: [{ scope: 'admin', reason: expect.any(String) }] }),
    );
    expect((await allow({ org_id: second.organization.slug, expires_at: null })).status).toBe(200);
    expect((await token(device_code)).body).toMatchObject({ org_id: second.organization.id, expires_at: null, expires_in: null });

    const nobody = await seedTenant(installation, { plan: 'free' });
    const fresh = await codes();
    expect(await post('/authorize', fresh, { cookie: await signIn(installation, nobody.user) })).toMatchObject(
      refusal(400, 'BAD_REQUEST', { issues: [{ path: 'org_id', message: 'There is none for which you may make keys.' }] }),
    );
  });

  it('is limited in what it guesses', async () => {
    const person = await seedTenant(installation);
    const theirs = { cookie: await signIn(installation, person.user) };
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await lookUp('BCDF-2345', theirs)).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
  });
});

it('no code and no key is in a metric', async () => {
  const { user_code, device_code } = await codes();
  await lookUp(user_code);
  await asMe('/authorize', { user_code });
  const { access_token } = (await token(device_code)).body;
  const { status, text } = await send(installation, { method: 'GET', url: '/metrics' });
  expect(status).toBe(200);
  for (const secret of [user_code, device_code, access_token]) expect(text).not.toContain(secret);
});
