import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimIdempotency } from '../../idempotency.ts';
import { withIdempotency } from '../../services.ts';
import { type Caller, callAs, callAsUser, openTestCore, outcomeOf, refusalOf, runJobs, type TestCore } from '../../testing.ts';
import { seedRequester } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  t.outbox.length = 0;
  tenant = await seedTenant(t);
  me = callAsUser(t, tenant.user);
});

const send = (title = 'Dark mode is here', caller = me) =>
  caller.announcements.send({ projectId: tenant.project.id, title, body: 'Thank you for asking!' });
const sentOn = async (day: string) =>
  (
    await t.db.prisma.announcementDay.findUnique({
      where: { projectId_day: { projectId: tenant.project.id, day: new Date(day) } },
    })
  )?.sent ?? 0;

describe('an announcement', () => {
  it('goes to everyone who has used the widget, in app and by e-mail, and expires in 24 hours', async () => {
    await seedRequester(t, tenant, { email: 'ada@example.test' });
    await seedRequester(t, tenant, { kind: 'anonymous', identityMethod: 'none', externalId: null });
    await seedRequester(t, tenant, { identityMethod: 'api' });
    const sent = await send();
    expect(sent).toEqual({
      id: sent.id,
      title: 'Dark mode is here',
      body: 'Thank you for asking!',
      recipientCount: 2,
      channels: ['in_app', 'email'],
      createdAt: '2026-03-14T10:20:30.250Z',
      expiresAt: '2026-03-15T10:20:30.250Z',
    });
    await runJobs(t.core);
    expect(t.outbox.map(({ to, subject }) => [to, subject])).toEqual([['ada@example.test', 'Dark mode is here · Project']]);
    const entries = await t.db.prisma.auditEntry.findMany({ where: { projectId: tenant.project.id } });
    expect(entries.map(({ action, resourceId, diff }) => [action, resourceId, diff])).toEqual([
      ['announcement.sent', sent.id, { title: 'Dark mode is here' }],
    ]);
  });

  it('was sent at the instant that is stored, and expires 24 hours after it, however long it takes', async () => {
    let reads = 0;
    const clock = () => new Date(t.clock.now().getTime() + reads++);
    const slow = callAsUser({ core: { ...t.core, clock } }, tenant.user);
    const sent = await send('Dark mode is here', slow);
    expect(reads).toBeGreaterThan(1);
    expect(Date.parse(sent.expiresAt) - Date.parse(sent.createdAt)).toBe(24 * 3_600_000);
    expect((await me.announcements.list({ projectId: tenant.project.id })).items).toEqual([sent]);
  });

  it('is in the list of announcements and in the feed, also after it has expired', async () => {
    const first = await send('One');
    t.clock.advance(1_000);
    const second = await send('Two');
    t.clock.advance(25 * 3_600_000);
    const { items } = await me.announcements.list({ projectId: tenant.project.id });
    expect(items).toEqual([second, first]);
    const feed = await me.notifications.list({ projectId: tenant.project.id });
    expect(feed.items.map(({ id, type, audience, expiresAt }) => [id, type, audience, expiresAt])).toEqual([
      [second.id, 'announcement.sent', 'requesters', second.expiresAt],
      [first.id, 'announcement.sent', 'requesters', first.expiresAt],
    ]);
  });

  it.each([
    ['no title', { title: '  ' }],
    ['a title of 121 characters', { title: 'a'.repeat(121) }],
    ['no text', { body: '' }],
    ['a text of 2,001 characters', { body: 'a'.repeat(2_001) }],
    ['NUL in its text', { body: 'a\0' }],
  ])('with %s is refused, and none of the day’s', async (_what, change) => {
    const call = me.announcements.send({ projectId: tenant.project.id, title: 'a', body: 'b', ...change });
    expect(await outcomeOf(call)).toBe('BAD_REQUEST');
    expect(await sentOn('2026-03-14')).toBe(0);
  });

  it('is found by when it was sent', async () => {
    const { id, createdAt } = await send();
    t.clock.advance(1);
    const later = t.clock.now().toISOString();
    const found = async (filters: object) =>
      (await me.announcements.list({ projectId: tenant.project.id, ...filters })).items.map((item) => item.id);
    for (const filters of [{ createdBefore: later }, { updatedSince: createdAt }]) expect(await found(filters)).toEqual([id]);
    for (const filters of [{ createdAfter: createdAt }, { createdBefore: createdAt }, { updatedSince: later }])
      expect(await found(filters)).toEqual([]);
  });

  it('is not for keys that may only write, nor for viewers', async () => {
    for (const scopes of [['write'], ['notifications:read'], ['conversations:write']]) {
      const key = await seedKey(t, tenant, { scopes, projectId: null });
      expect(await outcomeOf(send('No', callAs(t, key.credential)))).toBe('INSUFFICIENT_SCOPE');
    }
    const key = await seedKey(t, tenant, { scopes: ['broadcasts:write'] });
    expect(await outcomeOf(send('Yes', callAs(t, key.credential)))).toBe('admitted');
    await t.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } });
    expect(await outcomeOf(send('No'))).toBe('FORBIDDEN');
  });
});

