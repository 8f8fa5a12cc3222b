import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { countersOf, seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, type TestInstallation } from './testing.ts';

// Requests that arrive in pieces, over a socket: what is judged before the body is there, and what after it.

let installation: TestInstallation;
let tenant: TestTenant;
let port: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  installation = await openInstallation();
  await installation.app.listen({ port: 0, host: '127.0.0.1' });
  port = (installation.app.server.address() as AddressInfo).port;
  tenant = await seedTenant(installation, { plan: 'pro' });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await installation.close();
});

const BODY = JSON.stringify({ title: 'Late', status: 'COMPLETED' });

/** The head of a request whose body is still to come. */
async function begin(method: string, path: string, headers: Record<string, string> = {}, surface = 'api/v1'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  const all = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(BODY)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.write([`${method} /p/${tenant.project.slug}/${surface}${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  return socket;
}

async function statusOf(socket: Socket): Promise<number> {
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer.toString())?.[1]);
}

/** Until the look-up before the body has been made. */
async function identified(): Promise<void> {
  while (!installation.statements.some((text) => text.includes('k.public_id'))) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 300));
}

async function keyOf(): Promise<TestKey> {
  const key = await seedKey(installation, tenant, { scopes: ['backlog:write', 'status:write'] });
  installation.statements.length = 0;
  return key;
}

describe('before its body has come, a call', () => {
  it.each([
    ['without a credential', {}],
    ['with a key that is none', { Authorization: 'Bearer riq_live_none' }],
  ])('%s is refused', async (_name, headers) => {
    expect(await statusOf(await begin('POST', '/features', { 'Content-Length': '900000', ...headers }))).toBe(401);
  });

  it('with a revoked key is refused', async () => {
    const { raw } = await seedKey(installation, tenant, { revokedAt: installation.clock.now() });
    expect(await statusOf(await begin('POST', '/features', { Authorization: `Bearer ${raw}` }))).toBe(401);
  });
});

describe('what has changed while its body was on the way counts', () => {
  it('for a key that has been revoked', async () => {
    const key = await keyOf();
    const socket = await begin('POST', '/features', { Authorization: `Bearer ${key.raw}` });
    await identified();
    await installation.db.prisma.apiKey.update({ where: { id: key.id }, data: { revokedAt: installation.clock.now() } });
    socket.write(BODY);
    expect(await statusOf(socket)).toBe(401);
    expect(await installation.db.prisma.feature.count({ where: { projectId: tenant.project.id } })).toBe(0);
  });

  it('for a plan that has been lost, also for a body that cannot be read', async () => {
    const key = await keyOf();
    const [whole, broken] = [
      await begin('POST', '/features', { Authorization: `Bearer ${key.raw}` }),
      await begin('POST', '/features', { Authorization: `Bearer ${key.raw}` }),
    ];
    await identified();
    const organization = { where: { id: tenant.organization.id } };
    await installation.db.prisma.organization.update({ ...organization, data: { plan: 'free' } });
    whole.write(BODY);
    broken.write('{'.repeat(Buffer.byteLength(BODY)));
    expect(await Promise.all([whole, broken].map(statusOf))).toEqual([403, 403]);
    await installation.db.prisma.organization.update({ ...organization, data: { plan: 'pro' } });
  });

  it.each([
    ['too many messages', `[${'1,'.repeat(101)}1]`],
    ['no JSON', '[[['],
  ])('for a key that has been revoked, by MCP, also for a body of %s', async (_what, body) => {
    const key = await keyOf();
    const headers = { Authorization: `Bearer ${key.raw}`, 'Content-Length': String(body.length) };
    const [whole, revoked] = [await begin('POST', '', headers, 'mcp'), await begin('POST', '', headers, 'mcp')];
    await identified();
    whole.write(body);
    expect(await statusOf(whole)).toBe(400);
    const counters = await countersOf(installation);
    expect(counters).toContainEqual(expect.objectContaining({ counter: `minute of ${key.id}`, calls: 1 }));
    await installation.db.prisma.apiKey.update({ where: { id: key.id }, data: { revokedAt: installation.clock.now() } });
    revoked.write(body);
    expect(await statusOf(revoked)).toBe(401);
  });

  it('and costs one more look-up only then', async () => {
    const key = await keyOf();
    const socket = await begin('POST', '/features', { Authorization: `Bearer ${key.raw}` });
    await identified();
    socket.write(BODY);
    expect(await statusOf(socket)).toBe(201);
    const lookUps = () => installation.statements.filter((text) => text.includes('k.public_id')).length;
    expect(lookUps()).toBe(2);
    installation.statements.length = 0;
    const { status } = await fetch(`http://127.0.0.1:${port}/p/${tenant.project.slug}/api/v1/features`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.raw}`, 'content-type': 'application/json' },
      body: BODY,
    });
    expect([status, lookUps()]).toEqual([201, 1]);
  });
});

it('a request that never arrives whole keeps no server from its end', async () => {
  const other = await openInstallation();
  await other.app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((other.app.server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(
    'POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const cut = once(socket, 'close');
  await Promise.all([other.close(), cut]);
}, 15_000);
