import { randomBytes, randomUUID } from 'node:crypto';
import { seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, signIn, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let remoteAddress: string;
beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation);
  // The session library counts attempts by address, for the whole process.
  remoteAddress = `10.${randomBytes(3).join('.')}`;
});

const PASSWORD = 'a password of the tests';
const emailOf = ({ user }: TestTenant) => `${user.id}@example.test`;
const post = (path: string, payload: object | string, headers: Record<string, string> = {}) =>
  send(installation, { method: 'POST', url: `/api/auth${path}`, payload, headers, remoteAddress });
const entriesOf = ({ organization }: Pick<TestTenant, 'organization'>) =>
  installation.db.prisma.auditEntry.findMany({ where: { orgId: organization.id }, orderBy: { seq: 'asc' } });
const actionsOf = async (of: Pick<TestTenant, 'organization'>) => (await entriesOf(of)).map(({ action }) => action);
/** Refusals are noted after the answer. */
const refusals = async (count: number) => {
  await expect.poll(async () => (await actionsOf(tenant)).filter((action) => action === 'session.refused').length).toBe(count);
};

describe('signing in', () => {
  it('leaves an entry that says who and from where, before there is a session', async () => {
    await signIn(installation, tenant.user);
    expect(await entriesOf(tenant)).toMatchObject([
      {
        action: 'session.created',
        actorType: 'user',
        actorId: tenant.user.id,
        resourceType: 'user',
        resourceId: tenant.user.id,
        projectId: null,
        outcome: 'allowed',
        ip: expect.stringMatching(/^10\./),
        diff: null,
      },
    ]);
  });

  it('leaves one in each organization that the person belongs to, also by a project of it alone, and in no other', async () => {
    const [second, elsewhere] = [await seedTenant(installation), await seedTenant(installation)];
    await installation.db.prisma.projectMember.createMany({
      data: [second.project, await seedProject(installation, second.organization)].map(({ id }) => ({
        projectId: id,
        userId: tenant.user.id,
        role: 'viewer' as const,
      })),
    });
    await signIn(installation, tenant.user);
    expect(await Promise.all([tenant, second, elsewhere].map(actionsOf))).toEqual([['session.created'], ['session.created'], []]);
  });

  it('with a wrong password leaves a denial, whether it came as JSON or as a form, and nothing of the password', async () => {
    await signIn(installation, tenant.user);
    const email = emailOf(tenant).toUpperCase();
    const wrong = 'not the password';
    expect((await post('/sign-in/email', { email, password: wrong })).status).toBe(401);
    await refusals(1);
    const form = new URLSearchParams({ email, password: wrong }).toString();
    const answer = await post('/sign-in/email', form, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.status).toBe(401);
    await refusals(2);
    const entries = await entriesOf(tenant);
    expect(entries[1]).toMatchObject({
      action: 'session.refused',
      outcome: 'denied',
      code: 'UNAUTHORIZED',
      actorId: tenant.user.id,
    });
    expect(JSON.stringify(entries)).not.toContain('password');
  });

  it('with an address that nobody has leaves nothing', async () => {
    const before = await installation.db.prisma.auditEntry.count();
    expect((await post('/sign-in/email', { email: `${randomUUID()}@example.test`, password: PASSWORD })).status).toBe(401);
    expect((await post('/sign-in/email', { email: 'no address', password: PASSWORD })).status).toBe(400);
    expect((await post('/sign-in/email', '{"email":')).status).toBeGreaterThanOrEqual(400);
    expect(await installation.db.prisma.auditEntry.count()).toBe(before);
  });
});

it('signing out leaves an entry, and without a session none', async () => {
  const cookie = await signIn(installation, tenant.user);
  await post('/sign-out', {}, { cookie });
  await post('/sign-out', {}, { cookie });
  await post('/sign-out', {});
  expect(await actionsOf(tenant)).toEqual(['session.created', 'session.ended']);
});

it('a changed password leaves an entry, and a refused change none', async () => {
  const cookie = await signIn(installation, tenant.user);
  const change = (currentPassword: string) =>
    post('/change-password', { currentPassword, newPassword: 'the next password' }, { cookie, origin: 'http://localhost' });
  expect((await change('not the password')).status).toBeGreaterThanOrEqual(400);
  expect((await change(PASSWORD)).status).toBe(200);
  expect(await actionsOf(tenant)).toEqual(['session.created', 'user.password_changed']);
  expect(JSON.stringify(await entriesOf(tenant))).not.toContain('next');
});
