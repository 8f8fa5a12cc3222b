import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { ingest } from './testing.ts';
import { findingOf, scanOf } from './testing-scan.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
const now = '2026-03-14T10:20:30.250Z';

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set(now);
  tenant = await seedTenant(core, { plan: 'pro' });
  me = callAsUser(core, tenant.user);
});

const of = () => ({ organizationId: tenant.organization.id });
const scan = (...messages: string[]) =>
  ingest(core, tenant, scanOf({ findings: messages.map((message) => findingOf({ message })) }));
const onlyFinding = async () => {
  const { items } = await me.findings.list(of());
  const [finding] = items;
  if (finding === undefined || items.length > 1) throw new Error('not one finding');
  return finding;
};
const openCount = async (id: string) => (await me.services.get({ ...of(), id })).openFindings.high;

describe('a finding', () => {
  it('that was accepted stays so through later scans, and is no longer counted as open', async () => {
    const { serviceId } = await scan('A');
    const { id } = await onlyFinding();
    const accepted = await me.findings.triage({ ...of(), id, state: 'accepted', reason: 'Until the new gateway' });
    expect(accepted).toMatchObject({
      state: 'accepted',
      reason: 'Until the new gateway',
      decidedBy: { id: tenant.user.id, name: tenant.user.name },
      decidedAt: now,
    });
    await scan('A');
    expect([(await onlyFinding()).state, await openCount(serviceId)]).toEqual(['accepted', 0]);
  });

  it('that a scan has twice is as grave as the gravest of the two', async () => {
    for (const severities of [
      ['low', 'critical', 'medium'],
      ['critical', 'low'],
    ] as const) {
      const findings = severities.map((severity) => findingOf({ severity }));
      const run = await ingest(core, tenant, scanOf({ findings }));
      expect(run).toMatchObject({ findingCount: 1, findingsBySeverity: { critical: 1, low: 0 } });
      expect((await onlyFinding()).severity).toBe('critical');
    }
  });

  it('is decided of in words alone, and by no member that there is not', async () => {
    const { serviceId } = await scan('A');
    const { id } = await onlyFinding();
    const refused = async (change: object) =>
      (await refusalOf(me.findings.triage({ ...of(), id, state: 'ignored', reason: 'Known', ...change }))).issues;
    expect(await refused({ ignored_until: '2027-01-01T00:00:00Z' })).toMatchObject([{ path: 'ignored_until' }]);
    expect(await refused({ reason: ' \t ' })).toMatchObject([{ path: 'reason' }]);
    expect((await onlyFinding()).state).toBe('open');
    expect(await me.findings.triage({ ...of(), id, state: 'ignored', reason: ' Known ' })).toMatchObject({ reason: 'Known' });
    const misspelt = { ...of(), id: serviceId, ownerTeam: 'Payments', lifeCycle: 'production' };
    expect((await refusalOf(me.services.update(misspelt))).issues).toMatchObject([{ path: 'lifeCycle' }]);
  });

  it('is resolved by a scan without it, and open again by one with it', async () => {
    const { serviceId } = await scan('A');
    await scan();
    expect([(await onlyFinding()).state, (await onlyFinding()).resolvedAt, await openCount(serviceId)]).toEqual([
      'resolved',
      now,
      0,
    ]);
    expect(await outcomeOf(me.findings.triage({ ...of(), id: (await onlyFinding()).id, state: 'accepted' }))).toBe(
      'INVALID_STATUS_TRANSITION',
    );
    await scan('A');
    expect([(await onlyFinding()).state, (await onlyFinding()).resolvedAt, await openCount(serviceId)]).toEqual([
      'open',
      null,
      1,
    ]);
  });

  it('that was accepted is so again after a scan without it, by whom and why, until it is opened', async () => {
    await scan('A');
    const { id } = await onlyFinding();
    await me.findings.triage({ ...of(), id, state: 'accepted', reason: 'Until the new gateway' });
    core.clock.advance(60_000);
    await scan();
    expect((await onlyFinding()).state).toBe('resolved');
    const { serviceId } = await scan('A');
    const decided = {
      reason: 'Until the new gateway',
      decidedBy: { id: tenant.user.id, name: tenant.user.name },
      decidedAt: now,
    };
    expect(await onlyFinding()).toMatchObject({ state: 'accepted', resolvedAt: null, ...decided });
    expect(await openCount(serviceId)).toBe(0);
    await me.findings.triage({ ...of(), id, state: 'open' });
    await scan();
    await scan('A');
    expect(await onlyFinding()).toMatchObject({ state: 'open', reason: null });
  });

  it('is ignored for a reason, through scans with and without it, until its time has come', async () => {
    const { serviceId } = await scan('A');
    const { id } = await onlyFinding();
    const ignoredUntil = '2026-03-20T00:00:00.000Z';
    expect(await outcomeOf(me.findings.triage({ ...of(), id, state: 'ignored' }))).toBe('BAD_REQUEST');
    expect(await outcomeOf(me.findings.triage({ ...of(), id, state: 'ignored', reason: 'R', ignoredUntil: now }))).toBe(
      'BAD_REQUEST',
    );
    expect(await outcomeOf(me.findings.triage({ ...of(), id, state: 'accepted', ignoredUntil }))).toBe('BAD_REQUEST');
    await me.findings.triage({ ...of(), id, state: 'ignored', reason: 'Known', ignoredUntil });
    await scan();
    await scan('A');
    expect(await onlyFinding()).toMatchObject({ state: 'ignored', ignoredUntil });
    core.clock.set(ignoredUntil);
    expect([(await onlyFinding()).state, await openCount(serviceId)]).toEqual(['open', 1]);
    const listed = async (state: 'open' | 'ignored') => (await me.findings.list({ ...of(), state: [state] })).items.length;
    expect([await listed('open'), await listed('ignored')]).toEqual([1, 0]);
    await scan();
    expect((await onlyFinding()).state).toBe('resolved');
    await scan('A');
    expect((await onlyFinding()).state).toBe('open');
  });

  it('can be decided of as it was read, though a scan found it again meanwhile', async () => {
    await scan('A');
    const { id, version, updatedAt } = await onlyFinding();
    core.clock.advance(60_000);
    await scan('A');
    expect(await onlyFinding()).toMatchObject({ version, updatedAt });
    const decided = await me.findings.triage({ ...of(), id, state: 'accepted', ifVersion: version });
    expect(decided.version).toBe(version + 1);
    await scan();
    await scan('A');
    expect((await onlyFinding()).version).toBe(version + 3);
  });

  it('is not changed by who has seen another version of it', async () => {
    await scan('A');
    const { id, version } = await onlyFinding();
    await me.findings.triage({ ...of(), id, state: 'accepted', ifVersion: version });
    expect(await outcomeOf(me.findings.triage({ ...of(), id, state: 'open', ifVersion: version }))).toBe('PRECONDITION_FAILED');
  });

  it('is nobody else’s to see or to decide', async () => {
    await scan('A');
    const { id } = await onlyFinding();
    const other = await seedTenant(core, { plan: 'pro' });
    const stranger = callAsUser(core, other.user);
    const theirs = { organizationId: other.organization.id, id };
    expect(await outcomeOf(stranger.findings.get(theirs))).toBe('FINDING_NOT_FOUND');
    expect(await outcomeOf(stranger.findings.triage({ ...theirs, state: 'accepted' }))).toBe('FINDING_NOT_FOUND');
    expect((await stranger.findings.list({ organizationId: other.organization.id })).items).toEqual([]);
    const reader = await callAsKey(core, tenant, { scopes: ['scans:read'], projectId: null });
    expect(await outcomeOf(reader.findings.triage({ ...of(), id, state: 'accepted' }))).toBe('INSUFFICIENT_SCOPE');
  });
});

