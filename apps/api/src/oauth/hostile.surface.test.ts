import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from '../testing.ts';
import { beginAuthorization, type Party, postForm, randomAddress, registeredClient } from './testing.ts';

// What a client can send by mistake or in bad faith to the authorization server: it is never a failure of ours.

const INTERNAL_TEXT = /prisma|postgres|pglite|node_modules|\.ts:\d|\bat \w+ \(|invalid byte|stack/i;

let installation: TestInstallation;
let tenant: TestTenant;
let party: Party;
beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation);
  party = await registeredClient(installation);
});
afterAll(() => installation.close());

const FORMS = {
  '/api/oauth/token': ['grant_type', 'client_id', 'code', 'refresh_token', 'code_verifier', 'redirect_uri', 'resource', 'scope'],
  '/api/oauth/revoke': ['client_id', 'token', 'token_type_hint'],
  '/api/oauth/introspect': ['client_id', 'token', 'token_type_hint'],
  '/api/oauth/device_authorization': ['client_id', 'scope'],
} as const;
const ASKED = [
  ...['client_id', 'redirect_uri', 'response_type', 'code_challenge', 'code_challenge_method', 'state', 'scope', 'resource'],
  ...['login_hint', 'ui_locales', 'prompt', 'nonce', 'claims', 'response_mode', 'max_age', 'request_uri', 'unknown'],
];
const CONTROLS = ['\0', 'a\0b', '\u0001', 'a\nb', '\u007f', '\u0085'];

const goodForm = (path: string) => ({
  grant_type: path.endsWith('token') ? 'refresh_token' : undefined,
  client_id: party.client.client_id,
  token: 'a-token',
});

function expectOurs({ status, headers, text }: Answer): void {
  // Of a document that cannot be read, the one that is not ours: who asks is told to come again after half a minute.
  if (status !== 503 || headers['retry-after'] !== '30') expect(status).toBeLessThan(500);
  expect(text).not.toMatch(INTERNAL_TEXT);
  if (status >= 400 && String(headers['content-type']).startsWith('application/json'))
    expect(JSON.parse(text)).toMatchObject({ error: expect.stringMatching(/^[a-z_]+$/) });
}

describe('a control character', () => {
  it.each(ASKED)('in %s of an authorization request is shown as a page, and leads nowhere', async (name) => {
    for (const value of CONTROLS) {
      const { answer } = await beginAuthorization(party, tenant, { [name]: value });
      expect([value, answer.status, answer.headers['location']]).toEqual([value, 400, undefined]);
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.text).toContain('invalid_request');
    }
  });

  it.each(Object.entries(FORMS).flatMap(([path, names]) => [...names, 'unknown'].map((name) => [name, path])))(
    'in %s, posted to %s, is an invalid request',
    async (name = '', path = '') => {
      for (const value of CONTROLS)
        expect(await postForm(party, path, { ...goodForm(path), [name]: value })).toMatchObject({
          status: 400,
          body: { error: 'invalid_request' },
        });
    },
  );

  it('in a name of a parameter is an invalid request', async () => {
    const { status, body } = await postForm(party, '/api/oauth/revoke', { ...goodForm('/revoke'), 'a\0': 'b' });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });
});

it.each([
  ['a page of its own that is no address', { client_uri: 'https://app.example/\0' }],
  ['a page of its own with half of a pair', { client_uri: 'https://app.example/\ud800' }],
  ['a name of control characters', { client_name: '\0\u0001' }],
])('a client that registers %s is registered without it', async (_name, metadata) => {
  const { status, body } = await send(installation, {
    method: 'POST',
    url: '/api/oauth/register',
    payload: { redirect_uris: ['https://app.example/callback'], ...metadata },
    remoteAddress: randomAddress(),
  });
  expect([status, body.client_uri, body.client_name]).toEqual([201, undefined, undefined]);
});

it('the name of a client is never cut within a character', async () => {
  const { client } = await registeredClient(installation, { client_name: `${'a'.repeat(79)}😀` });
  expect(client['client_name']).toBe('a'.repeat(79));
});

describe('whatever is sent', () => {
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    fc.constantFrom('', ...CONTROLS, '__proto__', 'constructor', '%', '%ED%A0%80', '\ud800', 'https://x', `${'a'.repeat(5_000)}`),
  );
  const pairs = (names: readonly string[]) =>
    fc.array(fc.tuple(fc.constantFrom(...names, '__proto__', 'toString'), text), { maxLength: 12 });
  // Also what is no correct encoding.
  const encoded = (given: readonly (readonly [string, string])[]) =>
    given.map(([name, value]) => `${name}=${value.startsWith('%') ? value : encodeURIComponent(value.toWellFormed())}`).join('&');

  it('to the authorization endpoint is answered by a page or led back', async () => {
    await fc.assert(
      fc.asyncProperty(pairs(ASKED), fc.boolean(), async (given, isKnown) => {
        const known = isKnown ? `client_id=${party.client.client_id}&redirect_uri=https://app.example/callback&` : '';
        const url = `/api/oauth/authorize?${known}${encoded(given)}`;
        expectOurs(await send(installation, { method: 'GET', url, remoteAddress: randomAddress() }));
      }),
      { numRuns: 100 },
    );
  });

  it.each(Object.entries(FORMS))('to %s is answered in words of the protocol', async (url, names) => {
    await fc.assert(
      fc.asyncProperty(pairs(names), fc.boolean(), async (given, isKnown) => {
        const payload = `${isKnown ? `client_id=${party.client.client_id}&` : ''}${encoded(given)}`;
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        expectOurs(await send(installation, { method: 'POST', url, headers, payload, remoteAddress: randomAddress() }));
      }),
      { numRuns: 60 },
    );
  });

  it('to register is answered in words of the protocol', async () => {
    const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }));
    const member = fc.constantFrom('client_name', 'client_uri', 'redirect_uris', 'grant_types', 'jwks', 'client_id');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(member, value), fc.boolean(), async (given, isUsable) => {
        const payload = { ...given, ...(isUsable && { redirect_uris: ['https://app.example/callback'] }) };
        const request = { method: 'POST', url: '/api/oauth/register', payload, remoteAddress: randomAddress() } as const;
        expectOurs(await send(installation, request));
      }),
      { numRuns: 60 },
    );
  });
});
