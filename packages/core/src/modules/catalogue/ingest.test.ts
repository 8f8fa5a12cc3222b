import { seedKey, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { recordStatements } from '@reqbase/db/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { ingest } from './testing.ts';
import { endpointOf, findingOf, scanOf } from './testing-scan.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'pro' });
  me = callAsUser(core, tenant.user);
});

const ofOrganization = () => ({ organizationId: tenant.organization.id });
const send = (change: Parameters<typeof scanOf>[0] = {}) => ingest(core, tenant, scanOf(change));
const endpointsOf = async (id: string) => {
  const { items } = await me.services.endpoints({ ...ofOrganization(), id, limit: 100 });
  return items.map(({ method, path, state, operationId }) => [method, path, state, operationId]);
};
const hashOf = (digit: string) => ({ ...scanOf().spec, hash: digit.repeat(64) });
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => endpointOf({ path: `/things/${from + index}`, operationId: `op${index}` }));

describe('the first scan of a service', () => {
  it('makes the service, its run and its endpoints, and says where to look', async () => {
    const result = await send({ findings: [findingOf()], source: { branch: 'main' } });
    expect(result).toMatchObject({
      serviceName: 'Billing API',
      number: 1,
      ...{ specHash: scanOf().spec.hash, specFormat: 'openapi', specVersion: '3.1.0', title: 'Billing API' },
      source: { branch: 'main' },
      endpointCount: 1,
      findingCount: 1,
      findingsBySeverity: { info: 0, low: 0, medium: 0, high: 1, critical: 0 },
      previousScanId: null,
      unchanged: false,
      changes: { added: 1, removed: 0, changed: 0, operationIds: 0 },
      createdBy: { keyId: null, userId: tenant.user.id, name: tenant.user.name },
      resultUrl: `${core.core.publicUrl}/scan-runs/${result.id}`,
      serviceCreated: true,
    });
    const { resultUrl: _url, serviceCreated: _created, ...run } = result;
    expect(await me.scans.get({ ...ofOrganization(), id: result.id })).toEqual(run);
    expect(await me.services.get({ ...ofOrganization(), id: result.serviceId })).toMatchObject({
      ...{ name: 'Billing API', slug: 'billing-api', latestScanId: result.id, endpointCount: 1 },
      openFindings: { info: 0, low: 0, medium: 0, high: 1, critical: 0 },
    });
    expect(await endpointsOf(result.serviceId)).toEqual([['POST', '/charges', 'active', 'createCharge']]);
  });

  it('names the key that sent it', async () => {
    const key = await seedKey(core, tenant, { scopes: ['write'], projectId: null });
    const { createdBy } = await callAs(core, key.credential).scans.ingest({ ...ofOrganization(), ...scanOf() });
    expect(createdBy).toMatchObject({ keyId: key.id, userId: tenant.user.id });
  });
});

