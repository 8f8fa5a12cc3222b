import { seedTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { ingest } from './testing.ts';
import { endpointOf, scanOf } from './testing-scan.ts';

let core: TestCore;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());

it('endpoints are searched by path, operation id and summary, each for itself and whatever the case', async () => {
  const tenant = await seedTenant(core);
  const endpoints = [
    endpointOf({ path: '/cards/{id}', operationId: 'getCard', summary: 'One of 100% plastic' }),
    endpointOf({ path: '/charges', operationId: null, summary: null }),
  ];
  const { serviceId: id } = await ingest(core, tenant, scanOf({ endpoints }));
  const me = callAsUser(core, tenant.user);
  const found = async (q: string) =>
    (await me.services.endpoints({ organizationId: tenant.organization.id, id, q })).items.map(({ path }) => path);
  for (const q of ['/CARDS/{', 'getcard', '100% PLASTIC']) expect(await found(q)).toEqual(['/cards/{id}']);
  expect(await found('')).toEqual(['/cards/{id}', '/charges']);
  for (const none of ['} get', 'card one', '100_']) expect(await found(none)).toEqual([]);
});
