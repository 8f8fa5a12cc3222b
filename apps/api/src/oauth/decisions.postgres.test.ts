import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openInstallation, send, signIn, type TestInstallation } from '../testing.ts';
import { until } from '../testing-processes.ts';
import { beginAuthorization, connect, type Party, postForm, REDIRECT, randomAddress, registeredClient } from './testing.ts';

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

it('a grant that ends while its browser is led back gives no code, and the app is told that it was denied', async () => {
  const begun = await beginAuthorization(party, tenant);
  await (await decider(begun))(ALLOW);
  const isWaiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  const back = await installation.db.prisma.$transaction(async (tx) => {
    await tx.oAuthGrant.deleteMany({ where: { projectId: tenant.project.id } });
    const resumed = resume(begun);
    await until(async () => (await installation.db.sql.query(isWaiting, [])).length > 0);
    return { resumed };
  });
  const { status, headers } = await back.resumed;
  expect([status, new URL(String(headers['location'])).searchParams.get('error')]).toEqual([303, 'access_denied']);
});

const refresh = (refresh_token: string | undefined) =>
  postForm(party, '/api/oauth/token', { grant_type: 'refresh_token', client_id: party.client.client_id, refresh_token });

it('a refresh does not wait for a consent of its client, which may wait for the grant that the refresh holds', async () => {
  const { refresh_token } = await connect(party, tenant);
  await installation.db.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`select id from oauth_client where client_id = ${party.client.client_id} for update`;
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});

it('of refreshes and consents of one grant at once, the database undoes none for the sake of another', async () => {
  const undone = async () => {
    const [row] = await installation.db.sql.query<{ n: number }>(
      'select deadlocks::int4 as n from pg_stat_database where datname = current_database()',
      [],
    );
    return row?.n;
  };
  const before = await undone();
  let { refresh_token } = await connect(party, tenant);
  for (let round = 0; round < 3; round++) {
    const deciders = await Promise.all(Array.from({ length: 5 }, async () => decider(await beginAuthorization(party, tenant))));
    const refreshing = async () => {
      for (let n = 0; n < 5; n++) {
        const { status, body } = await refresh(refresh_token);
        expect(status).toBe(200);
        refresh_token = body.refresh_token;
      }
    };
    const [, ...answers] = await Promise.all([refreshing(), ...deciders.map((decide) => decide(ALLOW))]);
    expect(answers.map((answer) => answer?.status)).toEqual(Array(5).fill(200));
  }
  expect(await undone()).toBe(before);
});
