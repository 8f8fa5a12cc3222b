import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { type Outbound, OutboundError } from '@reqbase/core';
import { callAsUser } from '@reqbase/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openInstallation, send, signIn, type TestInstallation } from '../testing.ts';
import {
  allowedCode,
  beginAuthorization,
  comeBack,
  connect,
  type Party,
  postForm,
  REDIRECT,
  registeredClient,
  sendDecision,
} from './testing.ts';

// What becomes of a client that people have let in while its document cannot be read: it must throw away nothing that is good.

let answer: () => { status: number; body: unknown; isWhole?: boolean };
const outbound: Outbound = {
  faultOf: () => null,
  async send({ url }) {
    reads++;
    const { status, body, isWhole = true } = answer();
    const document = { client_id: url, client_name: 'Described', redirect_uris: [REDIRECT] };
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? document);
    return { status, headers: { 'cache-control': 'max-age=1' }, body: Buffer.from(text), isWhole };
  },
};
let reads = 0;
const IS_READ = () => ({ status: 200, body: undefined });
const IS_OUT_OF_REACH = () => {
  throw new OutboundError('refused');
};
const answers = (status: number) => () => ({ status, body: {} });

let installation: TestInstallation;
let tenant: TestTenant;
let registered: Party;
beforeAll(async () => {
  installation = await openInstallation({ outbound });
  registered = await registeredClient(installation);
  tenant = await seedTenant(installation, { plan: 'pro' });
});
afterAll(() => installation.close());

let documents = 0;
let client_id: string;
let party: Party;
beforeEach(() => {
  answer = IS_READ;
  client_id = `https://app-${documents++}.example/client.json`;
  party = { ...registered, client: { client_id } };
});
afterEach(() => void vi.useRealTimers());

/** The library keeps a document for a minute at least, by the machine's own clock. */
function laterWith(next: typeof answer): void {
  answer = next;
  installation.clock.advance(120_000);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
}

const post = (path: string, form: Record<string, string | undefined>) =>
  postForm(party, `/api/oauth/${path}`, { client_id, ...form });
const refresh = (refresh_token: string | undefined) => post('token', { grant_type: 'refresh_token', refresh_token });

