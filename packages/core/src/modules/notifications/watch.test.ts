import { toPublic } from '@reqbase/auth';
import { countersOf, recording, seedKey, seedProject, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices, type Services } from '../../services.ts';
import { openTestCore, type TestCore } from '../../testing.ts';
import { notificationJobs } from './jobs.ts';
import { publishIn, type TestWatch, tell, until, watch } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;
const open: TestWatch[] = [];

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  await Promise.all(open.splice(0).map((watched) => watched.leave()));
  t.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(t, { plan: 'scale' });
});

type Options = Parameters<typeof watch>[3] & { services?: Services; of?: Pick<TestTenant, 'project'> };

const me = () => ({ kind: 'session', userId: tenant.user.id }) as const;
function follow(
  credential: Parameters<typeof watch>[2] = me(),
  { services = t.core, of = tenant, ...options }: Options = {},
): TestWatch {
  const watched = watch(services, of, credential, options);
  open.push(watched);
  return watched;
}
const codeOf = async ({ ended }: TestWatch) => toPublic(await ended).code;
const idsOf = ({ updates }: TestWatch) => updates.map(({ id }) => id);
const kindsOf = ({ updates }: TestWatch) => updates.map(({ kind }) => kind);
/** Until all that there is has come to those who see everything. */
async function settled(...watched: TestWatch[]): Promise<void> {
  const feed = await t.db.prisma.liveFeed.findUnique({ where: { projectId: tenant.project.id } });
  await until(() => watched.every((one) => one.lastId() === String(feed?.seq ?? 0)));
}

describe('who watches', () => {
  it('begins at the present, and gets what is published from then on, in order', async () => {
    await publishIn(t, tenant);
    const watched = follow();
    await settled(watched);
    const notificationId = await tell(t, tenant);
    await publishIn(t, tenant, { kind: 'conversation', isPrivate: true });
    await settled(watched);
    expect(watched.updates).toEqual([
      { id: '1', kind: 'ready', conversationId: null, featureId: null, notificationId: null },
      { id: '2', kind: 'notification', conversationId: null, featureId: null, notificationId },
      { id: '3', kind: 'conversation', conversationId: null, featureId: null, notificationId: null },
    ]);
  });

  it('gets first, on coming back, what came in the meantime, however much', async () => {
    const first = follow();
    await settled(first);
    await first.leave();
    await t.db.script(`
      insert into live_feed values ('${tenant.project.id}', 450);
      insert into live_event (project_id, seq, kind, is_private, created_at)
      select '${tenant.project.id}', n, 'feature', false, now() from generate_series(1, 450) as n;`);
    const second = follow(me(), { lastEventId: first.lastId() });
    await settled(second);
    await publishIn(t, tenant);
    await settled(second);
    expect(idsOf(second)).toEqual(Array.from({ length: 451 }, (_, index) => String(index + 1)));
    expect(new Set(kindsOf(second))).toEqual(new Set(['feature']));
  });

  it('gets nothing of what was undone, and nothing of another project', async () => {
    const other = await seedTenant(t);
    const watched = follow();
    await settled(watched);
    await t.db.prisma
      .$transaction(async (tx) => {
        await tx.$executeRaw`insert into live_feed values (${tenant.project.id}::uuid, 1)`;
        throw new Error('undone');
      })
      .catch(() => {});
    await publishIn(t, other);
    await publishIn(t, tenant);
    await settled(watched);
    expect(idsOf(watched)).toEqual(['0', '1']);
  });

  it('is told to read everything anew when what came after is no longer kept', async () => {
    for (let n = 0; n < 3; n++) await publishIn(t, tenant);
    t.clock.advance(24 * 3_600_000 + 1);
    for (const job of notificationJobs) if (job.cron !== undefined) await job.run(t.core, {});
    const allGone = follow(me(), { lastEventId: '1' });
    await settled(allGone);
    await publishIn(t, tenant);
    const someGone = follow(me(), { lastEventId: '2' });
    await settled(allGone, someGone);
    expect([kindsOf(allGone), idsOf(allGone)]).toEqual([
      ['reset', 'feature'],
      ['3', '4'],
    ]);
    expect([kindsOf(someGone)[0], someGone.lastId()]).toEqual(['reset', '4']);
    const nothingGone = follow(me(), { lastEventId: '3' });
    await settled(nothingGone);
    expect(kindsOf(nothingGone)).toEqual(['feature']);
  });

  it.each(['7', '99999999999', 'abc', '-1', '1e3'])('with the id "%s", of no event, is told so too', async (lastEventId) => {
    await publishIn(t, tenant);
    const watched = follow(me(), { lastEventId });
    await settled(watched);
    await publishIn(t, tenant);
    await settled(watched);
    expect([kindsOf(watched), idsOf(watched)]).toEqual([
      ['reset', 'feature'],
      ['1', '2'],
    ]);
  });
});

