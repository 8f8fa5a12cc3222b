import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { appRouter } from '@reqbase/core';
import { createClient } from '@reqbase/core/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { firstOfStream, openInstallation, send, signIn, type TestInstallation } from './testing.ts';
import { eventSourceWith, TestEventSource } from './testing-event-source.ts';
import { openGate, pause, until } from './testing-processes.ts';

// The project's live stream over HTTP, as a browser follows it: tRPC's own client over an EventSource.

let installation: TestInstallation;
let origin: string;
let tenant: TestTenant;
let cookie: string;
const open: { readonly leave: () => void }[] = [];

beforeAll(async () => {
  installation = await openInstallation();
  origin = await installation.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'pro' });
  cookie = await signIn(installation, tenant.user);
});
afterEach(() => {
  for (const { leave } of open.splice(0)) leave();
});

/** Watches the tenant's project through the client: with a key, or as a page of who is signed in. */
function follow({ apiKey, at = origin }: { apiKey?: string; at?: string } = {}) {
  const updates: { id: string; kind: string }[] = [];
  const states: string[] = [];
  const ended = Promise.withResolvers<string | undefined>();
  const EventSource = apiKey === undefined ? eventSourceWith(cookie) : TestEventSource;
  const subscription = createClient({ url: at, apiKey: apiKey ?? '', EventSource }).live.watch.subscribe(
    { projectId: tenant.project.slug },
    {
      onData: ({ id, data }) => updates.push({ id, kind: data.kind }),
      onConnectionStateChange: ({ state }) => states.push(state),
      onError: ({ data }) => ended.resolve(data != null && 'appCode' in data ? data.appCode : undefined),
      onComplete: () => ended.resolve('complete'),
    },
  );
  const watched = { updates, states, ended: ended.promise, leave: () => subscription.unsubscribe() };
  open.push(watched);
  return watched;
}

/** Something that happens in the project, in two events: a feature, and the entry in the feed that tells of it. */
const happen = async () => {
  const answer = await send(installation, {
    method: 'POST',
    url: '/trpc/backlog.create',
    headers: { cookie, 'content-type': 'application/json' },
    payload: { projectId: tenant.project.slug, title: 'Dark mode' },
  });
  expect(answer.status).toBe(200);
};
const idsOf = ({ updates }: ReturnType<typeof follow>) => updates.map(({ id }) => id);
const url = (input: object) => `/trpc/live.watch?input=${encodeURIComponent(JSON.stringify(input))}`;

describe('a page that watches', () => {
  it('hears of what happens in the project', async () => {
    const watched = follow();
    await until(() => watched.updates.length === 1);
    await happen();
    await until(() => watched.updates.length === 3);
    expect(watched.updates).toEqual([
      { id: '0', kind: 'ready' },
      { id: '1', kind: 'notification' },
      { id: '2', kind: 'feature' },
    ]);
  });

  it('misses nothing and hears nothing twice, though the line is cut as things happen', async () => {
    const gate = await openGate({ host: '127.0.0.1', port: Number(new URL(origin).port) });
    const watched = follow({ at: `http://127.0.0.1:${gate.port}` });
    await until(() => watched.updates.length === 1);
    for (let cut = 0; cut < 3; cut++) {
      await happen();
      await pause(cut * 300);
      await gate.cut();
      await happen();
      await gate.open();
    }
    await until(() => watched.updates.at(-1)?.id === '12');
    expect(idsOf(watched)).toEqual(Array.from({ length: 13 }, (_, index) => String(index)));
    expect(watched.states.filter((state) => state === 'pending').length).toBeGreaterThan(1);
    watched.leave();
    await gate.cut();
  });

  it('leaves nothing behind when it goes', async () => {
    const watched = [follow(), follow()];
    await until(() => watched.every(({ updates }) => updates.length === 1));
    expect(installation.core.live.size()).toBe(2);
    for (const { leave } of watched) leave();
    await until(() => installation.core.live.size() === 0);
  });

  it('that has signed out is told so, and does not come back', async () => {
    const watched = follow();
    await until(() => watched.updates.length === 1);
    await send(installation, { method: 'POST', url: '/api/auth/sign-out', headers: { cookie }, payload: {} });
    expect(await watched.ended).toBe('UNAUTHORIZED');
    await pause(200);
    expect(installation.core.live.size()).toBe(0);
  });

  it('whose person is removed is told so before anything that happens afterwards', async () => {
    const watched = follow();
    await until(() => watched.updates.length === 1);
    const other = await seedTenant(installation);
    await installation.db.prisma.organizationMember.create({
      data: { orgId: tenant.organization.id, userId: other.user.id, role: 'owner' },
    });
    await installation.db.prisma.organizationMember.deleteMany({ where: { userId: tenant.user.id } });
    cookie = await signIn(installation, other.user);
    await happen();
    expect(await watched.ended).toBe('PROJECT_NOT_FOUND');
    expect(idsOf(watched)).toEqual(['0']);
  });
});