it.each<[string, typeof answer]>([
  ['is out of reach', IS_OUT_OF_REACH],
  ['is answered by a failure', answers(502)],
  ['is asked for too often', answers(429)],
  ['breaks off', () => ({ status: 200, body: '{"client_id": "https://', isWhole: false })],
  ['is cut, and reads as if it were whole', () => ({ status: 200, body: undefined, isWhole: false })],
  ['is a page of somebody in between', () => ({ status: 200, body: '<html>Back soon</html>' })],
])('a client whose document %s refreshes and revokes what it was given', async (_name, next) => {
  const tokens = await connect(party, tenant);
  laterWith(next);
  const first = await refresh(tokens.refresh_token);
  expect(first.status).toBe(200);
  // From now on the failure is remembered.
  const { status, body } = await refresh(first.body.refresh_token);
  expect(status).toBe(200);
  expect((await post('revoke', { token: body.refresh_token })).status).toBe(200);
  expect(await refresh(body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

it('a code is redeemed though the document of its client cannot be read any more', async () => {
  const { code, verifier } = await allowedCode(party, tenant);
  answer = IS_OUT_OF_REACH;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
  const { status } = await post('token', { grant_type: 'authorization_code', code, code_verifier: verifier });
  expect(status).toBe(200);
});

it('who asks after a token then, or is not known, is told to come again, and not that there is no such client', async () => {
  const { access_token: token } = await connect(party, tenant);
  laterWith(IS_OUT_OF_REACH);
  const unavailable = { status: 503, headers: { 'retry-after': '30' }, body: { error: 'temporarily_unavailable' } };
  expect(await post('introspect', { token })).toMatchObject(unavailable);
  client_id = `https://new-${documents++}.example/client.json`;
  expect(await refresh('x')).toMatchObject(unavailable);
  installation.clock.advance(10_000);
  const remembered = { ...unavailable, headers: { 'retry-after': '20' } };
  expect(await post('revoke', { token })).toMatchObject(remembered);
  expect(await post('device_authorization', {})).toMatchObject(remembered);
});

it('a client that is known by its device alone is told of the key then, and revokes it', async () => {
  const asked = await post('device_authorization', { scope: 'backlog:read' });
  const { organization, user } = tenant;
  await callAsUser(installation, user).device.authorize({ organizationId: organization.id, userCode: asked.body.user_code });
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const { access_token: token } = (await post('token', { grant_type, device_code: asked.body.device_code })).body;
  laterWith(IS_OUT_OF_REACH);
  expect((await post('introspect', { token })).body).toMatchObject({ active: true, client_id });
  expect((await post('revoke', { token })).status).toBe(200);
  expect((await post('introspect', { token })).body).toEqual({ active: false });
});

it('a client whose document there is not any more is unknown', async () => {
  const tokens = await connect(party, tenant);
  laterWith(answers(404));
  const unknown = { status: 401, body: { error: 'invalid_client' } };
  for (let n = 0; n < 2; n++) expect(await refresh(tokens.refresh_token)).toMatchObject(unknown);
  expect(await post('introspect', { token: tokens.access_token })).toMatchObject(unknown);
});

it.each<[string, typeof answer, number, string]>([
  ['cannot be read', IS_OUT_OF_REACH, 503, 'UNAVAILABLE'],
  ['is gone', answers(404), 410, 'GONE'],
])('a person whose app’s document %s is told so, allows nothing, and can deny', async (_name, next, status, code) => {
  const { uid, cookie } = await beginAuthorization(party, tenant);
  laterWith(next);
  const ask = async (method: 'GET' | 'POST', way: string, payload?: object) =>
    send(installation, {
      method,
      url: `/api/oauth/authorize/${uid}/${way}`,
      headers: { cookie: `${await signIn(installation, tenant.user)}; ${cookie}`, origin: 'http://localhost' },
      ...(payload !== undefined && { payload }),
    });
  const refused = { status, body: { error: { code } } };
  expect(await ask('GET', 'request')).toMatchObject(refused);
  expect(await ask('POST', 'decision', { decision: 'allow', scopes: ['backlog:read'] })).toMatchObject(refused);
  const denied = await ask('POST', 'decision', { decision: 'deny' });
  expect(denied.status).toBe(200);
  // The app is told where its document said when the request began.
  const back = await comeBack(installation, new URL(denied.body.redirectTo).pathname, { cookie });
  expect([back.status, back.headers['location']]).toEqual([303, expect.stringMatching(`^${REDIRECT}\\?error=access_denied&`)]);
  expect((await ask('GET', 'request')).status).toBe(410);
  expect(await installation.db.prisma.oAuthClient.count({ where: { clientId: client_id } })).toBe(0);
});

it('who has allowed an app is led back to it with a code, whatever has become of its document meanwhile', async () => {
  const begun = await beginAuthorization(party, tenant);
  const path = await sendDecision(installation, tenant.user, begun);
  laterWith(IS_OUT_OF_REACH);
  const before = reads;
  const back = await comeBack(installation, path, begun);
  expect([back.status, back.headers['location']]).toEqual([303, expect.stringMatching(`^${REDIRECT}\\?code=`)]);
  expect(reads).toBe(before);
});

it('a person whose app cannot begin for now is told to come again', async () => {
  laterWith(IS_OUT_OF_REACH);
  const { answer: page } = await beginAuthorization(party, tenant);
  expect([page.status, page.headers['retry-after']]).toEqual([503, '30']);
  expect(page.text).toContain('Wait a minute');
});

it('while its failure is remembered, a document is asked for, and charged to an address, no further time', async () => {
  let { refresh_token: token } = await connect(party, tenant);
  laterWith(IS_OUT_OF_REACH);
  const before = reads;
  for (let n = 0; n < 25; n++) {
    const form = { grant_type: 'refresh_token', refresh_token: token ?? '', client_id };
    const { status, body } = await send(installation, {
      method: 'POST',
      url: '/api/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
      remoteAddress: '10.9.9.9',
    });
    expect(status).toBe(200);
    token = body.refresh_token;
  }
  expect(reads).toBe(before + 1);
});

it.each([
  'HTTPS://app.example/client.json',
  'https://APP.example/client.json',
  'https://app.example',
  'https://app.example:443/c',
])('a client has one id, which %s is not', async (id) => {
  client_id = id;
  const before = reads;
  expect(await refresh('x')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(reads).toBe(before);
});