describe('three announcements a UTC day', () => {
  it('are exactly three, of twenty that are sent at once, and three again after midnight', async () => {
    await seedRequester(t, tenant);
    const refusal = { status: 429, code: 'ANNOUNCEMENT_LIMIT' } as const;
    const twenty = async () => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => outcomeOf(send(`Number ${n}`))));
      return [
        outcomes.filter((outcome) => outcome === 'admitted').length,
        outcomes.filter((outcome) => outcome === refusal.code).length,
      ];
    };
    t.clock.set('2026-03-14T23:59:59.999Z');
    expect(await twenty()).toEqual([3, 17]);
    expect(await refusalOf(send())).toMatchObject({ ...refusal, retryAfter: 1 });
    t.clock.advance(1);
    expect(await twenty()).toEqual([3, 17]);
    expect(await refusalOf(send())).toMatchObject({ ...refusal, retryAfter: 86_400 });
    expect([await sentOn('2026-03-14'), await sentOn('2026-03-15')]).toEqual([3, 3]);
    expect(await t.db.prisma.notification.count({ where: { projectId: tenant.project.id } })).toBe(6);
    expect(await t.db.prisma.notificationReceipt.count()).toBeGreaterThanOrEqual(6);
  }, 60_000);

  it('are each project’s own', async () => {
    for (let n = 0; n < 3; n++) await send();
    const other = await seedTenant(t);
    const there = callAsUser(t, other.user).announcements.send({ projectId: other.project.id, title: 'a', body: 'b' });
    expect(await outcomeOf(there)).toBe('admitted');
    expect(await outcomeOf(send())).toBe('ANNOUNCEMENT_LIMIT');
  });

  it('do not count one that was undone', async () => {
    const attempt = await claimIdempotency(t.db, t.core, {
      principalId: tenant.user.id,
      operation: 'POST /a',
      key: 'k',
      body: null,
    });
    if (attempt.kind !== 'claimed') throw new Error('the key was taken');
    await attempt.claim.release();
    const lost = callAs(t, { kind: 'session', userId: tenant.user.id }, { change: (ctx) => withIdempotency(ctx, attempt.claim) });
    expect(await outcomeOf(send('Lost', lost))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await sentOn('2026-03-14')).toBe(0);
    for (let n = 0; n < 3; n++) expect(await outcomeOf(send())).toBe('admitted');
  });

  it('are counted by UTC days, wherever the project is and whenever its summer begins', async () => {
    await t.db.prisma.project.update({ where: { id: tenant.project.id }, data: { timezone: 'Pacific/Auckland' } });
    for (const [at, retryAfter] of [
      ['2026-03-29T00:30:00Z', 84_600],
      ['2026-10-25T12:00:00Z', 43_200],
    ] as const) {
      t.clock.set(at);
      for (let n = 0; n < 3; n++) await send();
      expect((await refusalOf(send())).retryAfter).toBe(retryAfter);
    }
  });
});
