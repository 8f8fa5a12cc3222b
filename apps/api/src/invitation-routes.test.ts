import { createHash, randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { runJobs } from '@reqbase/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, send, signIn, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let cookie: string;
let minute = 0;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'scale' });
  cookie = await signIn(installation, tenant.user);
});
afterAll(() => installation.close());
beforeEach(() => {
  // Every test in a minute of its own: addresses are limited.
  installation.clock.set(new Date(Date.parse('2026-03-14T10:20:30.250Z') + minute++ * 60_000));
});

const rpc = (path: string, input: object, as = cookie) =>
  send(installation, { method: 'POST', url: `/trpc/${path}`, headers: { cookie: as }, payload: input });

/** An open invitation past the service. */
async function seedInvitation(): Promise<{ email: string; id: string; token: string }> {
  const [id, token, now] = [randomUUID(), randomUUID(), installation.clock.now()];
  const email = `${id}@example.test`;
  await installation.db.prisma.invitation.create({
    data: {
      id,
      projectId: tenant.project.id,
      email,
      role: 'viewer',
      tokenHash: new Uint8Array(createHash('sha256').update(token).digest()),
      createdAt: now,
      expiresAt: new Date(now.getTime() + 7 * 86_400_000),
    },
  });
  return { email, id, token };
}
const preview = (token: string) => send(installation, { method: 'GET', url: `/api/auth/invitations/${token}` });
const accept = (body: unknown, more: object = {}) =>
  send(installation, { method: 'POST', url: '/api/auth/invitations/accept', payload: body as object, ...more });

describe('a new person with an invitation', () => {
  it('reads what it offers, sets name and password, signs in, and is in the project', async () => {
    const email = `${randomUUID()}@example.test`;
    expect((await rpc('members.invite', { projectId: tenant.project.id, email, role: 'developer' })).status).toBe(200);
    await runJobs(installation.core);
    const mail = installation.outbox.find(({ to }) => to === email);
    const token = String(mail?.text).split(`${installation.core.publicUrl}/invitations/`)[1]?.split('\n', 1)[0] ?? '';
    const offered = await preview(token);
    expect(offered).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: { data: { projectName: 'Project', inviterName: tenant.user.name, email, role: 'developer', hasAccount: false } },
    });
    const answer = await accept({ token, name: 'Grace', password: 'correct horse' });
    expect(answer).toMatchObject({
      status: 201,
      body: { data: { projectId: tenant.project.id, projectSlug: tenant.project.slug, role: 'developer' } },
    });
    const signedIn = await send(installation, {
      method: 'POST',
      url: '/api/auth/sign-in/email',
      payload: { email, password: 'correct horse' },
    });
    const theirs = String([signedIn.headers['set-cookie']].flat()[0]).split(';', 1)[0] ?? '';
    const seen = await rpc('backlog.create', { projectId: tenant.project.slug, title: 'Dark mode' }, theirs);
    expect([signedIn.status, seen.status]).toEqual([200, 200]);
    expect((await rpc('invitations.accept', { token }, theirs)).body.result.data).toEqual(answer.body.data);
  });

  it('whose address has an account by then is told to sign in; nobody is told by an unknown link', async () => {
    const { email, token } = await seedInvitation();
    await installation.db.prisma.user.create({ data: { id: randomUUID(), name: 'Grace', email } });
    expect((await preview(token)).body.data.hasAccount).toBe(true);
    expect(await accept({ token, name: 'Grace', password: 'correct horse' })).toMatchObject({
      status: 409,
      body: { error: { code: 'ACCOUNT_EXISTS' } },
    });
    for (const answer of [await preview('unknown'), await accept({ token: 'unknown', name: 'Grace', password: 'correct horse' })])
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'INVITATION_NOT_FOUND' } } });
  });

  it('comes too late after seven days, or when it was revoked', async () => {
    const [old, revoked] = [await seedInvitation(), await seedInvitation()];
    await rpc('members.revokeInvitation', { projectId: tenant.project.id, id: revoked.id });
    const name = { name: 'Grace', password: 'correct horse' };
    const gone = { status: 410, body: { error: { code: 'GONE' } } };
    for (const answer of [await preview(revoked.token), await accept({ token: revoked.token, ...name })])
      expect(answer).toMatchObject(gone);
    expect((await preview(old.token)).status).toBe(200);
    installation.clock.advance(7 * 86_400_000);
    for (const answer of [await preview(old.token), await accept({ token: old.token, ...name })])
      expect(answer).toMatchObject(gone);
    expect(await installation.db.prisma.user.count({ where: { email: { in: [old.email, revoked.email] } } })).toBe(0);
  });

  it.each([
    ['password', { password: 'short77' }],
    ['password', { password: 'x'.repeat(129) }],
    ['name', { name: '  ' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 'a\0' }],
    ['token', { token: 5 }],
  ])('with a wrong %s is refused by the field', async (path, wrong) => {
    const { email, token } = await seedInvitation();
    expect(await accept({ token, name: 'Grace', password: 'correct horse', ...wrong })).toMatchObject({
      status: 400,
      body: { error: { code: 'BAD_REQUEST', issues: [{ path }] } },
    });
    expect(await installation.db.prisma.user.count({ where: { email } })).toBe(0);
  });

  it.each([
    ['no JSON', '{', { 'content-type': 'application/json' }, 400, 'BAD_JSON'],
    ['a list', [], {}, 400, 'BAD_REQUEST'],
    ['a text', 'a', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['too much', { token: 'x'.repeat(5_000) }, {}, 413, 'PAYLOAD_TOO_LARGE'],
  ])('who sends %s is refused in the envelope', async (_what, body, headers, status, code) => {
    expect(await accept(body, { headers })).toMatchObject({ status, body: { error: { code } } });
  });

  it('from an address that asks too often waits for the next minute', async () => {
    const remoteAddress = '203.0.113.99';
    const ask = () => send(installation, { method: 'GET', url: '/api/auth/invitations/unknown', remoteAddress });
    const statuses = [];
    for (let n = 0; n < 21; n++) statuses.push((await ask()).status);
    expect(statuses).toEqual([...Array(20).fill(404), 429]);
    expect(await accept({}, { remoteAddress })).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
    expect((await preview('unknown')).status).toBe(404);
    installation.clock.advance(30_000);
    expect((await ask()).status).toBe(404);
  });

  it('leaves the token in no metric: a route is counted by its pattern', async () => {
    const { token } = await seedInvitation();
    await preview(token);
    const { status, text } = await send(installation, { method: 'GET', url: '/metrics' });
    expect([status, text.includes(token)]).toEqual([200, false]);
  });
});

