import { randomUUID } from 'node:crypto';
import { PLANS } from '@reqbase/auth';
import { countersOf, seedKey, seedProject, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
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

const explain = (key: Pick<TestKey, 'id'>, caller = me) =>
  caller.apiKeys.explain({ projectId: tenant.project.slug, id: key.id, scope: 'status:write' });
/** What a call of that scope then comes to; NO_FEATURE stands for having passed every gate. */
const really = (key: TestKey) =>
  outcomeOf(
    callAs(core, key.credential).backlog.changeStatus({ projectId: tenant.project.id, id: randomUUID(), status: 'COMPLETED' }),
  );
const organization = () => core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });

describe('an explanation', () => {
  it.each<[string, string, Parameters<typeof seedKey>[2], ((key: TestKey) => Promise<unknown>)?]>([
    ['passes every gate', 'FEATURE_NOT_FOUND', {}],
    ['says that the key is revoked', 'API_KEY_REVOKED', { revokedAt: new Date(0) }],
    ['says that the key has expired', 'API_KEY_EXPIRED', { expiresAt: new Date(0) }],
    ['says that the address may not use it', 'IP_NOT_ALLOWED', { allowedIps: ['203.0.113.0/24'] }],
    ['says which scope is missing', 'INSUFFICIENT_SCOPE', { scopes: ['backlog:read'] }],
    ['says that the role does not suffice', 'FORBIDDEN', { serviceAccount: { role: 'viewer' } }],
    ['says that the plan is lost', 'PLAN_REQUIRED', {}, organization],
    [
      'says that the minute is used up',
      'RATE_LIMITED',
      {},
      ({ id }) => setUsed(core, { keyId: id, minute: PLANS.pro.callsPerMinute }),
    ],
    [
      'says that the day is used up',
      'API_QUOTA_EXCEEDED',
      {},
      () => setUsed(core, { projectId: tenant.project.id, day: PLANS.pro.callsPerDay ?? 0 }),
    ],
  ])('%s (%s), as the call then does, and moves nothing', async (_what, code, options, prepare) => {
    const key = await seedKey(core, tenant, { scopes: ['status:write'], ...options });
    await prepare?.(key);
    const before = [await countersOf(core), await core.db.prisma.auditEntry.findMany()];
    const { isAllowed, gates, scope } = await explain(key);
    expect([await countersOf(core), await core.db.prisma.auditEntry.findMany()]).toEqual(before);
    expect([scope, gates.map(({ gate }) => gate)]).toEqual([
      'status:write',
      ['credential', 'tenant', 'scope', 'plan', 'role', 'rate', 'quota'],
    ]);
    const refusing = gates.filter(({ outcome }) => outcome === 'refused');
    expect(isAllowed).toBe(refusing.length === 0);
    expect(refusing.map((gate) => gate.code)).toEqual(code === 'FEATURE_NOT_FOUND' ? [] : [code]);
    for (const { outcome, message } of gates) expect(message !== null).toBe(outcome === 'refused');
    expect(await really(key)).toBe(code);
  });

  it('says of which services, environments and workflows a scope is allowed, as the key itself is told', async () => {
    const [serviceId, environmentId] = [randomUUID(), randomUUID()];
    const bound = [
      { permission: 'admin', serviceId },
      { permission: 'scans:read', environmentId },
    ];
    const key = await seedKey(core, tenant, { scopes: bound, projectId: null });
    const asked = async (scope: 'scans:read' | 'services:read' | 'status:write') => {
      const [{ id: projectId }, { id: organizationId }] = [tenant.project, tenant.organization];
      const told = await me.apiKeys.explain({ projectId, id: key.id, scope });
      const own = callAs(core, key.credential).apiKeys;
      for (const where of [{ projectId }, { organizationId }])
        expect(await own.explainOwn({ scope, ...where })).toMatchObject({ isAllowed: told.isAllowed, reach: told.reach });
      return [told.isAllowed, told.reach];
    };
    const service = { serviceId, environmentId: null, workflowId: null };
    expect(await asked('services:read')).toEqual([true, [service]]);
    expect(await asked('scans:read')).toEqual([true, [service, { ...service, serviceId: null, environmentId }]]);
    expect(await asked('status:write')).toEqual([false, null]);
    const free = await seedKey(core, tenant, { scopes: ['services:read'] });
    const told = await me.apiKeys.explain({ projectId: tenant.project.id, id: free.id, scope: 'services:read' });
    expect([told.isAllowed, told.reach]).toEqual([true, null]);
  });

  it('is given of the organization’s keys too, and of no other', async () => {
    expect(await explain(await seedKey(core, tenant, { scopes: ['status:write'], projectId: null }))).toMatchObject({
      isAllowed: true,
    });
    const other = await seedTenant(core);
    const strangers = [
      await seedKey(core, tenant, { projectId: (await seedProject(core, tenant.organization)).id }),
      await seedKey(core, other, { projectId: null }),
      await seedKey(core, other),
      { id: randomUUID() },
    ];
    for (const key of strangers) expect(await outcomeOf(explain(key))).toBe('API_KEY_NOT_FOUND');
  });

  it('is for who may see the keys', async () => {
    const key = await seedKey(core, tenant, { scopes: ['status:write'] });
    expect(await outcomeOf(explain(key, await callAsKey(core, tenant, { scopes: ['keys:read'] })))).toBe('admitted');
    expect(await outcomeOf(explain(key, await callAsKey(core, tenant, { scopes: ['status:write'] })))).toBe('INSUFFICIENT_SCOPE');
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'admin' } });
    expect(await outcomeOf(explain(key))).toBe('FORBIDDEN');
  });
});
