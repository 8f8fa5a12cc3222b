import { seedKey, seedProject, seedTenant, seedToken, type TestTenant, type TestToken } from '@reqbase/auth/testing';
import { callAsUser } from '@reqbase/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from '../testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let token: TestToken;
beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation, { plan: 'scale' });
  token = await seedToken(installation, tenant, { scopes: ['backlog:read', 'status:write'] });
});

const get = (path: string, headers: Record<string, string> = { authorization: `Bearer ${token.raw}` }, ref = tenant.project.id) =>
  send(installation, { method: 'GET', url: `/p/${ref}/api/v1${path}`, headers });
const person = () => callAsUser(installation, tenant.user);

describe('a call with a token', () => {
  it('is read with its grant, its membership and its plan in one statement', async () => {
    installation.statements.length = 0;
    expect((await get('/features')).status).toBe(200);
    expect(installation.statements.filter((text) => text.includes('oauth_access_token'))).toHaveLength(1);
    expect(installation.statements.filter((text) => /\b(api_key|oauth_grant|project_member)\b/.test(text))).toHaveLength(1);
  });

  it('counts in a minute of its own, and in the day of the project with all keys', async () => {
    const key = await seedKey(installation, tenant);
    await get('/features', { authorization: `Bearer ${key.raw}` });
    const { headers } = await get('/features');
    expect(headers).toMatchObject({ 'x-ratelimit-remaining': '9999', 'x-quota-remaining': '99998', 'x-ratelimit-tier': 'scale' });
    expect(headers['x-api-key-expires']).toBeUndefined();
    const { keys } = await person().usage.history({ projectId: tenant.project.id, days: 1 });
    expect(keys.map(({ name }) => name).toSorted()).toEqual(['Inspector', key.name].toSorted());
  });

  it('is entered in the log with the client that it came by, in its person’s name', async () => {
    const denied = await send(installation, {
      method: 'DELETE',
      url: `/p/${tenant.project.id}/api/v1/features/${tenant.project.id}`,
      headers: { authorization: `Bearer ${token.raw}` },
    });
    expect(denied.status).toBe(403);
    const { items } = await person().audit.list({ organizationId: tenant.organization.id });
    expect(items[0]).toMatchObject({
      actor: { type: 'oauth_client', id: tenant.user.id, name: tenant.user.name },
      oauthClientId: token.clientId,
      apiKey: null,
      outcome: 'denied',
      code: 'INSUFFICIENT_SCOPE',
    });
  });

  it('is challenged for what it lacks, all of it, with where to get it (RFC 6750 §3, RFC 9728 §5.1)', async () => {
    const metadata = `resource_metadata="${installation.core.publicUrl}/.well-known/oauth-protected-resource/p/${tenant.project.id}/api/v1"`;
    expect((await get('/features', {})).headers['www-authenticate']).toBe(
      `Bearer realm="reqbase", scope="backlog:read", ${metadata}`,
    );
    expect((await get('/conversations', { authorization: `Bearer ${'a'.repeat(43)}` })).headers['www-authenticate']).toBe(
      `Bearer realm="reqbase", error="invalid_token", scope="conversations:read", ${metadata}`,
    );
    expect((await get('/conversations')).headers['www-authenticate']).toBe(
      `Bearer realm="reqbase", error="insufficient_scope", scope="conversations:read", ${metadata}`,
    );
  });

  it('is not sent for a scope that no app can have: it would ask for it again and again', async () => {
    expect((await get('/requesters', {})).headers['www-authenticate']).toBe('Bearer realm="reqbase"');
    const { raw } = await seedKey(installation, tenant, { scopes: ['backlog:read'] });
    expect((await get('/requesters', { authorization: `Bearer ${raw}` })).headers['www-authenticate']).toContain(
      'scope="requesters:read"',
    );
    const refused = await get('/requesters');
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      403,
      'Bearer realm="reqbase", error="insufficient_scope"',
    ]);
  });

  it('comes by Bearer alone: neither by X-API-Key nor in the URL, nor is it a session (RFC 6750 §2.3)', async () => {
    expect((await get('/features', { 'x-api-key': token.raw })).status).toBe(401);
    expect((await get(`/features?access_token=${token.raw}`, {})).status).toBe(401);
    expect((await get('/features', { cookie: `reqbase.session_token=${token.raw}` })).status).toBe(401);
    const key = await seedKey(installation, tenant);
    expect((await get('/features', { authorization: `Bearer ${key.parsed.secret}` })).status).toBe(401);
  });

  it('is refused at every other project, the organization’s own too', async () => {
    const sibling = await seedProject(installation, tenant.organization);
    const foreign = await seedTenant(installation);
    for (const ref of [sibling.id, foreign.project.slug, 'nothing-here'])
      expect(await get('/features', undefined, ref)).toMatchObject({ status: 401, body: { error: { code: 'INVALID_TOKEN' } } });
  });

  it('is who it is to ask', async () => {
    const answer = await send(installation, {
      method: 'GET',
      url: '/trpc/members.me?input=%7B%7D',
      headers: { authorization: `Bearer ${token.raw}` },
    });
    expect(answer.body.result.data).toMatchObject({
      kind: 'oauth_client',
      userId: tenant.user.id,
      apiKey: null,
      app: { clientId: token.clientId, name: 'Inspector', scopes: ['backlog:read', 'status:write'] },
    });
  });
});

describe('a grant ends', () => {
  const status = async () => (await get('/features')).status;

  it('when it is revoked: at the next call', async () => {
    expect(await status()).toBe(200);
    await person().connectedApps.revoke({ projectId: tenant.project.id, id: token.id });
    expect(await status()).toBe(401);
  });

  it('when its person leaves the project, for good: who comes back has to let the app in anew', async () => {
    const { prisma } = installation.db;
    const of = { projectId: tenant.project.id, userId: (await seedTenant(installation)).user.id };
    await prisma.projectMember.create({ data: { ...of, role: 'developer' } });
    token = await seedToken(installation, { ...tenant, user: { id: of.userId, name: 'Grace' } });
    expect(await status()).toBe(200);
    await person().members.remove({ projectId: tenant.project.id, id: of.userId });
    await prisma.projectMember.create({ data: { ...of, role: 'developer' } });
    expect(await status()).toBe(401);
  });

  it('when its project is deleted', async () => {
    await person().projects.remove({ projectId: tenant.project.id });
    expect(await status()).toBe(401);
    expect(await installation.db.prisma.oAuthGrant.count({ where: { id: token.id } })).toBe(0);
  });

  it('when its client is gone', async () => {
    await installation.db.prisma.oAuthClient.delete({ where: { clientId: token.clientId } });
    expect(await status()).toBe(401);
  });
});
