import { seedKey, seedTenant, seedToken, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callAs, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';
import { seedConnectedApp } from './testing.ts';

let core: TestCore;
/** Its person is the project’s owner, and nobody in its organization. */
let tenant: TestTenant;
let other: { id: string; name: string };
let own: string;
let others: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'pro', organizationRole: null, projectRole: 'owner' });
  other = await seedPerson(core, tenant, { project: 'admin' });
  own = (await seedConnectedApp(core, tenant)).id;
  others = (await seedConnectedApp(core, { ...tenant, user: other })).id;
});

const ofProject = () => ({ projectId: tenant.project.id });
const person = (user: { id: string } = tenant.user) => callAsUser(core, user);
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id).toSorted();
const transfer = () => person().members.transferOwnership({ ...ofProject(), id: other.id });

describe('who may let in no apps any more', () => {
  it('lists the apps that act in their own name, and no others', async () => {
    await transfer();
    expect(await outcomeOf(person().connectedApps.list(ofProject()))).toBe('FORBIDDEN');
    expect(idsOf(await person().connectedApps.listOwn(ofProject()))).toEqual([own]);
  });

  it.each(['viewer', 'developer', 'admin'] as const)('disconnects their own as a %s, and no other', async (role) => {
    await transfer();
    await core.db.prisma.projectMember.updateMany({ where: { ...ofProject(), userId: tenant.user.id }, data: { role } });
    const revoke = (id: string) => outcomeOf(person().connectedApps.revokeOwn({ ...ofProject(), id }));
    expect([await revoke(others), await revoke(own), await revoke(own)]).toEqual([
      'CONNECTED_APP_NOT_FOUND',
      'admitted',
      'CONNECTED_APP_NOT_FOUND',
    ]);
    const left = await core.db.prisma.oAuthGrant.findMany({ where: ofProject(), select: { id: true } });
    expect(left).toEqual([{ id: others }]);
    const entry = await core.db.prisma.auditEntry.findFirst({ where: { resourceId: own }, orderBy: { seq: 'desc' } });
    expect(entry).toMatchObject({ action: 'connected_app.revoked', actorId: tenant.user.id, outcome: 'allowed' });
  });

  it('does neither in a project that they have no part in', async () => {
    const stranger = (await seedTenant(core)).user;
    expect(await outcomeOf(person(stranger).connectedApps.listOwn(ofProject()))).toBe('PROJECT_NOT_FOUND');
    expect(await outcomeOf(person(stranger).connectedApps.revokeOwn({ ...ofProject(), id: own }))).toBe('PROJECT_NOT_FOUND');
  });
});

it('their own apps are disconnected by people in person, by none of their keys and by no app; an app sees itself alone', async () => {
  const token = await seedToken(core, tenant, { scopes: ['backlog:read'] });
  const key = await seedKey(core, tenant, { scopes: ['admin'] });
  for (const { credential } of [key, token])
    expect(await outcomeOf(callAs(core, credential).connectedApps.revokeOwn({ ...ofProject(), id: own }))).toBe('FORBIDDEN');
  expect(idsOf(await callAs(core, token.credential).connectedApps.listOwn(ofProject()))).toEqual([token.id]);
  expect(idsOf(await callAs(core, key.credential).connectedApps.listOwn(ofProject()))).toEqual([]);
});

it('a cursor of one’s own apps is none of all apps, nor of another person’s', async () => {
  await seedConnectedApp(core, tenant);
  await seedConnectedApp(core, { ...tenant, user: other });
  const { nextCursor: cursor } = await person().connectedApps.listOwn({ ...ofProject(), limit: 1 });
  if (cursor === null) throw new Error('no second page');
  expect(await outcomeOf(person().connectedApps.list({ ...ofProject(), cursor }))).toBe('INVALID_CURSOR');
  expect(await outcomeOf(person(other).connectedApps.listOwn({ ...ofProject(), cursor }))).toBe('INVALID_CURSOR');
});

it('a transfer of the ownership ends no app: the new owner sees it and disconnects it', async () => {
  await transfer();
  expect(idsOf(await person(other).connectedApps.list(ofProject()))).toEqual([own, others].toSorted());
  await person(other).connectedApps.revoke({ ...ofProject(), id: own });
  expect(idsOf(await person().connectedApps.listOwn(ofProject()))).toEqual([]);
});