describe('a scan', () => {
  it('is of the service of that name, however it is written, and of no other organization', async () => {
    const first = await send({ service: { name: 'Überweisung API' } });
    const again = await send({ service: { name: 'ÜBERWEISUNG api' } });
    expect([again.serviceId, again.serviceName, again.serviceCreated, again.number]).toEqual([
      first.serviceId,
      'Überweisung API',
      false,
      2,
    ]);
    const other = await ingest(core, await seedTenant(core), scanOf({ service: { name: 'Überweisung API' } }));
    expect([other.serviceCreated, other.number]).toEqual([true, 1]);
  });

  it('is of the service of that name, whatever space is around it; of spaces alone there is none', async () => {
    const first = await send({ service: { name: 'Billing API' } });
    expect(await send({ service: { name: ' Billing API\t' } })).toMatchObject({
      ...{ serviceId: first.serviceId, serviceName: 'Billing API', serviceCreated: false },
    });
    expect(await outcomeOf(send({ service: { name: ' \n' } }))).toBe('BAD_REQUEST');
  });

  it('sent again is another run of the same catalogue', async () => {
    const scan = { endpoints: many(3), findings: [findingOf()] };
    const first = await send(scan);
    const before = [await endpointsOf(first.serviceId), (await me.findings.list(ofOrganization())).items.map(({ id }) => id)];
    const again = await send(scan);
    expect(again).toMatchObject({ previousScanId: first.id, unchanged: true, number: 2 });
    expect(again.changes).toEqual({ added: 0, removed: 0, changed: 0, operationIds: 0 });
    expect([await endpointsOf(first.serviceId), (await me.findings.list(ofOrganization())).items.map(({ id }) => id)]).toEqual(
      before,
    );
  });

  it('finds endpoints again by method and path, whatever the parameters are called', async () => {
    const first = await send({ endpoints: [endpointOf({ method: 'GET', path: '/users/{id}/cards/{cardId}' })] });
    const { items } = await me.services.endpoints({ ...ofOrganization(), id: first.serviceId });
    const renamed = [endpointOf({ method: 'GET', path: '/users/{userId}/cards/{card}' })];
    const second = await send({ endpoints: renamed, spec: hashOf('a') });
    expect(second.changes).toEqual({ added: 0, removed: 0, changed: 1, operationIds: 0 });
    const now = await me.services.endpoints({ ...ofOrganization(), id: first.serviceId });
    expect(now.items).toMatchObject([{ id: items[0]?.id, path: renamed[0]?.path, firstSeenScanId: first.id }]);
  });

  it('says what was added, removed and changed, and whose operation id is another', async () => {
    const [kept, renamed, gone] = ['/kept', '/renamed', '/gone'].map((path) => endpointOf({ path, operationId: path }));
    if (kept === undefined || renamed === undefined || gone === undefined) throw new Error('unreachable');
    const first = await send({ endpoints: [kept, renamed, gone] });
    const added = endpointOf({ path: '/added' });
    const second = await send({ endpoints: [kept, { ...renamed, operationId: 'other' }, added], spec: hashOf('b') });
    expect([second.changes, second.unchanged]).toEqual([{ added: 1, removed: 1, changed: 1, operationIds: 1 }, false]);
    expect(await endpointsOf(first.serviceId)).toEqual([
      ['POST', '/added', 'active', 'createCharge'],
      ['POST', '/gone', 'removed', '/gone'],
      ['POST', '/kept', 'active', '/kept'],
      ['POST', '/renamed', 'active', 'other'],
    ]);
    const compared = await me.scans.compare({ ...ofOrganization(), id: second.id, otherId: first.id });
    expect(compared).toMatchObject({
      added: [added],
      removed: [gone],
      changed: [{ fields: ['operationId'], before: renamed, after: { ...renamed, operationId: 'other' } }],
      operationIds: [{ method: 'POST', path: '/renamed', before: '/renamed', after: 'other' }],
      endpointDrop: true,
    });
    const back = await send({ endpoints: [kept, renamed, gone], spec: hashOf('c') });
    expect(back.changes).toEqual({ added: 1, removed: 1, changed: 1, operationIds: 1 });
    expect(await endpointsOf(first.serviceId)).toContainEqual(['POST', '/gone', 'active', '/gone']);
  });

  it('is refused when an endpoint is in it twice, with both of their places, and leaves nothing', async () => {
    const twins = [endpointOf({ path: '/a/{x}' }), endpointOf({ path: '/b' }), endpointOf({ path: '/a/{y}' })];
    const refusal = await refusalOf(send({ endpoints: twins }));
    expect(refusal).toMatchObject({
      code: 'BAD_REQUEST',
      issues: [{ path: 'endpoints.2', message: 'Is the same endpoint as endpoints.0.' }],
    });
    expect((await me.services.list(ofOrganization())).items).toEqual([]);
  });

  it('counts a finding that is in it twice once', async () => {
    expect(await send({ findings: [findingOf(), findingOf(), findingOf({ message: 'Another' })] })).toMatchObject({
      findingCount: 2,
    });
  });

  it('takes paths and texts as long as the contract lets them be, in any script', async () => {
    const long = (length: number) => '𝌆'.repeat(length / 2);
    const endpoints = Array.from({ length: 3 }, (_, n) =>
      endpointOf({ path: `/${n}${long(998)}`, operationId: long(200), summary: long(300), tags: Array(20).fill(long(100)) }),
    );
    const { serviceId } = await send({ service: { name: long(120) }, endpoints, findings: [findingOf({ message: long(500) })] });
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await me.services.endpoints({ ...ofOrganization(), id: serviceId, limit: 1, ...(cursor && { cursor }) });
      listed.push(...page.items.map(({ path }) => path));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(listed).toEqual(endpoints.map(({ path }) => path));
  });

  it('names an environment and a workflow of its service, and of no other', async () => {
    const { serviceId } = await send();
    const { serviceId: otherId } = await send({ service: { name: 'Other' } });
    const [environment, workflow] = [
      await me.services.createEnvironment({ ...ofOrganization(), id: serviceId, name: 'Staging' }),
      await me.services.createWorkflow({ ...ofOrganization(), id: serviceId, name: 'Nightly' }),
    ];
    const foreign = await me.services.createEnvironment({ ...ofOrganization(), id: otherId, name: 'Staging' });
    const run = await send({ environmentId: environment.id, workflowId: workflow.id });
    expect(run).toMatchObject({ environmentId: environment.id, workflowId: workflow.id });
    const listed = await me.services.scanRuns({ ...ofOrganization(), id: serviceId, environmentId: environment.id });
    expect(listed.items.map(({ id }) => id)).toEqual([run.id]);
    expect(await outcomeOf(send({ environmentId: foreign.id }))).toBe('ENVIRONMENT_NOT_FOUND');
    expect(await outcomeOf(send({ workflowId: foreign.id }))).toBe('WORKFLOW_NOT_FOUND');
    const twin = me.services.createEnvironment({ ...ofOrganization(), id: serviceId, name: 'STAGING' });
    expect(await outcomeOf(twin)).toBe('CONFLICT');
    expect((await me.services.environments({ ...ofOrganization(), id: serviceId })).items).toEqual([environment]);
    for (const create of [me.services.createEnvironment, me.services.createWorkflow]) {
      const named = (change: object) => create({ ...ofOrganization(), id: serviceId, name: 'Weekly', ...change });
      expect((await refusalOf(named({ name: ' ' }))).issues).toMatchObject([{ path: 'name' }]);
      expect((await refusalOf(named({ title: 'Weekly' }))).issues).toMatchObject([{ path: 'title' }]);
      expect(await named({ name: ' Weekly ' })).toMatchObject({ name: 'Weekly' });
      expect(await outcomeOf(named({}))).toBe('CONFLICT');
    }
  });

  it('costs as many statements with 2,000 endpoints and 500 findings as with one of each', async () => {
    const { db, statements } = recordStatements(core.db);
    const services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
    const counted = async (scan: Parameters<typeof scanOf>[0]) => {
      statements.length = 0;
      await callAsUser({ core: services }, tenant.user).scans.ingest({ ...ofOrganization(), ...scanOf(scan) });
      return statements.length;
    };
    await send();
    const one = await counted({ findings: [findingOf()] });
    const findings = Array.from({ length: 500 }, (_, n) => findingOf({ message: `Finding ${n}` }));
    expect(await counted({ endpoints: many(2_000), findings, spec: hashOf('d') })).toBe(one);
    expect(one).toBeLessThan(25);
  });
});