describe('members over REST', () => {
  it('are listed, invited, changed and removed, each with its scope', async () => {
    const api = projectApi(installation, tenant, await seedKey(installation, tenant, { scopes: ['members:admin'] }));
    const created = await api.post('/members', { email: 'Linus@example.test', role: 'viewer' }, { 'idempotency-key': 'k' });
    expect(created).toMatchObject({
      status: 201,
      headers: { location: `/p/${tenant.project.slug}/api/v1/members` },
      body: { data: { email: 'linus@example.test', role: 'viewer', state: 'open' } },
    });
    const again = await api.post('/members', { email: 'Linus@example.test', role: 'viewer' }, { 'idempotency-key': 'k' });
    expect(again).toMatchObject({ status: 201, body: created.body, headers: { 'idempotent-replayed': 'true' } });
    expect(await api.post('/members', { email: 'Linus@example.test', role: 'viewer' })).toMatchObject({
      status: 409,
      body: { error: { code: 'ALREADY_INVITED' } },
    });
    const id = randomUUID();
    await installation.db.prisma.user.create({ data: { id, name: 'Bob', email: `${id}@example.test` } });
    await installation.db.prisma.projectMember.create({ data: { projectId: tenant.project.id, userId: id, role: 'viewer' } });
    const { items, ...page } = (await api.get('/members?limit=100')).body.data;
    expect(page).toEqual({ hasMore: false, nextCursor: null });
    expect(items).toContainEqual(expect.objectContaining({ userId: id, role: 'viewer', through: 'project' }));
    expect(await api.patch(`/members/${id}`, { role: 'developer' })).toMatchObject({
      status: 200,
      body: { data: { role: 'developer' } },
    });
    expect(await api.patch(`/members/${id}`, {})).toMatchObject({ status: 400, body: { error: { code: 'NO_UPDATES' } } });
    expect((await api.delete(`/members/${id}`)).status).toBe(204);
    expect(await api.delete(`/members/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'MEMBER_NOT_FOUND' } } });
  });

  it('are read one by one, and changed as they were read', async () => {
    const api = projectApi(installation, tenant, await seedKey(installation, tenant, { scopes: ['members:write'] }));
    const id = randomUUID();
    await installation.db.prisma.user.create({ data: { id, name: 'Bob', email: `${id}@example.test` } });
    await installation.db.prisma.projectMember.create({ data: { projectId: tenant.project.id, userId: id, role: 'viewer' } });
    const { items } = (await api.get('/members?limit=100')).body.data;
    const read = await api.get(`/members/${id}`);
    expect(items).toContainEqual(read.body.data);
    const tag = String(read.headers['etag']);
    expect((await api.get(`/members/${id}`, undefined, { 'if-none-match': tag })).status).toBe(304);
    const change = (role: string, ifMatch: string) => api.patch(`/members/${id}`, { role }, { 'if-match': ifMatch });
    const changed = await change('developer', tag);
    expect([changed.status, changed.body.data.role]).toEqual([200, 'developer']);
    for (const old of [tag, '"1"', `W/${tag}`])
      expect(await change('admin', old)).toMatchObject({ status: 412, body: { error: { code: 'PRECONDITION_FAILED' } } });
    expect((await api.get(`/members/${id}`)).headers['etag']).toBe(changed.headers['etag']);
    expect((await change('viewer', String(changed.headers['etag']))).status).toBe(200);
    // As they were read first, they are again.
    expect((await change('developer', tag)).status).toBe(200);
    const foreign = await seedTenant(installation);
    for (const other of [foreign.user.id, randomUUID()])
      expect(await api.get(`/members/${other}`)).toMatchObject({ status: 404, body: { error: { code: 'MEMBER_NOT_FOUND' } } });
    expect((await api.get('/members/bob')).status).toBe(400);
  });

  it('beyond the plan’s seats are refused with what is taken and which plan has more', async () => {
    const small = await seedTenant(installation, { plan: 'pro' });
    const api = projectApi(installation, small, await seedKey(installation, small, { scopes: ['members:write'] }));
    const statuses = [];
    for (let n = 0; n < 3; n++)
      statuses.push((await api.post('/members', { email: `n${n}@example.test`, role: 'developer' })).status);
    expect(statuses).toEqual([201, 201, 201]);
    expect(await api.post('/members', { email: 'n3@example.test', role: 'developer' })).toMatchObject({
      status: 403,
      body: { error: { code: 'PLAN_REQUIRED', requiredPlan: 'scale', seats: { used: 3, limit: 3 } } },
    });
  });
});
