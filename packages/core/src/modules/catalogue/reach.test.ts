import type { GrantedScope } from '@reqbase/auth';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { differenceOf } from './difference.ts';
import type { NormalizedEndpoint } from './ingest-schema.ts';
import { ingest } from './testing.ts';
import { endpointOf, findingOf, scanOf } from './testing-scan.ts';

// Two services of one organization, each with an environment and a workflow and a scan taken there.

type Known = Record<'id' | 'environment' | 'workflow' | 'here' | 'anywhere' | 'finding', string>;
let core: TestCore;
let tenant: TestTenant;
let organizationId: string;
let billing: Known;
let search: Known;

async function seedKnown(name: string): Promise<Known> {
  const me = callAsUser(core, tenant.user);
  const scan = scanOf({ service: { name }, endpoints: [endpointOf()], findings: [findingOf()] });
  const first = await ingest(core, tenant, scan);
  const id = first.serviceId;
  const environment = await me.services.createEnvironment({ organizationId, id, name: 'staging' });
  const workflow = await me.services.createWorkflow({ organizationId, id, name: 'nightly' });
  const places = { environmentId: environment.id, workflowId: workflow.id };
  const second = await ingest(core, tenant, { ...scan, ...places });
  const { items } = await me.findings.list({ organizationId, serviceId: id });
  return {
    ...{ id, environment: environment.id, workflow: workflow.id, here: second.id, anywhere: first.id },
    finding: items[0]?.id ?? '',
  };
}

beforeAll(async () => {
  core = await openTestCore();
  tenant = await seedTenant(core, { plan: 'pro' });
  organizationId = tenant.organization.id;
  billing = await seedKnown('Billing API');
  search = await seedKnown('Search API');
});
afterAll(() => core.db.close());

const bound = (...places: Omit<GrantedScope, 'permission'>[]) =>
  callAsKey(core, tenant, { scopes: places.map((place) => ({ permission: 'write', ...place })), projectId: null });
const idsOf = async (page: Promise<{ items: readonly { id: string }[] }>) => (await page).items.map(({ id }) => id).toSorted();

/** Of a service, by whom: what of it can be read, item by item and in lists. */
async function seen(by: Caller, { id, environment, workflow, here, anywhere, finding }: Known) {
  const of = { organizationId, id };
  const orNone = (page: Promise<{ items: readonly { id: string }[] }>) => idsOf(page).catch(() => 'not found' as const);
  return {
    service: await outcomeOf(by.services.get(of)),
    listed: (await idsOf(by.services.list({ organizationId }))).includes(id),
    endpoints: await outcomeOf(by.services.endpoints(of)),
    finding: await outcomeOf(by.findings.get({ organizationId, id: finding })),
    findings: (await idsOf(by.findings.list({ organizationId }))).includes(finding),
    environments: await orNone(by.services.environments(of)).then((ids) =>
      ids === 'not found' ? ids : ids.includes(environment),
    ),
    workflows: await orNone(by.services.workflows(of)).then((ids) => (ids === 'not found' ? ids : ids.includes(workflow))),
    scans: await orNone(by.services.scanRuns(of)),
    here: await outcomeOf(by.scans.get({ organizationId, id: here })),
    anywhere: await outcomeOf(by.scans.get({ organizationId, id: anywhere })),
    compared: await outcomeOf(by.scans.compare({ organizationId, id: here, otherId: anywhere })),
  };
}
const all = ({ here, anywhere }: Known) => ({
  ...{ service: 'admitted', listed: true, endpoints: 'admitted', finding: 'admitted', findings: true },
  ...{ environments: true, workflows: true, scans: [here, anywhere].toSorted() },
  ...{ here: 'admitted', anywhere: 'admitted', compared: 'admitted' },
});
const NOTHING = {
  ...{
    service: 'SERVICE_NOT_FOUND',
    listed: false,
    endpoints: 'SERVICE_NOT_FOUND',
    finding: 'FINDING_NOT_FOUND',
    findings: false,
  },
  ...{ environments: 'not found', workflows: 'not found', scans: 'not found' },
  ...{ here: 'SCAN_RUN_NOT_FOUND', anywhere: 'SCAN_RUN_NOT_FOUND', compared: 'SCAN_RUN_NOT_FOUND' },
};

