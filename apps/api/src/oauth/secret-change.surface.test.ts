import { seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { createServices } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createServer } from '../server.ts';
import { openInstallation, send, signIn, type TestInstallation } from '../testing.ts';
import { beginAuthorization, connect, type Party, postForm, registeredClient } from './testing.ts';

// SECRET is changed while a client still waits for the answer to its refresh.

const NEXT_SECRET = 'the next secret of this installation, as long as it has to be';

let before: TestInstallation;
/** The same, started anew with another SECRET: after which the former one is still known, or is not. */
let after: TestInstallation;
let without: TestInstallation;
let tenant: TestTenant;
let party: Party;
beforeAll(async () => {
  before = await openInstallation();
  after = await restarted(`${NEXT_SECRET},${TEST_SECRET}`);
  without = await restarted(NEXT_SECRET);
  tenant = await seedTenant(before, { plan: 'pro' });
});
afterAll(async () => {
  await Promise.all([after.app.close(), without.app.close()]);
  await before.close();
});
beforeEach(async () => {
  party = await registeredClient(before);
});

async function restarted(secret: string): Promise<TestInstallation> {
  const { db, clock } = before;
  const core = createServices({ db, secret, defaultPlan: 'free', clock: clock.now, publicUrl: before.core.publicUrl });
  const options = { publicUrl: 'http://localhost', logLevel: 'silent', trustProxy: false, clientDocuments: 'all' } as const;
  const { app } = createServer(core, options);
  await app.ready();
  return { ...before, core, app };
}

const refresh = (installation: TestInstallation, refresh_token: string | undefined) =>
  postForm({ installation }, '/api/oauth/token', {
    grant_type: 'refresh_token',
    client_id: party.client.client_id,
    refresh_token,
  });
const call = async (installation: TestInstallation, token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await send(installation, { method: 'GET', url: `/p/${tenant.project.id}/api/v1/project`, headers })).status;
};

it('a refresh that is asked for again is answered as before, and ends nothing', async () => {
  const { refresh_token } = await connect(party, tenant);
  const first = await refresh(before, refresh_token);
  before.clock.advance(20_000);
  const again = await refresh(after, refresh_token);
  expect(again).toMatchObject({ status: 200, body: { ...first.body, expires_in: 3_580 } });
  expect(await call(after, again.body.access_token)).toBe(200);
  const next = await refresh(after, again.body.refresh_token);
  expect(next.status).toBe(200);
  // And once more, of what is sealed by now under the present one.
  expect((await refresh(after, again.body.refresh_token)).body.refresh_token).toBe(next.body.refresh_token);
});

it('a token of a SECRET that is not known any more is none, and ends nothing either', async () => {
  const { refresh_token } = await connect(party, tenant);
  const first = await refresh(before, refresh_token);
  expect(await refresh(without, refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(await call(before, first.body.access_token)).toBe(200);
});

it('an answer that cannot be opened is not given again, and ends nothing: its successor goes on', async () => {
  const { refresh_token } = await connect(party, tenant);
  const first = await refresh(before, refresh_token);
  const answer = new Uint8Array(60);
  await before.db.prisma.oAuthRefreshToken.updateMany({ where: { answer: { not: null } }, data: { answer } });
  expect(await refresh(before, refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(await call(before, first.body.access_token)).toBe(200);
  expect((await refresh(before, first.body.refresh_token)).status).toBe(200);
});

it('a token that comes again later ends its grant under the next SECRET too', async () => {
  const { refresh_token } = await connect(party, tenant);
  const first = await refresh(before, refresh_token);
  before.clock.advance(61_000);
  expect(await refresh(after, refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(await call(after, first.body.access_token)).toBe(401);
});

it('a request that waits for a person is over', async () => {
  const { uid, cookie } = await beginAuthorization(party, tenant);
  const ask = async (installation: TestInstallation) => {
    const headers = { cookie: `${await signIn(installation, tenant.user)}; ${cookie}` };
    return (await send(installation, { method: 'GET', url: `/api/oauth/authorize/${uid}/request`, headers })).status;
  };
  expect([await ask(before), await ask(after), await ask(without)]).toEqual([200, 410, 410]);
});
