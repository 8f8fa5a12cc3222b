import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openInstallation, send, signIn, type TestInstallation } from '../testing.ts';
import { beginAuthorization, type Party, postForm, REDIRECT, randomAddress, registeredClient } from './testing.ts';

// One request for consent, decided and led on many times at once.

let installation: TestInstallation;
let tenant: TestTenant;
let party: Party;
beforeAll(async () => {
  installation = await openInstallation({ engine: 'postgres' });
  party = await registeredClient(installation);
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation);
});

const AT_ONCE = 10;
const ALLOW = { decision: 'allow', scopes: ['backlog:read'] };
type Begun = Awaited<ReturnType<typeof beginAuthorization>>;

const decider = async ({ uid, cookie }: Begun) => {
  const headers = { cookie: `${await signIn(installation, tenant.user)}; ${cookie}`, origin: 'http://localhost' };
  return (payload: object) =>
    send(installation, { method: 'POST', url: `/api/oauth/authorize/${uid}/decision`, headers, payload });
};
const resume = ({ uid, cookie }: Begun) =>
  send(installation, {
    method: 'GET',
    url: `/api/oauth/authorize/${uid}`,
    headers: { cookie },
    remoteAddress: randomAddress(),
  });
const counted = (statuses: number[]) =>
  [...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]);

it('a request that is decided ten times at once is decided once, and as its one answer says', async () => {
  for (let round = 0; round < 3; round++) {
    const begun = await beginAuthorization(party, tenant);
    const decide = await decider(begun);
    const before = await installation.db.prisma.oAuthGrant.count();
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) => decide(n % 2 === round % 2 ? { decision: 'deny' } : ALLOW)),
    );
    expect(counted(answers.map(({ status }) => status).toSorted((a, b) => a - b))).toEqual([
      [200, 1],
      [410, AT_ONCE - 1],
    ]);
    const isAllowed = answers.findIndex(({ status }) => status === 200) % 2 !== round % 2;
    const back = new URL(String((await resume(begun)).headers['location']));
    expect(back.searchParams.has('code')).toBe(isAllowed);
    // What came too late has granted nothing.
    expect((await installation.db.prisma.oAuthGrant.count()) - before).toBe(isAllowed ? 1 : 0);
    tenant = await seedTenant(installation);
  }
});

it('a request that is led on ten times at once gives one code', async () => {
  const begun = await beginAuthorization(party, tenant);
  await (await decider(begun))(ALLOW);
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => resume(begun)));
  expect(counted(answers.map(({ status }) => status).toSorted((a, b) => a - b))).toEqual([
    [303, 1],
    [400, AT_ONCE - 1],
  ]);
  const back = new URL(String(answers.find(({ status }) => status === 303)?.headers['location']));
  const form = { grant_type: 'authorization_code', client_id: party.client.client_id, redirect_uri: REDIRECT };
  const code = back.searchParams.get('code') ?? '';
  expect(await postForm(party, '/api/oauth/token', { ...form, code, code_verifier: begun.verifier })).toMatchObject({
    status: 200,
  });
  expect(await installation.db.prisma.oAuthAuthorizationCode.count({ where: { grant: { projectId: tenant.project.id } } })).toBe(
    1,
  );
});
