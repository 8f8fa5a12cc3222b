import { seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { testEngine } from '@reqbase/db/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { driftOf, seedFeature } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;
let id: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  id = await seedFeature(core, tenant, { title: 'Dark mode' });
});

const of = (featureId = id) => ({ projectId: tenant.project.id, id: featureId });
const rowOf = (featureId = id) => core.db.prisma.feature.findUniqueOrThrow({ where: { id: featureId } });
const entries = () => core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id }, orderBy: { at: 'asc' } });
const setRole = (role: 'viewer' | 'developer' | 'admin' | 'owner') =>
  core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });

describe('deleting a feature', () => {
  const keep = async () => {
    await me.backlog.addVote({ ...of(), requester: { externalId: 'ada' } });
    await me.backlog.createComment({ ...of(), body: 'Planned.' });
  };

  it('hides it everywhere at once, and keeps its row for 30 days', async () => {
    await keep();
    core.clock.advance(60_000);
    const { version } = await rowOf();
    expect(await me.backlog.remove(of())).toBeUndefined();
    expect(await rowOf()).toMatchObject({
      deletedAt: core.clock.now(),
      updatedAt: core.clock.now(),
      version: version + 1,
      title: 'Dark mode',
      voteCount: 1,
    });
    expect(await outcomeOf(me.backlog.get(of()))).toBe('FEATURE_NOT_FOUND');
    expect((await me.backlog.list({ projectId: tenant.project.id })).items).toEqual([]);
    expect(await me.backlog.stats({ projectId: tenant.project.id })).toMatchObject({ featureCount: 0, totalVoteCount: 0 });
    expect((await me.backlog.create({ projectId: tenant.project.id, title: 'Dark mode' })).possibleDuplicates).toEqual([]);
    expect(await driftOf(core)).toEqual([]);
  });

  it('again finds nothing', async () => {
    await me.backlog.remove(of());
    const row = await rowOf();
    expect(await outcomeOf(me.backlog.remove(of()))).toBe('FEATURE_NOT_FOUND');
    expect(await rowOf()).toEqual(row);
    expect((await entries()).map(({ action, resourceId }) => [action, resourceId])).toEqual([['feature.deleted', id]]);
  });

  it('by many at once is done by one of them', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(me.backlog.remove(of()))));
    expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(1);
    expect(await entries()).toHaveLength(1);
  });

  it('is of class admin: a key with write does not get it', async () => {
    const write = await callAsKey(core, tenant, { scopes: ['write'], projectId: null });
    expect(await refusalOf(write.backlog.remove(of()))).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      detail: { requiredScope: 'features:delete', grantedScopes: ['write'] },
    });
    await setRole('viewer');
    expect(await outcomeOf(me.backlog.remove(of()))).toBe('FORBIDDEN');
    expect((await rowOf()).deletedAt).toBeNull();
  });

  it('leaves no comment, vote or change behind that came at the same time', async () => {
    // The embedded database runs one transaction at a time: there is no race to repeat.
    for (let round = 0; round < (testEngine === 'postgres' ? 6 : 1); round++) {
      const target = await seedFeature(core, tenant);
      const outcomes = await Promise.all([
        outcomeOf(me.backlog.remove(of(target))),
        outcomeOf(me.backlog.createComment({ ...of(target), body: 'late' })),
        outcomeOf(me.backlog.addVote({ ...of(target), requester: { externalId: 'ada' } })),
        outcomeOf(me.backlog.changeStatus({ ...of(target), status: 'COMPLETED' })),
      ]);
      expect(outcomes[0]).toBe('admitted');
      for (const outcome of outcomes) expect(['admitted', 'FEATURE_NOT_FOUND', 'CONFLICT']).toContain(outcome);
      const { version, deletedAt } = await rowOf(target);
      expect([version, deletedAt]).toEqual([1 + outcomes.filter((outcome) => outcome === 'admitted').length, core.clock.now()]);
    }
    expect(await driftOf(core)).toEqual([]);
  });
});

describe('the counts of the backlog', () => {
  it('are of every lane, and of this project only', async () => {
    const other = await seedProject(core, tenant.organization);
    await Promise.all([
      seedFeature(core, tenant, { status: 'COMPLETED', voteCount: 4 }),
      seedFeature(core, tenant, { category: 'ERROR', status: 'COMPLETED' }),
      seedFeature(core, tenant, { deletedAt: core.clock.now(), voteCount: 9 }),
      seedFeature(core, { project: other }, { voteCount: 9 }),
    ]);
    expect(await me.backlog.stats({ projectId: tenant.project.slug })).toEqual({
      projectId: tenant.project.id,
      featureCount: 3,
      totalVoteCount: 4,
      laneBreakdown: [
        { status: 'NEEDS_ACTION', count: 1 },
        { status: 'IN_PROGRESS', count: 0 },
        { status: 'COMPLETED', count: 2 },
      ],
    });
  });

  it('of an empty project are zero in every lane', async () => {
    const { id: projectId } = await seedProject(core, tenant.organization);
    expect(await me.backlog.stats({ projectId })).toMatchObject({
      featureCount: 0,
      totalVoteCount: 0,
      laneBreakdown: [{ count: 0 }, { count: 0 }, { count: 0 }],
    });
  });
});