it('findings are listed by run, service, severity and code', async () => {
  const first = await scan('A', 'B');
  const second = await ingest(
    core,
    tenant,
    scanOf({ findings: [findingOf({ message: 'B' }), findingOf({ code: 'numeric-id', severity: 'low' })] }),
  );
  const other = await ingest(core, tenant, scanOf({ service: { name: 'Other' }, findings: [findingOf({ message: 'A' })] }));
  const listed = async (filters: object) =>
    (await me.findings.list({ ...of(), ...filters })).items.map(({ serviceName, message, state }) => [
      serviceName,
      message,
      state,
    ]);
  const low = findingOf().message;
  expect(await listed({ scanRunId: first.id })).toEqual(
    expect.arrayContaining([
      ['Billing API', 'A', 'resolved'],
      ['Billing API', 'B', 'open'],
    ]),
  );
  expect((await listed({ scanRunId: second.id })).map(([, message]) => message).toSorted()).toEqual(['B', low].toSorted());
  expect(await listed({ serviceId: other.serviceId })).toEqual([['Other', 'A', 'open']]);
  expect(await listed({ severity: ['low'] })).toEqual([['Billing API', low, 'open']]);
  expect(await listed({ code: 'numeric-id', state: ['open'] })).toEqual([['Billing API', low, 'open']]);
  expect((await listed({ state: ['open'] })).length).toBe(3);
  const compared = await me.scans.compare({ ...of(), id: second.id, otherId: first.id });
  expect(compared.findings.added.map(({ code }) => code)).toEqual(['numeric-id']);
  expect(compared.findings.gone.map(({ message }) => message)).toEqual(['A']);
  expect(await outcomeOf(me.scans.compare({ ...of(), id: second.id, otherId: other.id }))).toBe('SCAN_RUN_NOT_FOUND');
});
