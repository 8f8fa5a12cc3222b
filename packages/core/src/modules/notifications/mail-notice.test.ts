import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { mailNotice } from './mail-notice.ts';
import { noticeMail, type ToldNotice } from './notice-mail.ts';
import { seedRequester, tell } from './testing.ts';
import { endMails, readUnsubscribe } from './unsubscribe.ts';

let t: TestCore;
let tenant: TestTenant;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  t.outbox.length = 0;
  tenant = await seedTenant(t);
  await t.db.prisma.project.update({ where: { id: tenant.project.id }, data: { name: 'Acme', domain: 'acme.example' } });
});

const toRequesters = { audience: 'requesters', type: 'feature.completed', title: 'Dark mode', recipients: 'everyone' } as const;
const someone = (email: string | null, columns: object = {}) => seedRequester(t, tenant, { email, ...columns });
const addresses = () => t.outbox.map(({ to }) => to).toSorted();
async function seedMany(count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, (_, n) => `user-${String(n).padStart(4, '0')}@example.test`);
  await t.db.prisma.requester.createMany({
    data: emails.map((email) => ({
      id: randomUUID(),
      projectId: tenant.project.id,
      kind: 'identified' as const,
      identityMethod: 'jwt' as const,
      email,
    })),
  });
  return emails;
}