describe('private events', () => {
  it('are only for who may read conversations', async () => {
    const scopes = ['notifications:read'];
    const blind = follow((await seedKey(t, tenant, { scopes })).credential);
    const seeing = follow((await seedKey(t, tenant, { scopes: [...scopes, 'conversations:read'] })).credential);
    await settled(blind, seeing);
    await publishIn(t, tenant, { isPrivate: true });
    await publishIn(t, tenant);
    await publishIn(t, tenant, { isPrivate: true });
    await publishIn(t, tenant);
    await settled(blind, seeing);
    expect([idsOf(blind), idsOf(seeing)]).toEqual([
      ['0', '2', '4'],
      ['0', '1', '2', '3', '4'],
    ]);
    const back = follow((await seedKey(t, tenant, { scopes })).credential, { lastEventId: '0' });
    await settled(back);
    expect(idsOf(back)).toEqual(['2', '4']);
  });

  it('stop coming to a key that has lost the scope', async () => {
    const key = await seedKey(t, tenant, { scopes: ['notifications:read', 'conversations:read'] });
    const watched = follow(key.credential);
    await settled(watched);
    await t.db.prisma.apiKey.update({ where: { id: key.id }, data: { scopes: [{ permission: 'notifications:read' }] } });
    await publishIn(t, tenant, { isPrivate: true });
    await publishIn(t, tenant);
    await settled(watched);
    expect(idsOf(watched)).toEqual(['0', '2']);
  });
});

describe('a stream ends with the refusal, and nothing that was published after it goes out, once', () => {
  const organizationMember = () => t.db.prisma.organizationMember;
  it.each<[string, string, () => Promise<unknown>]>([
    [
      'the member has been removed',
      'PROJECT_NOT_FOUND',
      () => organizationMember().deleteMany({ where: { userId: tenant.user.id } }),
    ],
    [
      'the project has been deleted',
      'PROJECT_NOT_FOUND',
      () => t.db.prisma.project.update({ where: { id: tenant.project.id }, data: { deletedAt: new Date() } }),
    ],
  ])('%s', async (_what, code, change) => {
    const watched = follow();
    await settled(watched);
    await change();
    await publishIn(t, tenant);
    expect(await codeOf(watched)).toBe(code);
    expect(kindsOf(watched)).toEqual(['ready']);
  });

  it.each<[string, string, (keyId: string) => Promise<unknown>]>([
    [
      'the key has been revoked',
      'API_KEY_REVOKED',
      (id) => t.db.prisma.apiKey.update({ where: { id }, data: { revokedAt: new Date() } }),
    ],
    ['the key has expired', 'API_KEY_EXPIRED', async () => t.clock.advance(3_600_001)],
    [
      'the scope has been taken away',
      'INSUFFICIENT_SCOPE',
      (id) => t.db.prisma.apiKey.update({ where: { id }, data: { scopes: [] } }),
    ],
    [
      'the plan has been lost',
      'PLAN_REQUIRED',
      () => t.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } }),
    ],
    ['its owner has been removed', 'FORBIDDEN', () => organizationMember().deleteMany({ where: { userId: tenant.user.id } })],
  ])('%s', async (_what, code, change) => {
    const expiresAt = new Date(t.clock.now().getTime() + 3_600_000);
    const key = await seedKey(t, tenant, { scopes: ['notifications:read'], expiresAt });
    const watched = follow(key.credential);
    await settled(watched);
    await change(key.id);
    await publishIn(t, tenant);
    expect(await codeOf(watched)).toBe(code);
    expect(kindsOf(watched)).toEqual(['ready']);
    const denials = await t.db.prisma.auditEntry.findMany({ where: { apiKeyId: key.id, outcome: 'denied' } });
    expect(denials.map((denial) => [denial.action, denial.code])).toEqual([['live.watch', code]]);
  });

  it('the session has ended, though nothing happens in the project', async () => {
    let isSignedIn = true;
    const watched = follow(me(), { credentialNow: async () => (isSignedIn ? me() : { kind: 'none' }) });
    await settled(watched);
    isSignedIn = false;
    expect(await codeOf(watched)).toBe('UNAUTHORIZED');
  });

  it('the database has failed, and one who comes back then misses nothing', async () => {
    let isFailing = false;
    const sql = {
      query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
        if (isFailing) return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
        return t.db.sql.query<Row>(text, values);
      },
    };
    const services = createServices({ db: { ...t.db, sql }, secret: TEST_SECRET, defaultPlan: 'free', clock: t.clock.now });
    const watched = follow(me(), { services });
    await settled(watched);
    isFailing = true;
    expect(await codeOf(watched)).toBe('UNAVAILABLE');
    await publishIn(t, tenant);
    isFailing = false;
    const back = follow(me(), { services, lastEventId: watched.lastId() });
    await settled(back);
    expect([idsOf(watched), idsOf(back)]).toEqual([['0'], ['1']]);
  });
});