describe('a scope that is bound', () => {
  it('to a service opens exactly that one: any other answers like one that there is not', async () => {
    for (const place of [{ serviceId: billing.id }, { resourceType: 'service', resourceId: billing.id }]) {
      const by = await bound(place);
      expect(await seen(by, billing)).toEqual(all(billing));
      expect(await seen(by, search)).toEqual(NOTHING);
    }
  });

  it('to an environment opens it and the scans taken there, not the service', async () => {
    const by = await bound({ environmentId: billing.environment });
    const opened = { ...NOTHING, environments: true, workflows: false, scans: [billing.here], here: 'admitted' };
    expect(await seen(by, billing)).toEqual(opened);
    expect(await seen(by, search)).toEqual(NOTHING);
  });

  it('to a workflow opens it and the scans that it sent, not the service', async () => {
    const by = await bound({ serviceId: billing.id, workflowId: billing.workflow });
    const opened = { ...NOTHING, environments: false, workflows: true, scans: [billing.here], here: 'admitted' };
    expect(await seen(by, billing)).toEqual(opened);
    expect(await seen(by, search)).toEqual(NOTHING);
  });

  it('to a service and a place of another opens nothing', async () => {
    const by = await bound({ serviceId: billing.id, environmentId: search.environment });
    for (const service of [billing, search]) expect(await seen(by, service)).toEqual(NOTHING);
  });

  it('is united with the others of its key', async () => {
    const by = await bound({ serviceId: billing.id }, { serviceId: search.id });
    for (const service of [billing, search]) expect(await seen(by, service)).toEqual(all(service));
    const free = await bound({ serviceId: billing.id }, {});
    for (const service of [billing, search]) expect(await seen(free, service)).toEqual(all(service));
  });

  it('has each scope that a call needs reach the resource', async () => {
    const by = await callAsKey(core, tenant, {
      scopes: [
        { permission: 'scans:read', serviceId: billing.id },
        { permission: 'scans:read', serviceId: search.id },
        { permission: 'endpoints:read', serviceId: search.id },
      ],
      projectId: null,
    });
    const compare = ({ here, anywhere }: Known) => outcomeOf(by.scans.compare({ organizationId, id: here, otherId: anywhere }));
    expect([await compare(billing), await compare(search)]).toEqual(['SCAN_RUN_NOT_FOUND', 'admitted']);
  });

  it('pages through what is in reach alone', async () => {
    const by = await bound({ serviceId: search.id });
    const page = await by.services.list({ organizationId, limit: 1 });
    expect([page.items.map(({ id }) => id), page.hasMore, page.nextCursor]).toEqual([[search.id], false, null]);
  });
});

describe('of scans that are in reach', () => {
  const other = { ...findingOf(), message: 'Only later.' };
  const names = (found: readonly { message: string }[]) => found.map(({ message }) => message);

  it('a key that is bound to their environment is told no findings, and whoever reaches the service is', async () => {
    const { id, environment: environmentId, here } = billing;
    const scan = scanOf({ service: { name: 'Billing API' }, endpoints: [endpointOf()], findings: [findingOf(), other] });
    const later = await ingest(core, tenant, { ...scan, environmentId });
    const ids = { organizationId, id: later.id, otherId: here };
    const back = { organizationId, id: here, otherId: later.id };
    const service = await bound({ serviceId: id });
    expect(names((await service.scans.compare(ids)).findings.added)).toEqual([other.message]);
    expect(names((await service.scans.compare(back)).findings.gone)).toEqual([other.message]);
    for (const scopes of [
      [{ permission: 'read', environmentId }],
      [
        { permission: 'scans:read', environmentId },
        { permission: 'endpoints:read', serviceId: id },
      ],
    ]) {
      const by = await callAsKey(core, tenant, { scopes, projectId: null });
      for (const each of [ids, back]) expect((await by.scans.compare(each)).findings).toEqual({ added: [], gone: [] });
    }
  });

  it('none tells of the one before that is not: not when it is read, not in a list, not in a comparison', async () => {
    const { id, environment: environmentId, here, anywhere } = search;
    const me = callAsUser(core, tenant.user);
    expect((await me.scans.get({ organizationId, id: here })).previousScanId).toBe(anywhere);
    const by = await bound({ environmentId });
    expect((await by.scans.get({ organizationId, id: here })).previousScanId).toBeNull();
    expect((await by.services.scanRuns({ organizationId, id })).items).toMatchObject([{ id: here, previousScanId: null }]);
    const { scan, base } = await by.scans.compare({ organizationId, id: here, otherId: here });
    expect([scan.previousScanId, base.previousScanId]).toEqual([null, null]);
    const service = await bound({ serviceId: id });
    expect((await service.scans.get({ organizationId, id: here })).previousScanId).toBe(anywhere);
  });
});

