import { seedKey, seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { testEngine } from '@reqbase/db/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
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
const setPlan = (plan: 'free' | 'pro') =>
  core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan } });

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

describe('the developer note', () => {
  const write = (text: string | null, caller = me) => caller.backlog.writeNote({ ...of(), text });

  it('is written and removed, with the time, and leaves an entry without its text', async () => {
    core.clock.advance(60_000);
    expect(await write('See the import')).toMatchObject({
      developerNote: 'See the import',
      developerNoteUpdatedAt: '2026-03-14T10:21:30.250Z',
      version: 2,
      updatedAt: '2026-03-14T10:21:30.250Z',
    });
    expect(await write(null)).toMatchObject({ developerNote: null, version: 3 });
    expect((await entries()).map(({ action, resourceId }) => [action, resourceId])).toEqual([
      ['feature.note_written', id],
      ['feature.note_written', id],
    ]);
    expect(JSON.stringify(await entries())).not.toContain('import');
  });

  it('is seen by developers and above, and null to viewers', async () => {
    await write('secret');
    for (const [role, seen] of [
      ['owner', 'secret'],
      ['admin', 'secret'],
      ['developer', 'secret'],
      ['viewer', null],
    ] as const) {
      await setRole(role);
      const { developerNote, developerNoteUpdatedAt } = await me.backlog.get(of());
      expect([role, developerNote, developerNoteUpdatedAt === null]).toEqual([role, seen, seen === null]);
    }
  });

  it('is null on the plan Free, to the owner too, and there again on Pro', async () => {
    await write('secret');
    await setPlan('free');
    expect(await me.backlog.get(of())).toMatchObject({ developerNote: null, developerNoteUpdatedAt: null });
    await setPlan('pro');
    expect(await me.backlog.get(of())).toMatchObject({ developerNote: 'secret' });
  });

  it('is seen through a key as its owner’s role allows', async () => {
    await write('secret');
    const [viewer, developer] = [
      await seedKey(core, tenant, { serviceAccount: { role: 'viewer' } }),
      await seedKey(core, tenant, { serviceAccount: { role: 'developer' } }),
    ];
    expect((await callAs(core, viewer.credential).backlog.get(of())).developerNote).toBeNull();
    expect((await callAs(core, developer.credential).backlog.get(of())).developerNote).toBe('secret');
  });

  it('is in no other answer to a viewer: no list, no change', async () => {
    await write('secret');
    const key = await callAsKey(core, tenant, { scopes: ['backlog:read'], serviceAccount: { role: 'viewer' } });
    expect(JSON.stringify(await key.backlog.list({ projectId: tenant.project.id }))).not.toContain('secret');
    await setRole('viewer');
    expect(await outcomeOf(write('mine'))).toBe('FORBIDDEN');
    expect(await rowOf()).toMatchObject({ developerNote: 'secret', version: 2 });
  });

  it('has at most 20,000 characters', async () => {
    expect(await outcomeOf(write('x'.repeat(20_001)))).toBe('BAD_REQUEST');
    expect(await outcomeOf(write('x'.repeat(20_000)))).toBe('admitted');
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