describe('the e-mails of a notice', () => {
  it('go to each recipient with an address who wants them, once and alone', async () => {
    const ids = await Promise.all(['ada@example.test', 'bob@example.test'].map((email) => someone(email)));
    await someone(null);
    await someone('deaf@example.test', { emailOptOut: true });
    const id = await tell(t, tenant, { ...toRequesters, body: 'It is there.' });
    expect((await runJobs(t.core)).map(({ error }) => error)).toEqual([null, null, null]);
    expect(addresses()).toEqual(['ada@example.test', 'bob@example.test']);
    const receipts = await t.db.prisma.notificationReceipt.findMany({ where: { notificationId: id, emailedAt: { not: null } } });
    expect(receipts.map(({ requesterId }) => requesterId).toSorted()).toEqual(ids.toSorted());
    await mailNotice.run(t.core, { notificationId: id });
    await runJobs(t.core);
    expect(t.outbox).toHaveLength(2);
  });

  it('reach everyone of many, a batch at a time', async () => {
    const emails = await seedMany(250);
    await tell(t, tenant, toRequesters);
    const ran = await runJobs(t.core);
    expect(ran.filter(({ name }) => name === mailNotice.name)).toHaveLength(4);
    expect(addresses()).toEqual(emails);
  });

  it('reach everyone once, though runs of the same batch overlap and are repeated', async () => {
    const emails = await seedMany(150);
    const notificationId = await tell(t, tenant, toRequesters);
    await Promise.all([1, 2, 3].map(() => mailNotice.run(t.core, { notificationId })));
    await runJobs(t.core);
    await mailNotice.run(t.core, { notificationId });
    await runJobs(t.core);
    expect(addresses()).toEqual(emails);
  });

  it('are not sent to who has opted out, or read it, before their turn', async () => {
    const read = await someone('c@example.test');
    for (const email of ['a@example.test', 'b@example.test']) await someone(email);
    await tell(t, tenant, toRequesters);
    await endMails(t.core, { projectId: tenant.project.id, address: 'a@example.test' });
    await t.db.prisma.notificationReceipt.updateMany({ where: { requesterId: read }, data: { readAt: new Date() } });
    await runJobs(t.core);
    expect(addresses()).toEqual(['b@example.test']);
  });

  it('are not sent to an address that has opted out, whoever has it by then', async () => {
    await someone('a@example.test');
    const known = await someone('known@example.test');
    await endMails(t.core, { projectId: tenant.project.id, address: 'a@example.test' });
    for (let n = 0; n < 3; n++) await someone('a@example.test', { kind: 'anonymous', identityMethod: 'none', externalId: null });
    await tell(t, tenant, toRequesters);
    await runJobs(t.core);
    expect(addresses()).toEqual(['known@example.test']);
    // Elsewhere it is another's e-mails.
    tenant = await seedTenant(t);
    await someone('a@example.test');
    await tell(t, tenant, toRequesters);
    await runJobs(t.core);
    expect(addresses()).toEqual(['a@example.test', 'known@example.test']);
    expect(await t.db.prisma.requester.findUniqueOrThrow({ where: { id: known } })).toMatchObject({ emailOptOut: false });
  });

  it('come to an address once, however many requesters have it, in one batch or several', async () => {
    const emails = await seedMany(120);
    for (let n = 0; n < 30; n++) for (const email of ['ada@example.test', emails[0] ?? '']) await someone(email);
    await tell(t, tenant, toRequesters);
    await runJobs(t.core);
    expect(addresses()).toEqual(['ada@example.test', ...emails]);
  });

  it('reach who has been merged into another between two batches', async () => {
    await seedMany(100);
    const [late, into] = ['ffffffff-ffff-4fff-bfff-ffffffffffff', '00000000-0000-4000-8000-000000000000'];
    await someone('late@example.test', { id: late });
    const notificationId = await tell(t, tenant, toRequesters);
    await someone('into@example.test', { id: into });
    await mailNotice.run(t.core, { notificationId });
    await t.db.prisma.notificationReceipt.updateMany({ where: { requesterId: late }, data: { requesterId: into } });
    await runJobs(t.core);
    expect(addresses()).toContain('into@example.test');
    expect(t.outbox).toHaveLength(101);
  });

  it('of announcements are not sent where the widget shows none', async () => {
    await someone('a@example.test');
    await t.db.prisma.widgetConfig.create({
      data: { projectId: tenant.project.id, announcementsEnabled: false, updatedAt: t.clock.now() },
    });
    const id = await tell(t, tenant, { ...toRequesters, type: 'announcement.sent' });
    await tell(t, tenant, { ...toRequesters, title: 'Light mode' });
    await runJobs(t.core);
    expect(t.outbox.map(({ subject }) => subject)).toEqual(['Completed: Light mode · Acme']);
    expect(await t.db.prisma.notification.findUniqueOrThrow({ where: { id } })).toMatchObject({ channels: ['in_app'] });
  });

  it('are sent though the subject is cut within what would be half a character', async () => {
    for (const n of [0, 1]) {
      await someone(`${n}@example.test`);
      await tell(t, tenant, { ...toRequesters, title: `${'a'.repeat(n)}${'😀'.repeat(100)}`, type: 'announcement.sent' });
    }
    expect((await runJobs(t.core)).filter(({ error }) => error !== null)).toEqual([]);
    expect(t.outbox).toHaveLength(3);
    expect(t.outbox.every(({ subject }) => subject.isWellFormed())).toBe(true);
  });

  it('are not sent for what has expired, or for a project that is gone', async () => {
    await someone('a@example.test');
    await tell(t, tenant, { ...toRequesters, expiresAt: new Date(t.clock.now().getTime() + 1_000) });
    t.clock.advance(1_000);
    await runJobs(t.core);
    await tell(t, tenant, toRequesters);
    await t.db.prisma.project.update({ where: { id: tenant.project.id }, data: { deletedAt: t.clock.now() } });
    await runJobs(t.core);
    expect(t.outbox).toEqual([]);
  });

  it('reach the others when one has an address that cannot be one', async () => {
    for (const email of ['not an address', 'a@b', 'good@example.test', 'evil@example.test\nBcc: x@example.test'])
      await someone(email);
    await tell(t, tenant, toRequesters);
    expect((await runJobs(t.core)).filter(({ error }) => error !== null)).toEqual([]);
    expect(addresses()).toEqual(['good@example.test']);
  });
});

