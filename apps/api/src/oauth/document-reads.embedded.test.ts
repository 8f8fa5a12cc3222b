import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { type Outbound, OutboundError } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, send, type TestInstallation } from '../testing.ts';
import { until } from '../testing-processes.ts';
import { beginAuthorization, REDIRECT, randomAddress } from './testing.ts';

// What reading the documents of clients may cost the installation, which anybody can have it do.

let asked: string[] = [];
let answer: (url: string, signal: AbortSignal | undefined) => Promise<object>;
const outbound: Outbound = {
  faultOf: () => null,
  async send({ url, signal }) {
    asked.push(url);
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(await answer(url, signal))), isWhole: true };
  },
};
const isMissing = async () => {
  throw new OutboundError('refused');
};
const describes = async (url: string) => ({ client_id: url, redirect_uris: [REDIRECT] });

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  // There a transaction that is open keeps all others waiting.
  installation = await openInstallation({ outbound, engine: 'embedded' });
  tenant = await seedTenant(installation, { plan: 'pro' });
});
afterAll(() => installation.close());
beforeEach(() => {
  asked = [];
  answer = isMissing;
});

let documents = 0;
const newDocument = () => `https://app-${documents++}.example/client.json`;
const post = (path: string, form: Record<string, string>, remoteAddress: string) =>
  send(installation, {
    method: 'POST',
    url: `/api/oauth/${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
    remoteAddress,
  });
const refresh = (client_id: string, remoteAddress = randomAddress()) =>
  post('token', { grant_type: 'refresh_token', refresh_token: 'nothing', client_id }, remoteAddress);

describe('a document that does not come', () => {
  it.each(['token', 'revoke'])(
    'is waited for once at %s, and keeps nobody else waiting: no transaction is open',
    async (path) => {
      const { get } = projectApi(installation, tenant, await seedKey(installation, tenant));
      const waiting: (() => void)[] = [];
      answer = () => new Promise((_resolve, reject) => waiting.push(() => reject(new OutboundError('timeout'))));
      const form = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x', client_id: newDocument() };
      const refused = post(path, form, randomAddress());
      await until(() => waiting.length > 0);
      expect((await get('/project')).status).toBe(200);
      waiting[0]?.();
      expect(await refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
      expect(asked).toHaveLength(1);
    },
  );

  it('is let go of after two and a half seconds, with its connection', async () => {
    let isLetGo = false;
    answer = (_url, signal) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => {
          isLetGo = true;
          reject(new OutboundError('timeout'));
        }),
      );
    expect((await refresh(newDocument())).status).toBe(503);
    expect(isLetGo).toBe(true);
  });

  it('is not asked for again for half a minute', async () => {
    const client = { client_id: newDocument() };
    const begin = async () => (await beginAuthorization({ installation, client }, tenant)).answer.status;
    expect([await begin(), await begin(), asked.length]).toEqual([503, 503, 1]);
    answer = describes;
    expect([await begin(), asked.length]).toEqual([503, 1]);
    installation.clock.advance(31_000);
    expect([await begin(), asked.length]).toEqual([303, 2]);
  });
});

it('twenty documents a minute are asked for from an address, by whichever endpoint', async () => {
  const address = randomAddress();
  for (let n = 0; n < 19; n++) expect((await refresh(newDocument(), address)).status).toBe(503);
  expect((await post('revoke', { token: 'x', client_id: newDocument() }, address)).status).toBe(503);
  const headers = { 'retry-after': String(60 - installation.clock.now().getUTCSeconds()) };
  const refused = { status: 429, headers, body: { error: 'temporarily_unavailable' } };
  expect(await refresh(newDocument(), address)).toMatchObject(refused);
  for (const path of ['introspect', 'revoke'])
    expect(await post(path, { token: 'x', client_id: newDocument() }, address)).toMatchObject(refused);
  expect(await post('device_authorization', { client_id: newDocument() }, address)).toMatchObject(refused);
  // Nor on a way back that there is not.
  const url = () => `/api/oauth/authorize/x?${new URLSearchParams({ client_id: newDocument() })}`;
  expect((await send(installation, { method: 'GET', url: url(), remoteAddress: address })).status).toBe(400);
  expect((await send(installation, { method: 'GET', url: url() })).status).toBe(400);
  expect(asked).toHaveLength(20);
  const { answer: page } = await beginAuthorization({ installation, client: { client_id: newDocument() } }, tenant, {}, address);
  expect(page).toMatchObject({ status: 429, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' } });
  expect(asked).toHaveLength(20);
  expect((await refresh(newDocument())).status).toBe(503);
});

it('a device is charged before its client is looked for', async () => {
  const address = randomAddress();
  const statuses = [];
  for (let n = 0; n < 6; n++) statuses.push((await post('device_authorization', { client_id: newDocument() }, address)).status);
  expect([statuses, asked.length]).toEqual([[503, 503, 503, 503, 503, 429], 5]);
});
