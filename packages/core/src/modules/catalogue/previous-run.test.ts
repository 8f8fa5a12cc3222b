import { seedTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { differenceOf } from './difference.ts';
import { endpointIdentity } from './identity.ts';
import type { NormalizedEndpoint } from './ingest-schema.ts';
import { ingest } from './testing.ts';
import { endpointOf, scanOf } from './testing-scan.ts';

let core: TestCore;
/** With a key that is bound to the environment in which `takeIn` takes scans. */
let list: (limit: number) => ReturnType<Caller['services']['scanRuns']>;
let takeIn: (endpoints: NormalizedEndpoint[]) => Promise<string>;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  const tenant = await seedTenant(core, { plan: 'pro' });
  const organizationId = tenant.organization.id;
  const { serviceId: id } = await ingest(core, tenant);
  const environment = await callAsUser(core, tenant.user).services.createEnvironment({ organizationId, id, name: 'staging' });
  const scopes = [{ permission: 'scans:read', environmentId: environment.id }];
  const key = await callAsKey(core, tenant, { scopes, projectId: null });
  list = (limit) => key.services.scanRuns({ organizationId, id, limit });
  takeIn = async (endpoints) => {
    // Between any two is one from elsewhere, so that what was stored of a run is never what the key is told.
    await ingest(core, tenant, scanOf({ endpoints: [endpointOf({ path: '/elsewhere' })] }));
    return (await ingest(core, tenant, { ...scanOf({ endpoints }), environmentId: environment.id })).id;
  };
});

it('a page compares its own runs, and none that are older than the one before its last', async () => {
  const ids: string[] = [];
  for (const path of ['/1', '/2', '/3', '/4', '/5']) ids.push(await takeIn([endpointOf({ path })]));
  // Whoever looks into these fails.
  await core.db.prisma.scanRun.updateMany({ where: { id: { in: ids.slice(0, 2) } }, data: { endpoints: {} } });
  // With what it then knows of the rows, the database would rather sort all than walk an index up to the limit.
  await core.db.prisma.$executeRaw`analyze scan_run`;
  // One more than it shows is read, to tell whether there is another page.
  const page = await list(1);
  expect(page).toMatchObject({
    items: [{ id: ids[4], previousScanId: ids[3], changes: { added: 1, removed: 1, changed: 0 } }],
    hasMore: true,
  });
  await expect(list(3)).rejects.toThrow();
});

it('the statement finds the differences that the comparison of two runs finds, whatever they are', async () => {
  // Mostly the usual, so that often a single field is all that differs.
  const mostly = <Value>(usual: Value, ...others: Value[]) =>
    fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });
  const endpoint: fc.Arbitrary<NormalizedEndpoint> = fc.record({
    method: mostly<NormalizedEndpoint['method']>('GET', 'POST'),
    path: fc.constantFrom('/a', '/a/{x}', '/a/{y}', '/a/{x}/b/{y}', '/a/{y}/b/{x}', '/a/{x}b', '/{x}/{y}'),
    operationId: mostly<string | null>('one', 'two', null),
    tags: mostly(['x', 'y'], ['y', 'x'], ['x'], []),
    summary: mostly<string | null>('S', 'T', null),
    deprecated: mostly<boolean | undefined>(undefined, false, true),
    fingerprint: fc.constantFrom('f', 'g', undefined),
  });
  const run = fc.uniqueArray(endpoint, { selector: endpointIdentity, maxLength: 10 });
  const sent = fc.sample(run, { numRuns: 60, seed: 1 });
  for (const endpoints of sent) await takeIn(endpoints);
  const expected = sent.map((endpoints, index) => {
    const { added, removed, changed, operationIds } = differenceOf(sent[index - 1] ?? [], endpoints);
    return { added: added.length, removed: removed.length, changed: changed.length, operationIds: operationIds.length };
  });
  expect((await list(100)).items.map(({ changes }) => changes).toReversed()).toEqual(expected);
});
