import { seedTenant, TEST_SECRET } from '@reqbase/auth/testing';
import { openDatabase } from '@reqbase/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServices, type Services } from '../../services.ts';
import { openTestCore, type TestCore } from '../../testing.ts';
import { pollDevice } from './poll.ts';
import { askAndAllow, askForCodes } from './testing.ts';

// Two installations over one database, each with connections of its own, as two processes have.

let core: TestCore & { db: { url?: string } };
let other: Services;
beforeAll(async () => {
  core = await openTestCore('postgres');
  const db = await openDatabase({ url: core.db.url ?? '', poolSize: 8 });
  other = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
});
afterAll(async () => {
  await other.access.db.close();
  await core.db.close();
});

const call = { requestId: 'req_of_the_device', ip: null, userAgent: null };
const pollBoth = async (deviceCode: string) =>
  (await Promise.all(Array.from({ length: 20 }, (_, n) => pollDevice(n % 2 === 0 ? core.core : other, call, deviceCode)))).map(
    ({ outcome }) => outcome,
  );

it('of twenty polls at once by two processes one gets the key, and there is no other', async () => {
  for (let round = 0; round < 5; round++) {
    const tenant = await seedTenant(core);
    const { device_code } = await askAndAllow(core, tenant);
    expect((await pollBoth(device_code)).toSorted()).toEqual([...Array(19).fill('expired'), 'granted']);
    expect(await core.db.prisma.apiKey.count({ where: { orgId: tenant.organization.id } })).toBe(1);
    expect(await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id, action: 'api_key.created' } })).toBe(
      1,
    );
  }
});

it('of twenty polls at once that wait one is in time', async () => {
  const { device_code } = await askForCodes(core);
  expect((await pollBoth(device_code)).toSorted()).toEqual(['pending', ...Array(19).fill('too early')]);
});