describe('a watch', () => {
  it('is refused like any call to who may not', async () => {
    expect(await codeOf(follow({ kind: 'none' }))).toBe('UNAUTHORIZED');
    expect(await codeOf(follow((await seedKey(t, tenant, { scopes: ['backlog:read'] })).credential))).toBe('INSUFFICIENT_SCOPE');
    expect(await codeOf(follow(me(), { of: { project: { id: 'nothing', slug: 'nothing' } } }))).toBe('PROJECT_NOT_FOUND');
    expect(await codeOf(follow(me(), { lastEventId: 'a'.repeat(101) }))).toBe('BAD_REQUEST');
  });

  it('costs a key one call, however long it lasts', async () => {
    const key = await seedKey(t, tenant, { scopes: ['notifications:read'] });
    const watched = follow(key.credential);
    await settled(watched);
    for (let n = 0; n < 3; n++) {
      await publishIn(t, tenant);
      await settled(watched);
    }
    const counted = (await countersOf(t)).filter(({ counter }) => counter.includes(key.id));
    expect(counted.map(({ calls }) => calls)).toEqual([1, 1]);
  });

  it('is one of twenty that a person can have open, until one is left', async () => {
    const twenty = Array.from({ length: 20 }, () => follow());
    await settled(...twenty);
    const refused = follow();
    expect(toPublic(await refused.ended)).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 5 });
    const another = await seedTenant(t);
    await t.db.prisma.organizationMember.create({
      data: { orgId: tenant.organization.id, userId: another.user.id, role: 'viewer' },
    });
    const theirs = follow({ kind: 'session', userId: another.user.id });
    await settled(theirs);
    await twenty[0]?.leave();
    const late = follow();
    await settled(late);
    expect(await Promise.all([theirs.leave(), late.leave()])).toEqual([null, null]);
  });

  it('ends at once when the server stops, by no end of the stream’s own, and none begins then', async () => {
    const services = createServices({ db: t.db, secret: TEST_SECRET, defaultPlan: 'free', clock: t.clock.now });
    const watched = [follow(me(), { services }), follow(me(), { services })];
    await settled(...watched);
    services.live.close();
    for (const { ended } of watched) expect(await ended).toMatchObject({ name: 'AbortError' });
    expect(services.live.size()).toBe(0);
    expect(await codeOf(follow(me(), { services }))).toBe('UNAVAILABLE');
  });

  it('costs the database one statement a tick for all that this process watches, and none when nobody does', async () => {
    const sql = recording(t.db.sql);
    const services = createServices({ db: { ...t.db, sql }, secret: TEST_SECRET, defaultPlan: 'free', clock: t.clock.now });
    const follows = () => sql.statements.filter((text) => text.includes('unnest')).length;
    const other = await seedProject(t, tenant.organization);
    const watched = [follow(me(), { services }), follow(me(), { services }), follow(me(), { services, of: { project: other } })];
    await until(() => watched.every(({ updates }) => updates.length === 1));
    const before = { follows: follows(), all: sql.statements.length };
    await new Promise((resolve) => setTimeout(resolve, 1_700));
    expect(follows() - before.follows).toBeLessThanOrEqual(4);
    expect(sql.statements.length - before.all).toBe(follows() - before.follows);
    await Promise.all(watched.map((one) => one.leave()));
    expect(services.live.size()).toBe(0);
    sql.statements.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(sql.statements).toEqual([]);
  });
});
