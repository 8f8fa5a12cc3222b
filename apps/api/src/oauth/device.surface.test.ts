import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { callAsUser } from '@reqbase/core/testing';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
