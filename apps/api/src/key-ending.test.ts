import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, send, type TestInstallation } from './testing.ts';

// A rotated key on the wire: it works, says until when, and is refused the moment that this is over.

let installation: TestInstallation;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation);
});
afterAll(() => installation.close());
beforeEach(() => installation.clock.set('2026-03-14T10:20:30.250Z'));

const seed = () => seedKey(installation, tenant, { projectId: null, scopes: ['keys:admin', 'read'] });
const keysPath = () => `/api/v1/orgs/${tenant.organization.slug}/keys`;
const rotate = (key: { id: string }, by: { raw: string }, payload?: object) =>
  send(installation, {
    method: 'POST',
    url: `${keysPath()}/${key.id}/rotate`,
    headers: { 'x-api-key': by.raw },
    ...(payload !== undefined && { payload }),
  });

const SURFACES: Readonly<Record<string, (raw: string) => ReturnType<typeof send>>> = {
  project: (raw) => projectApi(installation, tenant, { raw }).get('/features'),
  'project, of an address that there is not': (raw) => projectApi(installation, tenant, { raw }).get('/nothing'),
  org: (raw) =>
    send(installation, { method: 'GET', url: `/api/v1/projects/${tenant.project.slug}/contacts`, headers: { 'x-api-key': raw } }),
  'org, refused': (raw) =>
    send(installation, { method: 'GET', url: '/api/v1/projects/nowhere/contacts', headers: { 'x-api-key': raw } }),
  RPC: (raw) =>
    send(installation, {
      method: 'GET',
      url: `/trpc/backlog.list?input=${encodeURIComponent(JSON.stringify({ projectId: tenant.project.slug }))}`,
      headers: { authorization: `Bearer ${raw}` },
    }),
};

describe.each(Object.entries(SURFACES))('on %s', (_surface, call) => {
  it('a key that has been rotated says when it ends, and its successor, which does not, nothing', async () => {
    const key = await seed();
    expect((await call(key.raw)).headers).not.toHaveProperty('x-api-key-expires');
    const rotated = await rotate(key, key, { overlap_hours: 48 });
    expect(rotated.status).toBe(201);
    expect((await call(key.raw)).headers['x-api-key-expires']).toBe('2026-03-16T10:20:30.250Z');
    expect((await call(rotated.body.data.raw_key)).headers).not.toHaveProperty('x-api-key-expires');
  });

  it('a key past its overlap is refused as expired, and says no more', async () => {
    const key = await seed();
    await rotate(key, key, { overlap_hours: 1 });
    installation.clock.advance(3_600_000 - 1);
    expect((await call(key.raw)).headers['x-api-key-expires']).toBe('2026-03-14T11:20:30.250Z');
    installation.clock.advance(1);
    const { headers, status, text } = await call(key.raw);
    // An address that there is not is about nobody.
    if (status !== 404) expect(text).toContain('API_KEY_EXPIRED');
    expect(headers).not.toHaveProperty('x-api-key-expires');
  });
});

it('asks the database nothing for it', async () => {
  const [key, plain] = [await seed(), await seed()];
  await rotate(key, key);
  const asked = async ({ raw }: Pick<TestKey, 'raw'>) => {
    // Its counters are open by then.
    for (let count = 0; count < 2; count++) {
      installation.statements.length = 0;
      await projectApi(installation, tenant, { raw }).get('/features');
    }
    return [...installation.statements];
  };
  expect(await asked(key)).toEqual(await asked(plain));
});

it('a key is rotated over REST for a day unless the call says otherwise, and the answer is nobody else’s to keep', async () => {
  const key = await seed();
  const { status, headers, body } = await rotate(key, key);
  expect(status).toBe(201);
  expect(headers['location']).toBe(`${keysPath()}/${body.data.id}`);
  expect(body.data).toMatchObject({
    name: key.name,
    raw_key: expect.stringMatching(/^riq_live_/),
    former_expires_at: '2026-03-15T10:20:30.250Z',
    replaces: { id: key.id, prefix: key.prefix },
  });
  expect((await rotate(key, key)).body).toMatchObject({
    code: 'CONFLICT',
    issues: [{ message: 'The key has been rotated already.' }],
  });
  const { body: refusal } = await rotate({ id: body.data.id }, { raw: body.data.raw_key }, { overlap_hours: 169 });
  expect(refusal).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'overlap_hours' }] });
});

it('a key is changed over REST under If-Match', async () => {
  const key = await seed();
  const headers = { 'x-api-key': key.raw };
  const url = `${keysPath()}/${key.id}`;
  const { headers: read } = await send(installation, { method: 'GET', url, headers });
  const ifMatch = { ...headers, 'if-match': String(read['etag']) };
  const change = (payload: object) => send(installation, { method: 'PATCH', url, headers: ifMatch, payload });
  expect(await change({ name: 'Nightly', allowed_ips: ['127.0.0.1'] })).toMatchObject({
    status: 200,
    body: { data: { name: 'Nightly', allowed_ips: ['127.0.0.1/32'], version: 2 } },
  });
  expect((await change({ name: 'Later' })).status).toBe(412);
  expect((await change({ other: 1 })).body.code).toBe('NO_UPDATES');
});