describe('an e-mail', () => {
  const requesterId = randomUUID();
  const mailOf = (notice: Partial<ToldNotice> = {}, project: Partial<ToldNotice['project']> = {}, services = t.core) =>
    noticeMail(
      services,
      {
        id: randomUUID(),
        type: 'feature.completed',
        title: 'Dark mode',
        body: 'Settings → Appearance.',
        featureId: null,
        conversationId: null,
        data: { completionKind: 'SHIPPED' },
        project: { id: tenant.project.id, name: 'Acme', domain: 'acme.example', allowedOrigins: [], ...project },
        ...notice,
      },
      { id: requesterId, email: 'ada@example.test', replyTo: null },
    );

  it('says what has happened, where, and how to get no more', () => {
    const { to, subject, text } = mailOf();
    expect([to, subject]).toEqual(['ada@example.test', 'Shipped: Dark mode · Acme']);
    expect(text).toMatch(/^Shipped: Dark mode\n\nSettings → Appearance\.\n\nhttps:\/\/acme\.example\n\n—\n/);
    expect(text).toContain(`No more of these e-mails: http://localhost:3100/w/${tenant.project.id}/unsubscribe?token=`);
  });

  it('lets mail programs end them with one POST, by a link for this address', () => {
    const { headers = {}, text } = mailOf();
    const [, url = ''] = /^<(.+)>$/.exec(headers['List-Unsubscribe'] ?? '') ?? [];
    expect(headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    expect(text).toContain(url);
    const token = new URL(url).searchParams.get('token') ?? '';
    expect(readUnsubscribe(t.core, tenant.project.id, token)).toEqual({
      projectId: tenant.project.id,
      address: 'ada@example.test',
    });
  });

  it.each<[string, object | null, string]>([
    ['feature.status_changed', { status: 'IN_PROGRESS' }, 'In progress: Dark mode'],
    ['feature.completed', { completionKind: 'NEXT_UPDATE' }, 'Coming with the next update: Dark mode'],
    ['feature.completed', { completionKind: null, closeReason: 'DUPLICATE' }, 'Already asked for: Dark mode'],
    ['feature.completed', { completionKind: null, closeReason: null }, 'Completed: Dark mode'],
    ['feature.completed', null, 'Completed: Dark mode'],
    ['comment.created', null, 'New comment: Dark mode'],
    ['message.replied', null, 'Dark mode'],
    ['announcement.sent', null, 'Dark mode'],
  ])('of %s with %j is called "%s"', (type, data, subject) => {
    expect(mailOf({ type, data }).subject).toBe(`${subject} · Acme`);
  });

  it('has a subject of one line, whatever the title and the name of the project', () => {
    const { subject } = mailOf(
      { title: 'Dark\r\nBcc: eve@example.test\u0000 mode', type: 'announcement.sent' },
      { name: 'Ac\nme' },
    );
    expect(subject).toBe('Dark Bcc: eve@example.test mode · Ac me');
    expect(mailOf({ title: 'a'.repeat(500) }).subject.length).toBeLessThanOrEqual(200);
  });

  it('leads to the project’s own page, else to a page that the widget is for, else here', () => {
    const links = [
      mailOf({}, { allowedOrigins: ['https://app.acme.example'] }),
      mailOf({}, { domain: null, allowedOrigins: ['https://app.acme.example'] }),
      mailOf({}, { domain: null }),
    ].map(({ text }) => text.split('\n\n')[2]);
    expect(links).toEqual(['https://acme.example', 'https://app.acme.example', 'http://localhost:3100']);
  });

  it('has the same identity in every attempt, and another for another notice', () => {
    const id = randomUUID();
    expect(mailOf({ id }).dedupeId).toBe(mailOf({ id }).dedupeId);
    expect(mailOf({ id }).dedupeId).not.toBe(mailOf().dedupeId);
  });

  it('has a link that no other installation takes', () => {
    const other = createServices({ db: t.db, secret: 'another', defaultPlan: 'free' });
    const token = /token=(\S+)/.exec(mailOf({}, {}, other).text)?.[1] ?? '';
    expect(readUnsubscribe(other, tenant.project.id, token)).not.toBeNull();
    expect(readUnsubscribe(t.core, tenant.project.id, token)).toBeNull();
  });
});
