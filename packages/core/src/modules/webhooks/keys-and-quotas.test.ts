import { randomUUID } from 'node:crypto';
import { PLANS } from '@reqbase/auth';
import { seedKey, seedProject, seedTenant, setUsed, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, runJobs, type TestCore } from '../../testing.ts';
import { reportLeakedKey } from '../api-keys/report-leak.ts';
import { webhookJobs } from './rounds.ts';
import { seedWebhook } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core, { plan: 'pro' });
  await seedWebhook(core, tenant, { createdAt: new Date('2026-01-01') });
});

const LIMIT = PLANS.pro.callsPerDay ?? 0;
const DAY_MS = 86_400_000;
const toldTo = async (projectId: string) => {
  const rows = await core.db.prisma.webhookEvent.findMany({ where: { projectId }, orderBy: { id: 'asc' } });
  return rows.map(({ body }) => JSON.parse(body) as { event: string; data: any });
};
const namesTo = async (projectId: string) => (await toldTo(projectId)).map(({ event }) => event);
const round = (name: string) => runJobs(core.core, { withScheduled: true, jobs: webhookJobs.filter((job) => job.name === name) });

describe('a quota', () => {
  const used = (day: number) => setUsed(core, { projectId: tenant.project.id, day });
  const call = (caller: Caller) => outcomeOf(caller.backlog.list({ projectId: tenant.project.id, limit: 1 }));
  const calls = (caller: Caller, count: number) => Promise.all(Array.from({ length: count }, () => call(caller)));

  it.each([
    ['quota.reached_80', LIMIT * 0.8 - 10, ['quota.reached_80']],
    ['quota.reached_100', LIMIT - 10, ['quota.reached_80', 'quota.reached_100']],
  ])('is told of by %s exactly once, by fifty calls at once', async (_event, before, told) => {
    await used(before);
    await calls(await callAsKey(core, tenant), 50);
    expect(await namesTo(tenant.project.id)).toEqual(told);
    await calls(await callAsKey(core, tenant), 5);
    expect(await namesTo(tenant.project.id)).toEqual(told);
  });

  it('is told of once by several processes, and not before it is reached', async () => {
    await used(LIMIT * 0.8 - 2);
    const { credential } = await seedKey(core, tenant);
    const processes = [1, 2, 3].map(() =>
      callAs(
        { core: createServices({ db: core.db, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now }) },
        credential,
      ),
    );
    const [first] = processes;
    if (first === undefined) throw new Error('no process');
    await call(first);
    expect(await toldTo(tenant.project.id)).toEqual([]);
    await Promise.all(processes.flatMap((caller) => [call(caller), call(caller)]));
    expect(await toldTo(tenant.project.id)).toMatchObject([
      {
        event: 'quota.reached_80',
        data: { day: '2026-03-14', limit: LIMIT, resets_at: '2026-03-15T00:00:00.000Z' },
      },
    ]);
  });

  it('is told of again on another day', async () => {
    const caller = await callAsKey(core, tenant);
    await used(LIMIT * 0.8 - 1);
    await call(caller);
    core.clock.advance(DAY_MS);
    await call(caller);
    expect(await namesTo(tenant.project.id)).toEqual(['quota.reached_80']);
    await used(LIMIT * 0.8 - 1);
    await call(caller);
    expect(await namesTo(tenant.project.id)).toEqual(['quota.reached_80', 'quota.reached_80']);
  });

  it('is told of by a later call when the one that crossed the mark was killed before it told, or by the round of the jobs', async () => {
    await used(LIMIT * 0.8 + 1);
    await call(await callAsKey(core, tenant));
    expect(await namesTo(tenant.project.id)).toEqual(['quota.reached_80']);

    const other = await seedTenant(core, { plan: 'pro' });
    await seedWebhook(core, other, { events: ['quota.*'] });
    await setUsed(core, { projectId: other.project.id, day: LIMIT });
    core.clock.set('2026-03-15T00:00:05Z');
    await round('webhooks.tell_quotas');
    await round('webhooks.tell_quotas');
    expect(await toldTo(other.project.id)).toMatchObject([
      { event: 'quota.reached_80', data: { day: '2026-03-14', calls: LIMIT } },
      { event: 'quota.reached_100', data: { day: '2026-03-14' } },
    ]);
  });

  it('is not told of to a webhook of after it', async () => {
    const other = await seedTenant(core, { plan: 'pro' });
    const caller = await callAsKey(core, other);
    await setUsed(core, { projectId: other.project.id, day: LIMIT * 0.8 });
    const ask = () => outcomeOf(caller.backlog.list({ projectId: other.project.id, limit: 1 }));
    await ask();
    await seedWebhook(core, other);
    await ask();
    await round('webhooks.tell_quotas');
    expect(await toldTo(other.project.id)).toEqual([]);
  });
});

