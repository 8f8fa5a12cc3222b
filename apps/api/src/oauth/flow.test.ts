import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from '../testing.ts';
import { allowedCode, connect, redeemCode, registeredClient } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'pro' });
});
afterAll(() => installation.close());

describe('an independent client', () => {
  it('finds the server, registers, is let in with less than it asked for, and gets tokens', async () => {
    const party = await registeredClient(installation);
    const allowed = await allowedCode(party, tenant, { scopes: ['backlog:read'] });
    expect(allowed.back.searchParams.get('iss')).toBe(installation.core.publicUrl);
    const tokens = await redeemCode(party, allowed);
    expect(tokens).toEqual({
      access_token: expect.stringMatching(/^[\w-]{43}$/),
      refresh_token: expect.stringMatching(/^[\w-]{43}$/),
      token_type: 'bearer',
      expires_in: 3_600,
      scope: 'backlog:read',
    });
  });

  it('refreshes, asks after its tokens, and revokes them', async () => {
    const party = await registeredClient(installation);
    const { as, client, options } = party;
    const first = await connect(party, tenant);
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, oauth.None(), first.refresh_token ?? '', options),
    );
    expect(refreshed.refresh_token).not.toBe(first.refresh_token);
    const ask = async (token: string) =>
      oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, oauth.None(), token, options));
    expect(await ask(refreshed.access_token)).toMatchObject({
      active: true,
      client_id: client.client_id,
      scope: 'backlog:read status:write',
    });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, oauth.None(), refreshed.refresh_token ?? '', options),
    );
    for (const token of [first.access_token, refreshed.access_token, refreshed.refresh_token ?? ''])
      expect(await ask(token)).toEqual({ active: false });
  });
});