describe('the run before', () => {
  it('is the last one in reach, and so is what has changed since: as of a first run where there is none', async () => {
    const me = callAsUser(core, tenant.user);
    const { serviceId: id } = await ingest(core, tenant, scanOf({ service: { name: 'Taken everywhere' } }));
    const [a, b] = [
      await me.services.createEnvironment({ organizationId, id, name: 'a' }),
      await me.services.createEnvironment({ organizationId, id, name: 'b' }),
    ];
    const sent: { id: string; environmentId: string; hash: string; endpoints: NormalizedEndpoint[] }[] = [];
    const send = async (environmentId: string, hash: string, endpoints: NormalizedEndpoint[]) => {
      const spec = { ...scanOf().spec, hash: hash.repeat(64) };
      const scan = { ...scanOf({ service: { name: 'Taken everywhere' }, spec, endpoints }), environmentId };
      sent.push({ id: (await ingest(core, tenant, scan)).id, environmentId, hash, endpoints });
    };
    const [one, two] = [endpointOf({ path: '/users/{id}', tags: ['x', 'y'], deprecated: false }), endpointOf({ path: '/two' })];
    const secret = endpointOf({ path: '/secret' });
    await send(a.id, '1', [one, two]);
    await send(b.id, '2', [secret]);
    // The same for the eyes of the one environment, and all new in the service.
    await send(a.id, '1', [
      { ...one, tags: ['y', 'x'] },
      { ...two, fingerprint: 'f' },
    ]);
    await send(b.id, '2', [secret, two]);
    await send(a.id, '3', [
      { ...one, path: '/users/{userId}', operationId: null },
      { ...two, deprecated: true },
      endpointOf({ method: 'GET', path: '/two' }),
    ]);
    await send(b.id, '2', [secret]);
    await send(a.id, '4', [endpointOf({ path: '/two', fingerprint: 'g', operationId: 'other' })]);

    for (const environmentId of [a.id, b.id]) {
      const by = await bound({ environmentId });
      const own = sent.filter((run) => run.environmentId === environmentId);
      const expected = own.map((run, index) => {
        const before = own[index - 1];
        const { added, removed, changed, operationIds } = differenceOf(before?.endpoints ?? [], run.endpoints);
        const changes = {
          ...{ added: added.length, removed: removed.length, changed: changed.length, operationIds: operationIds.length },
        };
        const unchanged = before?.hash === run.hash && changes.added + changes.removed + changes.changed === 0;
        return { id: run.id, previousScanId: before?.id ?? null, changes, unchanged };
      });
      const page = await by.services.scanRuns({ organizationId, id });
      expect(page.items.toReversed()).toMatchObject(expected);
      for (const run of expected) expect(await by.scans.get({ organizationId, id: run.id })).toMatchObject(run);
    }
    expect((await me.services.scanRuns({ organizationId, id })).items.map(({ changes }) => changes.added)).toEqual([
      ...[1, 1, 2, 1, 2, 1, 2, 1],
    ]);
  });

  it('of a scan that is sent by a key that is bound to a place is the last one there', async () => {
    const { id, environment: environmentId, here } = search;
    await ingest(core, tenant, scanOf({ service: { name: 'Search API' }, endpoints: [endpointOf({ path: '/elsewhere' })] }));
    const others = ['services:read', 'services:create', 'services:update', 'endpoints:read', 'endpoints:write'];
    const by = await callAsKey(core, tenant, {
      scopes: [{ permission: 'scans:create', environmentId }, ...others.map((permission) => ({ permission, serviceId: id }))],
      projectId: null,
    });
    const scan = scanOf({ service: { name: 'Search API' }, endpoints: [endpointOf()] });
    expect(await by.scans.ingest({ organizationId, ...scan, environmentId })).toMatchObject({
      ...{ previousScanId: here, unchanged: true, changes: { added: 0, removed: 0, changed: 0, operationIds: 0 } },
    });
  });
});

describe('what a scope that is bound changes', () => {
  it('is of its own service alone', async () => {
    const by = await bound({ serviceId: billing.id });
    const change = ({ id }: Known) => outcomeOf(by.services.update({ organizationId, id, ownerTeam: 'Payments' }));
    const triage = ({ finding: id }: Known) => outcomeOf(by.findings.triage({ organizationId, id, state: 'accepted' }));
    const add = ({ id }: Known) => outcomeOf(by.services.createEnvironment({ organizationId, id, name: 'production' }));
    const addWorkflow = ({ id }: Known) => outcomeOf(by.services.createWorkflow({ organizationId, id, name: 'release' }));
    for (const act of [change, triage, add, addWorkflow]) expect(await act(billing)).toBe('admitted');
    expect([await change(search), await triage(search), await add(search), await addWorkflow(search)]).toEqual([
      ...['SERVICE_NOT_FOUND', 'FINDING_NOT_FOUND', 'SERVICE_NOT_FOUND', 'SERVICE_NOT_FOUND'],
    ]);
    expect(
      await outcomeOf(
        (await bound({ environmentId: search.environment })).services.update({ organizationId, id: search.id, tags: [] }),
      ),
    ).toBe('SERVICE_NOT_FOUND');
  });
});

