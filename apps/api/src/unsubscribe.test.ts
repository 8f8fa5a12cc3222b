import { randomUUID } from 'node:crypto';
import { seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { createServices, readUnsubscribe } from '@reqbase/core';
import { unsubscribeUrl } from '@reqbase/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;
let requesterId: string;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  tenant = await seedTenant(installation);
  requesterId = await seedRequester(tenant);
});

const addressOf = (id: string) => `${id}@example.test`;
async function seedRequester({ project }: TestTenant): Promise<string> {
  const id = randomUUID();
  await installation.db.prisma.requester.create({
    data: { id, projectId: project.id, kind: 'identified', email: addressOf(id) },
  });
  return id;
}

const linkTo = (id = requesterId, { project } = tenant, services = installation.core) =>
  unsubscribeUrl({ ...services, publicUrl: '' }, { projectId: project.id, address: addressOf(id) });
const get = (url: string) => send(installation, { method: 'GET', url });
const post = (url: string, payload = '', type?: string) =>
  send(installation, { method: 'POST', url, payload, headers: { ...(type !== undefined && { 'content-type': type }) } });
const optedOut = async (id = requesterId) =>
  (await installation.db.prisma.requester.findUniqueOrThrow({ where: { id } })).emailOptOut;

describe('the link at the end of an e-mail', () => {
  it('only asks when it is followed, as scanners of e-mail do', async () => {
    await installation.db.prisma.project.update({ where: { id: tenant.project.id }, data: { name: '<b>Ours</b> & "theirs"' } });
    const page = await get(linkTo());
    expect(page.status).toBe(200);
    expect(page.text).toContain('<form method="post">');
    expect(page.text).toContain('&lt;b&gt;Ours&lt;/b&gt; &amp; &quot;theirs&quot;');
    expect(page.text).not.toContain('<b>');
    expect(await optedOut()).toBe(false);
    const head = await send(installation, { method: 'HEAD', url: linkTo() });
    expect([head.status, await optedOut()]).toEqual([200, false]);
  });

  it.each([
    ['a mail program', 'List-Unsubscribe=One-Click', 'application/x-www-form-urlencoded'],
    ['a mail program that sends a form of parts', '--a\r\n\r\n--a--', 'multipart/form-data; boundary=a'],
    ['the button', '', 'application/x-www-form-urlencoded'],
    ['a program that says nothing', '', undefined],
    ['a program that sends bytes', 'List-Unsubscribe=One-Click', undefined],
  ])('ends the e-mails of %s with one POST, for good, and of nobody else', async (_who, body, type) => {
    const other = await seedRequester(tenant);
    for (let n = 0; n < 2; n++) {
      const done = await post(linkTo(), body, type);
      expect([done.status, done.text.includes('You will get no more e-mails from Project.')]).toEqual([200, true]);
      expect(done.headers['set-cookie']).toBeUndefined();
    }
    expect([await optedOut(), await optedOut(other)]).toEqual([true, false]);
  });

  it('works without script, in no frame, and leaves its address to nobody', async () => {
    for (const page of [await get(linkTo()), await post(linkTo()), await get(`/w/${tenant.project.id}/unsubscribe`)]) {
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': expect.stringMatching(/default-src 'none';.*frame-ancestors 'none'/),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      expect(page.text).not.toContain('<script');
    }
  });

  it('works after the SECRET has changed, as long as the old one is known', async () => {
    const before = createServices({ db: installation.db, secret: 'the one before', defaultPlan: 'free' });
    const both = createServices({ db: installation.db, secret: `${TEST_SECRET},the one before`, defaultPlan: 'free' });
    expect(both.secrets.unsubscribe).toHaveLength(2);
    expect((await get(linkTo(requesterId, tenant, before))).status).toBe(404);
    const token = new URL(linkTo(requesterId, tenant, before), 'http://localhost').searchParams.get('token') ?? '';
    expect(readUnsubscribe(both, tenant.project.id, token)).toEqual({
      projectId: tenant.project.id,
      address: addressOf(requesterId),
    });
  });

  it.each<[string, () => Promise<string> | string]>([
    ['no token', () => `/w/${tenant.project.id}/unsubscribe`],
    ['two tokens', () => `${linkTo()}&token=a`],
    ['a token that was changed', () => linkTo().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['a token that was cut off', () => linkTo().slice(0, -3)],
    [
      'a token for somebody else',
      async () => linkTo().replace(/token=[^.]+/, /token=[^.]+/.exec(linkTo(await seedRequester(tenant)))?.[0] ?? ''),
    ],
    ['a token of another project', async () => linkTo().replace(tenant.project.id, (await seedTenant(installation)).project.id)],
    ['a token for the slug', () => linkTo().replace(tenant.project.id, tenant.project.slug)],
    [
      'a token of another installation',
      () => linkTo(requesterId, tenant, createServices({ db: installation.db, secret: 'another', defaultPlan: 'free' })),
    ],
    ['a hostile token', () => `/w/${tenant.project.id}/unsubscribe?token=${encodeURIComponent("\0'.%<script>")}`],
    ['a hostile project', () => linkTo().replace(tenant.project.id, '%00')],
  ])('with %s is not valid, and ends nothing', async (_what, link) => {
    const url = await link();
    for (const answer of [await get(url), await post(url)]) {
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain('<script');
    }
    expect(await installation.db.prisma.requester.count({ where: { emailOptOut: true, projectId: tenant.project.id } })).toBe(0);
  });

  it('ends the e-mails to every requester of the project who has the address, and of no other project', async () => {
    const { project } = await seedTenant(installation);
    const rows = [tenant.project.id, tenant.project.id, project.id].map((projectId) => ({
      id: randomUUID(),
      projectId,
      kind: 'anonymous' as const,
      email: addressOf(requesterId),
    }));
    await installation.db.prisma.requester.createMany({ data: rows });
    await post(linkTo());
    expect(await Promise.all([requesterId, ...rows.map(({ id }) => id)].map(optedOut))).toEqual([true, true, true, false]);
  });

  it('works when the requester it was sent to is there no more: another may have the address', async () => {
    const link = linkTo();
    const heir = await seedRequester(tenant);
    await installation.db.prisma.requester.delete({ where: { id: requesterId } });
    await installation.db.prisma.requester.update({ where: { id: heir }, data: { email: addressOf(requesterId) } });
    expect([(await get(link)).status, (await post(link)).status]).toEqual([200, 200]);
    expect(await optedOut(heir)).toBe(true);
  });

  it('of a deleted project is not valid', async () => {
    await installation.db.prisma.project.update({ where: { id: tenant.project.id }, data: { deletedAt: new Date() } });
    expect([(await get(linkTo())).status, (await post(linkTo())).status]).toEqual([404, 404]);
  });
});
