import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { keyCredential } from '../../services.ts';
import { callAs, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { holdOpen, waiting } from '../../testing-locks.ts';

let core: TestCore;
let tenant: TestTenant;
let organizationId: string;
beforeAll(async () => {
  core = await openTestCore('postgres');
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
  organizationId = tenant.organization.id;
});

const holding = (raw: string) => callAs(core, keyCredential(raw));
const seedRoot = () => seedKey(core, tenant, { scopes: ['keys:admin'], projectId: null });
const make = (raw: string) => holding(raw).organizationKeys.create({ organizationId, name: 'A', scopes: ['keys:admin'] });
const use = (raw: string) => outcomeOf(holding(raw).members.me({}));
const revoke = (id: string) => callAsUser(core, tenant.user).organizationKeys.revoke({ organizationId, id });
/** Another one at work on the key: whatever would change it waits. */
const hold = (id: string) => holdOpen(core, (tx) => tx.$queryRaw`select from api_key where id = ${id}::uuid for no key update`);

it('a key that is being made while the one above is revoked is not made', async () => {
  const root = await seedRoot();
  const held = await hold(root.id);
  const revoked = revoke(root.id);
  await waiting(core, 1);
  const made = outcomeOf(make(root.raw));
  await waiting(core, 2);
  await held.commit();
  await revoked;
  expect(await made).toBe('API_KEY_REVOKED');
  expect(await core.db.prisma.apiKey.count({ where: { parentKeyId: root.id } })).toBe(0);
});

it('a key that is made while one further above is revoked dies with it', async () => {
  const root = await seedRoot();
  const child = await make(root.raw);
  // The key above holds still while another one is made with it; the revocation has to wait there.
  const held = await holdOpen(core, async (tx) => {
    await tx.$queryRaw`select from api_key where id = ${child.id}::uuid for share`;
    await tx.apiKey.create({
      data: {
        ...(await tx.apiKey.findUniqueOrThrow({ where: { id: child.id }, omit: { id: true, publicId: true, scopes: true } })),
        ...{ id: core.core.newId(), publicId: 'made-in-time', scopes: [], parentKeyId: child.id },
      },
    });
  });
  const revoked = revoke(root.id);
  await waiting(core, 1);
  await held.commit();
  await revoked;
  expect(await core.db.prisma.apiKey.count({ where: { orgId: organizationId, revokedAt: null } })).toBe(0);
});

it('of keys that are made, rotated and revoked all at once, none lives on beneath one that is dead', async () => {
  for (let round = 0; round < 5; round++) {
    const root = await seedRoot();
    const [left, right] = [await make(root.raw), await make(root.raw)];
    const deep = await make(left.rawKey);
    const rotated = callAsUser(core, tenant.user).organizationKeys.rotate({ organizationId, id: left.id, overlapHours: 24 });
    const revoked = revoke(root.id);
    const made = [left, right, deep, left, deep].map(({ rawKey }) => make(rawKey));
    const outcomes = await Promise.allSettled([rotated, ...made]);
    await revoked;
    const later = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const { rawKey } of [left, right, deep, ...later]) expect(await use(rawKey)).toBe('API_KEY_REVOKED');
  }
});