describe('a program with a key', () => {
  it('watches as a page does', async () => {
    const key = await seedKey(installation, tenant, { scopes: ['notifications:read'] });
    const watched = follow({ apiKey: key.raw });
    await until(() => watched.updates.length === 1);
    await happen();
    await until(() => watched.updates.length === 3);
    expect(idsOf(watched)).toEqual(['0', '1', '2']);
  });

  it('is refused with the code of the gate, once', async () => {
    const key = await seedKey(installation, tenant, { scopes: ['backlog:read'] });
    const watched = follow({ apiKey: key.raw });
    expect(await watched.ended).toBe('INSUFFICIENT_SCOPE');
    await pause(200);
    const denials = await installation.db.prisma.auditEntry.count({ where: { apiKeyId: key.id, outcome: 'denied' } });
    expect(denials).toBe(1);
  });
});

describe('the stream', () => {
  it('passes proxies unbuffered and unchanged, on a connection of its own, with its request’s id and rates', async () => {
    const key = await seedKey(installation, tenant, { scopes: ['notifications:read'] });
    const request = { method: 'GET' as const, url: url({ projectId: tenant.project.slug }) };
    const { headers, status } = await firstOfStream(installation, {
      ...request,
      headers: { authorization: `Bearer ${key.raw}` },
    });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      connection: 'close',
      'x-request-id': expect.stringMatching(/^req_/),
      'x-ratelimit-limit': '3000',
    });
  });

  it('gives a sign of life more often than it is taken for dead', () => {
    const { ping, client } = appRouter._def._config.sse ?? {};
    expect(ping?.enabled).toBe(true);
    expect(ping?.intervalMs).toBeLessThan((client?.reconnectAfterInactivityMs ?? 0) / 2);
    expect(client?.reconnectAfterInactivityMs).toBeLessThan(60_000);
  });

  it('is no call that acts, and no part of a batch', async () => {
    const headers = { cookie, 'content-type': 'application/json' };
    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      const answer = await send(installation, { method, url: '/trpc/live.watch', headers, payload: {} });
      expect([answer.status, answer.headers['allow'], answer.body.error.data.appCode]).toEqual([
        405,
        'GET, HEAD, OPTIONS',
        'METHOD_NOT_ALLOWED',
      ]);
    }
    const input = encodeURIComponent(JSON.stringify({ 0: { projectId: tenant.project.slug } }));
    const batch = await send(installation, {
      method: 'GET',
      url: `/trpc/live.watch?batch=1&input=${input}`,
      headers: { cookie },
    });
    expect([batch.status, batch.body[0].error.data.appCode]).toEqual([400, 'BAD_REQUEST']);
  });

  it('is counted while it is open, and is no slow call afterwards', async () => {
    const metrics = async () => (await send(installation, { method: 'GET', url: '/metrics' })).text;
    await until(() => installation.core.live.size() === 0);
    const before = (await metrics()).match(/_duration_seconds_count\{.*method="GET".*\/trpc.* \d+/g);
    const watched = follow();
    await until(() => watched.updates.length === 1);
    expect(await metrics()).toMatch(/^reqbase_live_streams 1$/m);
    watched.leave();
    await until(() => installation.core.live.size() === 0);
    expect(await metrics()).toMatch(/^reqbase_live_streams 0$/m);
    await pause(100);
    expect((await metrics()).match(/_duration_seconds_count\{.*method="GET".*\/trpc.* \d+/g)).toEqual(before);
  });
});

it('a server that closes ends every stream at once, and the page tries again', async () => {
  const second = await openInstallation();
  try {
    const there = await second.app.listen({ port: 0, host: '127.0.0.1' });
    tenant = await seedTenant(second);
    cookie = await signIn(second, tenant.user);
    const watched = follow({ at: there });
    await until(() => watched.updates.length === 1);
    await second.app.close();
    await until(() => watched.states.at(-1) === 'connecting');
    expect(watched.updates).toHaveLength(1);
  } finally {
    await second.close();
  }
});