describe('scans of one service at the same moment', () => {
  it('end in as many runs, one after the other, and in the catalogue of the last', async () => {
    const results = await Promise.all([
      send({ endpoints: many(40), findings: [findingOf({ message: 'A' })], spec: hashOf('1') }),
      send({ endpoints: many(40, 20), findings: [findingOf({ message: 'B' })], spec: hashOf('2') }),
    ]);
    const [first, last] = results.toSorted((a, b) => a.number - b.number);
    if (first === undefined || last === undefined) throw new Error('unreachable');
    expect(results.filter(({ serviceCreated }) => serviceCreated)).toEqual([first]);
    expect([first.number, last.number, last.previousScanId]).toEqual([1, 2, first.id]);
    expect(last.changes).toEqual({ added: 20, removed: 20, changed: 20, operationIds: 20 });
    const service = await me.services.get({ ...ofOrganization(), id: last.serviceId });
    expect([service.latestScanId, service.endpointCount]).toEqual([last.id, 40]);
    const active = await me.services.endpoints({ ...ofOrganization(), id: last.serviceId, state: ['active'], limit: 100 });
    expect(new Set(active.items.map(({ lastSeenScanId }) => lastSeenScanId))).toEqual(new Set([last.id]));
    expect(active.items).toHaveLength(40);
    const open = await me.findings.list({ ...ofOrganization(), state: ['open'] });
    expect(open.items.map(({ scanRunId }) => scanRunId)).toEqual([last.id]);
  });
});

it('an organization that is erased takes its catalogue along', async () => {
  const { serviceId } = await send({ findings: [findingOf()] });
  await me.services.createEnvironment({ ...ofOrganization(), id: serviceId, name: 'Staging' });
  await me.services.createWorkflow({ ...ofOrganization(), id: serviceId, name: 'Nightly' });
  await core.db.prisma.organization.delete({ where: { id: tenant.organization.id } });
  const { prisma } = core.db;
  const where = { serviceId };
  expect([
    await prisma.service.count({ where: { id: serviceId } }),
    await prisma.scanRun.count({ where }),
    await prisma.endpoint.count({ where }),
    await prisma.finding.count({ where }),
    await prisma.serviceEnvironment.count({ where }),
    await prisma.serviceWorkflow.count({ where }),
  ]).toEqual([0, 0, 0, 0, 0, 0]);
});