describe('a scan that is sent by a key that is bound', () => {
  const stored = async () => [await core.db.prisma.service.count(), await core.db.prisma.scanRun.count()];
  const send = (by: Caller, name: string, places: { environmentId?: string; workflowId?: string } = {}) =>
    by.scans.ingest({ organizationId, ...scanOf({ service: { name } }), ...places });

  it('to a service is for that one, by its name, and makes no other', async () => {
    const by = await bound({ serviceId: billing.id });
    expect(await send(by, 'billing api')).toMatchObject({ serviceId: billing.id, serviceCreated: false });
    const before = await stored();
    for (const name of ['Search API', 'A new one'])
      expect(await refusalOf(send(by, name))).toMatchObject({
        code: 'INSUFFICIENT_SCOPE',
        detail: { requiredScope: expect.stringContaining('scans:create services:read'), grantedScopes: ['write'] },
      });
    expect(await stored()).toEqual(before);
  });

  const REST = ['services:read', 'services:create', 'services:update', 'endpoints:read', 'endpoints:write'];

  it('to an environment or a workflow alone is refused: it would change the whole service', async () => {
    const [environmentId, workflowId] = [billing.environment, billing.workflow];
    const stateOf = ({ finding: id }: Known) => callAsUser(core, tenant.user).findings.get({ organizationId, id });
    const [before, found] = [await stored(), await stateOf(billing)];
    for (const place of [{ environmentId }, { workflowId }, { serviceId: billing.id, environmentId, workflowId }]) {
      const by = await bound(place);
      const scan = { ...scanOf({ service: { name: 'Billing API' }, endpoints: [], findings: [] }), environmentId, workflowId };
      expect(await refusalOf(by.scans.ingest({ organizationId, ...scan }))).toMatchObject({
        code: 'INSUFFICIENT_SCOPE',
        detail: { requiredScope: REST.join(' '), grantedScopes: ['write'] },
      });
    }
    expect([await stored(), await stateOf(billing)]).toEqual([before, found]);
  });

  it('by the scope of scans to an environment or a workflow, and by the others to the service, names it', async () => {
    const [environmentId, workflowId] = [billing.environment, billing.workflow];
    for (const place of [{ environmentId }, { workflowId }, { environmentId, workflowId }]) {
      const by = await callAsKey(core, tenant, {
        scopes: [{ permission: 'scans:create', ...place }, ...REST.map((permission) => ({ permission, serviceId: billing.id }))],
        projectId: null,
      });
      expect(await send(by, 'Billing API', place)).toMatchObject({ serviceId: billing.id });
      const before = await stored();
      expect(await outcomeOf(send(by, 'Billing API'))).toBe('INSUFFICIENT_SCOPE');
      expect(await outcomeOf(send(by, 'Search API', { environmentId: search.environment }))).toBe('INSUFFICIENT_SCOPE');
      for (const name of ['Search API', 'A new one']) expect(await outcomeOf(send(by, name, place))).toBe('INSUFFICIENT_SCOPE');
      expect(await stored()).toEqual(before);
    }
  });

  it('is refused with just the scopes that do not reach it', async () => {
    const by = await callAsKey(core, tenant, {
      scopes: [
        'scans:create',
        'services:read',
        'endpoints:write',
        ...['services:create', 'services:update'].map((permission) => ({ permission, serviceId: billing.id })),
      ],
      projectId: null,
    });
    expect(await outcomeOf(send(by, 'Billing API'))).toBe('admitted');
    expect((await refusalOf(send(by, 'Search API'))).detail?.requiredScope).toBe('services:create services:update');
  });
});

describe('what is not about services', () => {
  it('is not opened by a scope that is bound to one', async () => {
    const by = await callAsKey(core, tenant, { scopes: [{ permission: 'admin', serviceId: billing.id }], projectId: null });
    expect(await outcomeOf(by.organizationKeys.list({ organizationId }))).toBe('INSUFFICIENT_SCOPE');
    expect(await outcomeOf(by.backlog.list({ projectId: tenant.project.id }))).toBe('INSUFFICIENT_SCOPE');
    expect(await outcomeOf(by.members.me({}))).toBe('admitted');
  });
});