describe('a key that expires', () => {
  const inDays = (days: number) => new Date(core.clock.now().getTime() + days * DAY_MS);

  it('is told of seven days before, once; an organization’s in all of its projects', async () => {
    const other = await seedProject(core, tenant.organization);
    await seedWebhook(core, { project: other }, { events: ['api_key.*'], createdAt: new Date('2026-01-01') });
    const elsewhere = await seedTenant(core);
    await seedWebhook(core, elsewhere);
    const own = await seedKey(core, tenant, { expiresAt: inDays(8) });
    const ofAll = await seedKey(core, tenant, { expiresAt: inDays(9), projectId: null });
    await seedKey(core, tenant, { expiresAt: inDays(8), revokedAt: core.clock.now() });
    await seedKey(core, tenant, { expiresAt: inDays(-1) });
    await seedKey(core, tenant);
    const expiring = async (projectId: string) => (await toldTo(projectId)).map(({ data }) => data.id);
    await round('webhooks.tell_expiring');
    expect([await expiring(tenant.project.id), await expiring(other.id)]).toEqual([[], []]);
    core.clock.advance(DAY_MS);
    await round('webhooks.tell_expiring');
    await round('webhooks.tell_expiring');
    expect([await expiring(tenant.project.id), await expiring(other.id)]).toEqual([[own.id], []]);
    core.clock.advance(DAY_MS);
    await round('webhooks.tell_expiring');
    expect(await expiring(tenant.project.id)).toEqual([own.id, ofAll.id]);
    expect(await expiring(other.id)).toEqual([ofAll.id]);
    expect(await toldTo(elsewhere.project.id)).toEqual([]);
    expect((await toldTo(other.id))[0]).toMatchObject({
      event: 'api_key.expiring',
      data: { kind: 'organization', prefix: ofAll.prefix, status: 'active' },
    });
  });

  it('and is prolonged is told of before its new end too', async () => {
    const { id } = await seedKey(core, tenant, { expiresAt: inDays(5) });
    await round('webhooks.tell_expiring');
    await core.db.prisma.apiKey.update({ where: { id }, data: { expiresAt: inDays(6) } });
    await round('webhooks.tell_expiring');
    await round('webhooks.tell_expiring');
    expect(await namesTo(tenant.project.id)).toEqual(['api_key.expiring', 'api_key.expiring']);
  });
});

it('a key of an organization is told of in its projects that have a webhook for it, and in no other organization', async () => {
  const other = await seedProject(core, tenant.organization);
  await seedWebhook(core, { project: other }, { events: ['api_key.created'] });
  const quiet = await seedProject(core, tenant.organization);
  await seedWebhook(core, { project: quiet }, { events: ['conversation.*'] });
  const owner = callAsUser(core, tenant.user);
  await owner.organizationKeys.create({ organizationId: tenant.organization.id, name: randomUUID(), scopes: ['backlog:read'] });
  expect([await namesTo(tenant.project.id), await namesTo(other.id), await namesTo(quiet.id)]).toEqual([
    ['api_key.created'],
    ['api_key.created'],
    [],
  ]);
});

it('a rotation tells of the key that takes the place, and not that the former one ends', async () => {
  const { id } = await seedKey(core, tenant);
  const rotated = await callAsUser(core, tenant.user).apiKeys.rotate({ projectId: tenant.project.id, id });
  await round('webhooks.tell_expiring');
  const told = await toldTo(tenant.project.id);
  expect(told).toMatchObject([{ event: 'api_key.rotated', data: { id: rotated.id, replaces: { id } } }]);
  expect(JSON.stringify(told)).not.toContain(rotated.rawKey);
});

it('a key that is reported as leaked is told of as revoked, with the reason', async () => {
  const { id, raw } = await seedKey(core, tenant);
  await reportLeakedKey(core.core, { requestId: 'req_leaked', ip: null, userAgent: null }, raw);
  expect(await toldTo(tenant.project.id)).toMatchObject([
    { event: 'api_key.revoked', data: { id, status: 'revoked', revoked_reason: 'leaked' } },
  ]);
});
