import { PLAN_NAMES, PLANS } from '@reqbase/auth';
import { seedKey, seedProject, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

const today = (caller = me) => caller.usage.today({ projectId: tenant.project.id });
const history = (days?: number, caller = me) =>
  caller.usage.history({ projectId: tenant.project.slug, ...(days !== undefined && { days }) });
const call = (key: TestKey, projectId = tenant.project.id) => outcomeOf(callAs(core, key.credential).backlog.list({ projectId }));
const setPlan = (plan: (typeof PLAN_NAMES)[number] | null) =>
  core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan } });

describe('usage today', () => {
  it('is what the gate has counted, by all keys, and calls by people do not move it', async () => {
    const keys = [await seedKey(core, tenant), await seedKey(core, tenant, { projectId: null })];
    for (const key of [...keys, ...keys, ...keys.slice(1)]) expect(await call(key)).toBe('admitted');
    expect(await today()).toEqual({
      day: '2026-03-14',
      calls: 5,
      limit: 10_000,
      remaining: 9_995,
      resetsAt: '2026-03-15T00:00:00.000Z',
      plan: 'pro',
      tier: 'pro',
      callsPerMinute: 3_000,
    });
    expect((await today()).calls).toBe(5);
  });

  it('counts the call of a key that asks for it', async () => {
    const key = await callAsKey(core, tenant, { scopes: ['usage:read'] });
    expect([(await today(key)).calls, (await today(key)).calls]).toEqual([1, 2]);
  });

  it('is of this project and this UTC day only', async () => {
    const key = await seedKey(core, tenant, { projectId: null });
    const other = await seedProject(core, tenant.organization);
    core.clock.set('2026-03-14T23:59:59.999Z');
    await call(key);
    await call(key, other.id);
    expect(await today()).toMatchObject({ day: '2026-03-14', calls: 1, resetsAt: '2026-03-15T00:00:00.000Z' });
    core.clock.advance(1);
    expect(await today()).toMatchObject({ day: '2026-03-15', calls: 0, resetsAt: '2026-03-16T00:00:00.000Z' });
  });

  it.each(PLAN_NAMES)('on the plan %s shows the limits that the gate holds', async (plan) => {
    await setPlan(plan);
    await setUsed(core, { projectId: tenant.project.id, day: 10_001 });
    const { mcpCallsPerDay, callsPerMinute, tier } = PLANS[plan];
    expect(await today()).toMatchObject({
      plan,
      tier,
      callsPerMinute,
      calls: 10_001,
      limit: mcpCallsPerDay,
      remaining: mcpCallsPerDay === null ? null : Math.max(0, mcpCallsPerDay - 10_001),
    });
  });

  it('shows the installation’s plan for an organization without one', async () => {
    await setPlan(null);
    expect(await today()).toMatchObject({ plan: 'free', limit: 500, remaining: 500 });
  });

  it('has nothing left exactly when the gate lets nobody in', async () => {
    const key = await seedKey(core, tenant);
    await setUsed(core, { projectId: tenant.project.id, day: 9_999 });
    expect((await today()).remaining).toBe(1);
    expect(await call(key)).toBe('admitted');
    expect((await today()).remaining).toBe(0);
    expect(await call(key)).toBe('API_QUOTA_EXCEEDED');
    expect(await today()).toMatchObject({ calls: 10_000, remaining: 0 });
  });

  it('is for developers and above', async () => {
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } });
    expect([await outcomeOf(today()), await outcomeOf(history())]).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });
});

describe('the history of usage', () => {
  const add = (rows: readonly [day: string, principalId: string, calls: number][], projectId = tenant.project.id) =>
    core.db.prisma.usageKeyDay.createMany({
      data: rows.map(([day, principalId, calls]) => ({ projectId, day: new Date(day), principalId, calls })),
    });

  it('has every day of the span, those without calls too, today last', async () => {
    const { days, keys } = await history(3);
    expect(days).toEqual(['2026-03-12', '2026-03-13', '2026-03-14'].map((day) => ({ day, calls: 0, byKey: {} })));
    expect(keys).toEqual([]);
    expect((await history()).days).toHaveLength(30);
    expect((await history(30)).days.at(0)?.day).toBe('2026-02-13');
    expect((await history(1)).days).toEqual([{ day: '2026-03-14', calls: 0, byKey: {} }]);
  });

  it('crosses the change of the clocks without losing or doubling a day', async () => {
    core.clock.set('2026-03-30T00:30:00Z');
    expect((await history(4)).days.map(({ day }) => day)).toEqual(['2026-03-27', '2026-03-28', '2026-03-29', '2026-03-30']);
    core.clock.set('2026-03-01T23:59:59Z');
    expect((await history(3)).days.map(({ day }) => day)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
  });

  it('sums by day and by key, the busiest key first, and names a key that is gone', async () => {
    const [a, b, gone] = [
      await seedKey(core, tenant),
      await seedKey(core, tenant, { projectId: null }),
      await seedKey(core, tenant),
    ];
    await add([
      ['2026-03-11', a.id, 1_000],
      ['2026-03-12', a.id, 2],
      ['2026-03-12', b.id, 5],
      ['2026-03-14', a.id, 1],
      ['2026-03-14', gone.id, 4],
      ['2026-03-15', a.id, 1_000],
    ]);
    await core.db.prisma.apiKey.delete({ where: { id: gone.id } });
    expect(await history(3)).toEqual({
      keys: [
        { id: b.id, name: b.name, prefix: b.prefix, calls: 5 },
        { id: gone.id, name: 'Deleted key', prefix: null, calls: 4 },
        { id: a.id, name: a.name, prefix: a.prefix, calls: 3 },
      ],
      days: [
        { day: '2026-03-12', calls: 7, byKey: { [a.id]: 2, [b.id]: 5 } },
        { day: '2026-03-13', calls: 0, byKey: {} },
        { day: '2026-03-14', calls: 5, byKey: { [a.id]: 1, [gone.id]: 4 } },
      ],
    });
  });

  it('agrees with today, and with the calls that were let in', async () => {
    const key = await seedKey(core, tenant);
    for (let n = 0; n < 3; n++) await call(key);
    const last = (await history(2)).days.at(-1);
    expect(last).toEqual({ day: '2026-03-14', calls: 3, byKey: { [key.id]: 3 } });
    expect((await today()).calls).toBe(3);
  });

  it('is of this project only, and knows no key of another organization by name', async () => {
    const other = await seedTenant(core);
    const stranger = await seedKey(core, other);
    await add([['2026-03-14', stranger.id, 9]], other.project.id);
    expect((await history(1)).keys).toEqual([]);
    await add([['2026-03-14', stranger.id, 1]]);
    expect((await history(1)).keys).toEqual([{ id: stranger.id, name: 'Deleted key', prefix: null, calls: 1 }]);
  });

  it.each([0, 91, 1.5])('does not span %s days', async (days) => {
    expect(await outcomeOf(history(days))).toBe('BAD_REQUEST');
  });
});
