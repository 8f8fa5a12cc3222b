import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { keyCredential } from '@reqbase/core';
import { callAs, callAsUser, runJobs } from '@reqbase/core/testing';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from '../testing.ts';
import { type Party, postForm, randomAddress, registeredClient } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let party: Party;
beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation);
  party = await registeredClient(installation);
});
afterAll(() => installation.close());

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const person = () => callAsUser(installation, tenant.user);
const start = async (scope = 'backlog:read no:scope') => {
  const { as, client, options } = party;
  const response = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope }, options);
  return oauth.processDeviceAuthorizationResponse(as, client, response);
};
const poll = (device_code: string | undefined, client_id: string | undefined = party.client.client_id) =>
  postForm(party, '/api/oauth/token', { grant_type: GRANT, device_code, client_id });
const error = (name: string) => expect.objectContaining({ status: 400, body: expect.objectContaining({ error: name }) });

describe('a device, by RFC 8628', () => {
  it('gets its token when its person has allowed it, by an independent client', async () => {
    const { as, client, options } = party;
    const codes = await start();
    expect(await poll(codes.device_code)).toEqual(error('authorization_pending'));
    expect((await person().device.lookUp({ userCode: codes.user_code })).scopes).toEqual(['backlog:read']);
    await person().device.authorize({ organizationId: tenant.organization.id, userCode: codes.user_code });
    const response = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), codes.device_code, options);
    const { access_token } = await oauth.processDeviceCodeResponse(as, client, response);
    const answer = await send(installation, {
      method: 'GET',
      url: `/p/${tenant.project.id}/api/v1/project`,
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(answer.status).toBe(200);
    expect(await poll(codes.device_code)).toEqual(error('expired_token'));
  });

  it('is told by 400 to wait, that it is too fast, that it was denied, that its time is over (§3.5)', async () => {
    const fast = await start();
    expect(await poll(fast.device_code)).toEqual(error('authorization_pending'));
    expect(await poll(fast.device_code)).toEqual(error('slow_down'));
    const denied = await start();
    await person().device.deny({ userCode: denied.user_code });
    expect(await poll(denied.device_code)).toEqual(error('access_denied'));
    installation.clock.advance(901_000);
    expect(await poll(fast.device_code)).toEqual(error('expired_token'));
    expect(await poll(undefined)).toEqual(error('invalid_request'));
    expect(await poll('nothing')).toEqual(error('expired_token'));
  });

  it('gets nothing by the code of another client, nor in the contract’s own dialect', async () => {
    const { device_code, user_code } = await start();
    await person().device.authorize({ organizationId: tenant.organization.id, userCode: user_code });
    const other = await registeredClient(installation);
    expect(await poll(device_code, other.client.client_id)).toEqual(error('expired_token'));
    const bare = await send(installation, {
      method: 'POST',
      url: '/api/auth/device/token',
      payload: { device_code },
      remoteAddress: randomAddress(),
    });
    expect(bare.status).toBe(410);
    expect((await poll(device_code)).status).toBe(200);
  });

  it('that has asked in the contract’s dialect may ask here too', async () => {
    const asked = await send(installation, {
      method: 'POST',
      url: '/api/auth/device/code',
      payload: { client_name: 'CLI' },
      remoteAddress: randomAddress(),
    });
    expect(await poll(asked.body.device_code, undefined)).toEqual(error('authorization_pending'));
  });

  it('of an unknown client is refused', async () => {
    const answer = await postForm(party, '/api/oauth/device_authorization', { client_id: 'app_unknown' });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

describe('the key that a device was given', () => {
  let given: { access_token: string; scope?: string };
  let other: Party;
  beforeAll(async () => {
    other = await registeredClient(installation);
  });
  beforeEach(async () => {
    const { device_code, user_code } = await start('backlog:read keys:admin');
    await person().device.authorize({ organizationId: tenant.organization.id, userCode: user_code });
    given = (await poll(device_code)).body;
  });

  const introspect = (token: string, { client }: Pick<Party, 'client'> = party) =>
    postForm(party, '/api/oauth/introspect', { token, client_id: client.client_id });
  const revoke = (token: string, { client }: Pick<Party, 'client'> = party) =>
    postForm(party, '/api/oauth/revoke', { token, client_id: client.client_id });
  const call = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    return (await send(installation, { method: 'GET', url: `/p/${tenant.project.id}/api/v1/project`, headers })).status;
  };
  const keyOf = (raw: string) => callAs(installation, keyCredential(raw));

  it('is told of to the client that asked for it, by an independent client (RFC 7662)', async () => {
    const { as, client, options } = party;
    const response = await oauth.introspectionRequest(as, client, oauth.None(), given.access_token, options);
    const told = await oauth.processIntrospectionResponse(as, client, response);
    const now = Math.floor(installation.clock.now().getTime() / 1_000);
    expect(told).toEqual({
      active: true,
      client_id: client.client_id,
      token_type: 'Bearer',
      scope: 'backlog:read keys:admin',
      sub: tenant.user.id,
      iss: installation.core.publicUrl,
      aud: installation.core.publicUrl,
      iat: now,
      exp: now + 90 * 86_400,
    });
  });

  it('is told of to nobody else, nor is another key to that client', async () => {
    const inactive = { status: 200, body: { active: false } };
    expect(await introspect(given.access_token, other)).toMatchObject(inactive);
    const key = await seedKey(installation, tenant, { projectId: null });
    const wrong = given.access_token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    for (const text of [key.raw, wrong, 'riq_live_x']) expect(await introspect(text)).toMatchObject(inactive);
    expect(await introspect(given.access_token, { client: { client_id: 'app_unknown' } })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  it('is not active any more when it has expired, or its owner has left the organization', async () => {
    const where = { orgId: tenant.organization.id, userId: tenant.user.id };
    const { prisma } = installation.db;
    await prisma.organizationMember.updateMany({ where, data: { userId: (await seedTenant(installation)).user.id } });
    expect((await introspect(given.access_token)).body).toEqual({ active: false });
    await prisma.organizationMember.updateMany({ where: { orgId: tenant.organization.id }, data: { userId: tenant.user.id } });
    expect((await introspect(given.access_token)).body.active).toBe(true);
    installation.clock.advance(90 * 86_400_000);
    expect((await introspect(given.access_token)).body).toEqual({ active: false });
  });

  it('is followed by another that is its client’s too', async () => {
    const keys = await installation.db.prisma.apiKey.findMany({ where: { orgId: tenant.organization.id } });
    const id = keys.find(({ prefix }) => given.access_token.startsWith(prefix))?.id ?? '';
    const { rawKey } = await keyOf(given.access_token).organizationKeys.rotate({ organizationId: tenant.organization.id, id });
    expect((await introspect(rawKey)).body).toMatchObject({ active: true, client_id: party.client.client_id });
    expect((await introspect(rawKey, other)).body).toEqual({ active: false });
  });

  it('is revoked by that client, and all that was made with it; the log tells it as of the app (RFC 7009)', async () => {
    const made = await keyOf(given.access_token).organizationKeys.create({
      organizationId: tenant.organization.id,
      name: 'A child',
      scopes: ['backlog:read'],
      expiresAt: new Date(installation.clock.now().getTime() + 86_400_000).toISOString(),
    });
    expect([await call(given.access_token), await call(made.rawKey)]).toEqual([200, 200]);
    const { as, client, options } = party;
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), given.access_token, options));
    expect([await call(given.access_token), await call(made.rawKey)]).toEqual([401, 401]);
    expect((await introspect(given.access_token)).body).toEqual({ active: false });
    const entries = () =>
      installation.db.prisma.auditEntry.findMany({
        where: { orgId: tenant.organization.id, action: 'api_key.revoked', oauthClientId: client.client_id },
        orderBy: { seq: 'asc' },
      });
    const told = await entries();
    expect(told).toMatchObject([
      { actorType: 'oauth_client', actorId: tenant.user.id },
      { resourceId: made.id, diff: { reason: 'with_parent' } },
    ]);
    expect((await revoke(given.access_token)).status).toBe(200);
    expect(await entries()).toHaveLength(told.length);
  });

  it('is revoked by nobody else, nor is another key by that client; they are answered alike', async () => {
    const key = await seedKey(installation, tenant, { projectId: null });
    const answers = [await revoke(given.access_token, other), await revoke(key.raw), await revoke('riq_live_x')];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([200, '']));
    expect([await call(given.access_token), await call(key.raw)]).toEqual([200, 200]);
  });

  it('keeps its client from being forgotten for as long as it lives', async () => {
    const isKnown = async () => (await introspect(given.access_token)).status === 200;
    installation.clock.advance(25 * 3_600_000);
    await runJobs(installation.core, { withScheduled: true });
    expect(await isKnown()).toBe(true);
    await revoke(given.access_token);
    await installation.db.prisma.apiKey.deleteMany({ where: { oauthClientId: party.client.client_id } });
    await runJobs(installation.core, { withScheduled: true });
    expect(await isKnown()).toBe(false);
    party = await registeredClient(installation);
  });
});
