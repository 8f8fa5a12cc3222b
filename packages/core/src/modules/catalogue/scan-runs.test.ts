import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { ingest, seedService } from './testing.ts';
import { endpointOf, scanOf } from './testing-scan.ts';

let core: TestCore;
let tenant: TestTenant;
let stranger: TestTenant;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  [tenant, stranger] = [await seedTenant(core, { plan: 'pro' }), await seedTenant(core, { plan: 'pro' })];
});

const of = ({ organization }: TestTenant = tenant) => ({ organizationId: organization.id });

describe('the endpoints of a scan run', () => {
  it('are those that were sent, in their order, also when a later scan has others', async () => {
    const me = callAsUser(core, tenant.user);
    const endpoints = [endpointOf({ path: '/b', deprecated: true }), endpointOf({ path: '/a', fingerprint: 'f' })];
    const first = await ingest(core, tenant, scanOf({ endpoints }));
    await ingest(core, tenant, scanOf({ endpoints: [] }));
    expect((await me.scans.endpoints({ ...of(), id: first.id })).items).toEqual(endpoints);
  });

  it('are told to nobody else', async () => {
    const { id } = await ingest(core, tenant);
    expect(await outcomeOf(callAsUser(core, stranger.user).scans.endpoints({ ...of(stranger), id }))).toBe('SCAN_RUN_NOT_FOUND');
    const reader = await callAsKey(core, tenant, { scopes: ['scans:read'], projectId: null });
    expect(await outcomeOf(reader.scans.endpoints({ ...of(), id }))).toBe('INSUFFICIENT_SCOPE');
  });
});

it('the endpoints of a scan run are within the reach of a key that is bound to its service alone', async () => {
  const own = await ingest(core, tenant);
  const other = await ingest(core, tenant, scanOf({ service: { name: 'Search API' } }));
  const scopes = ['scans:read', 'endpoints:read'].map((permission) => ({ permission, serviceId: own.serviceId }));
  const key = await callAsKey(core, tenant, { scopes, projectId: null });
  expect((await key.scans.endpoints({ ...of(), id: own.id })).items).toHaveLength(1);
  expect(await outcomeOf(key.scans.endpoints({ ...of(), id: other.id }))).toBe('SCAN_RUN_NOT_FOUND');
});

describe('the organization of a scan run', () => {
  const locate = (user: { id: string }, id: string) => callAsUser(core, user).scans.locate({ id });

  it('is told to a member, in whichever of several organizations it is', async () => {
    const { id } = await ingest(core, tenant);
    const { id: theirs } = await ingest(core, stranger);
    const membership = { orgId: stranger.organization.id, userId: tenant.user.id, role: 'viewer' as const };
    await core.db.prisma.organizationMember.create({ data: membership });
    expect(await locate(tenant.user, id)).toEqual({
      organizationId: tenant.organization.id,
      organizationSlug: tenant.organization.slug,
    });
    expect((await locate(tenant.user, theirs)).organizationId).toBe(stranger.organization.id);
  });

  it('does not exist for who has no part in the organization, or in a project of it alone', async () => {
    const { id } = await ingest(core, tenant);
    expect(await outcomeOf(locate(stranger.user, id))).toBe('SCAN_RUN_NOT_FOUND');
    const membership = { projectId: tenant.project.id, userId: stranger.user.id, role: 'admin' as const };
    await core.db.prisma.projectMember.create({ data: membership });
    expect(await outcomeOf(locate(stranger.user, id))).toBe('SCAN_RUN_NOT_FOUND');
    expect(await outcomeOf(locate(tenant.user, stranger.organization.id))).toBe('SCAN_RUN_NOT_FOUND');
  });

  it('is not for keys, which have but one', async () => {
    const { id } = await ingest(core, tenant);
    const key = await callAsKey(core, tenant, { scopes: ['admin'], projectId: null });
    expect(await outcomeOf(key.scans.locate({ id }))).toBe('FORBIDDEN');
  });
});

it('a service tells when it was scanned last, whatever was changed of it since', async () => {
  const me = callAsUser(core, tenant.user);
  const { serviceId, createdAt } = await ingest(core, tenant);
  core.clock.advance(60_000);
  await me.services.update({ ...of(), id: serviceId, ownerTeam: 'Payments' });
  expect((await me.services.get({ ...of(), id: serviceId })).latestScanAt).toBe(createdAt);
  const never = await seedService(core, tenant);
  expect((await me.services.get({ ...of(), id: never })).latestScanAt).toBeNull();
});
