import { type AddressInfo, createServer } from 'node:net';
import { seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from '../testing.ts';
import { type ServerProcess, startServer } from '../testing-processes.ts';
import { allowedCode, connect, type Party, registeredClient } from './testing.ts';

// One code and one refresh token, used many times at once, over two servers on one database.

let installation: TestInstallation;
let tenant: TestTenant;
let party: Party;
let servers: ServerProcess[];
let ports: number[];
beforeAll(async () => {
  installation = await openInstallation({ engine: 'postgres' });
  installation.clock.set(new Date());
  tenant = await seedTenant(installation);
  const variables = { DATABASE_URL: installation.db.url ?? '', SECRET: TEST_SECRET, PUBLIC_URL: installation.core.publicUrl };
  ports = [await freePort(), await freePort()];
  servers = await Promise.all(ports.map((port) => startServer({ ...variables, PORT: String(port) })));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.end('SIGTERM')));
  await installation.close();
});

beforeEach(async () => {
  // One of its own: tokens are limited by client.
  party = await registeredClient(installation);
  await installation.db.prisma.oAuthGrant.deleteMany({ where: { projectId: tenant.project.id } });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const AT_ONCE = 20;

async function atOnce(form: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }[]> {
  return Promise.all(
    Array.from({ length: AT_ONCE }, async (_, n) => {
      // Not where they say that they are: that is the one PUBLIC_URL of both.
      const origin = `http://127.0.0.1:${ports[n % ports.length]}`;
      const body = new URLSearchParams({ client_id: party.client.client_id, ...form });
      const response = await fetch(`${origin}/api/oauth/token`, { method: 'POST', body });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    }),
  );
}

const alive = async () => {
  const where = { grant: { projectId: tenant.project.id } };
  const { oAuthAccessToken, oAuthRefreshToken } = installation.db.prisma;
  return [await oAuthAccessToken.count({ where }), await oAuthRefreshToken.count({ where: { ...where, consumedAt: null } })];
};

it('a code that is redeemed twenty times at once has one winner, and leaves nothing alive: it was used again', async () => {
  const { code, verifier, redirectUri } = await allowedCode(party, tenant);
  const answers = await atOnce({ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri });
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, body }) => status === 400 && body['error'] === 'invalid_grant')).toHaveLength(AT_ONCE - 1);
  expect(await alive()).toEqual([0, 0]);
});

it('a refresh token that is used twenty times at once has one successor, which all are given', async () => {
  const { refresh_token = '' } = await connect(party, tenant);
  const answers = await atOnce({ grant_type: 'refresh_token', refresh_token });
  expect(answers.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(200));
  expect(new Set(answers.map(({ body }) => JSON.stringify([body['access_token'], body['refresh_token']]))).size).toBe(1);
  expect(await alive()).toEqual([2, 1]);
});

it.each([
  ['a code', { code: 'x' }],
  ['a code without a value', { code: '' }],
])('a refresh token with %s beside it is used one time after another all the same', async (_name, stray) => {
  const { refresh_token = '' } = await connect(party, tenant);
  const answers = await atOnce({ grant_type: 'refresh_token', refresh_token, ...stray });
  expect(answers.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(200));
  expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1);
  expect(await alive()).toEqual([2, 1]);
});

it('a code with a refresh token beside it has one winner all the same', async () => {
  const { code, verifier, redirectUri } = await allowedCode(party, tenant);
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri };
  const answers = await atOnce({ ...form, refresh_token: 'x' });
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, body }) => status === 400 && body['error'] === 'invalid_grant')).toHaveLength(AT_ONCE - 1);
  expect(await alive()).toEqual([0, 0]);
});
