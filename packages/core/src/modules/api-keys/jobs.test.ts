import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { callAsUser, openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';

let core: TestCore;
let tenant: TestTenant;
const DAY_MS = 86_400_000;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  await core.db.prisma.apiKey.deleteMany();
  core.outbox.length = 0;
  tenant = await seedTenant(core);
});

/** A key of 90 days that has as many left. */
async function seedExpiring(daysLeft: number, options: Parameters<typeof seedKey>[2] = {}, daysInAll = 90) {
  const expiresAt = new Date(core.clock.now().getTime() + daysLeft * DAY_MS);
  const key = await seedKey(core, tenant, { expiresAt, ...options });
  const createdAt = new Date(expiresAt.getTime() - daysInAll * DAY_MS);
  await core.db.prisma.apiKey.update({ where: { id: key.id }, data: { createdAt } });
  return key;
}
const run = () => runJobs(core.core, { withScheduled: true });

it('tells the owner of a key a week before it ends, once', async () => {
  const key = await seedExpiring(8);
  await run();
  expect(core.outbox).toEqual([]);
  core.clock.advance(DAY_MS);
  await run();
  expect(core.outbox).toMatchObject([
    { to: `${tenant.user.id}@example.test`, subject: `API key "${key.name}" ends on 2026-03-22` },
  ]);
  expect(core.outbox[0]?.text).toContain('2026-03-22 10:20 UTC');
  expect(core.outbox[0]?.text).toContain(`/projects/${tenant.project.slug}/api-keys`);
  for (let day = 0; day < 8; day++) {
    core.clock.advance(DAY_MS);
    await run();
  }
  expect(core.outbox).toHaveLength(1);
});

it('tells the owners and admins of a service account’s', async () => {
  await seedExpiring(3, { projectId: null, serviceAccount: { role: 'viewer' } });
  const admin = await seedPerson(core, tenant, { organization: 'admin' });
  await run();
  expect(core.outbox.map(({ to }) => to).toSorted()).toEqual(
    [tenant.user.id, admin.id].map((id) => `${id}@example.test`).toSorted(),
  );
});

it('says nothing of a key that has ended, has been rotated, or was made for no longer than a week', async () => {
  await seedExpiring(0);
  await seedExpiring(3, { revokedAt: core.clock.now() });
  await seedExpiring(3, {}, 7);
  const rotated = await seedExpiring(20);
  await callAsUser(core, tenant.user).apiKeys.rotate({ projectId: tenant.project.id, id: rotated.id, overlapHours: 168 });
  await run();
  expect(core.outbox).toEqual([]);
});

it('tells of more keys than go into one batch', async () => {
  for (let count = 0; count < 101; count++) await seedExpiring(3);
  await run();
  expect(core.outbox).toHaveLength(101);
}, 60_000);
