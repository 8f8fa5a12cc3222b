import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { recordStatements, testEngine } from '@reqbase/db/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { FeatureCategory, FeatureStatus } from './schema.ts';
import { driftOf, seedFeature } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

/** The embedded database runs one transaction at a time: there is no race to repeat. */
const ROUNDS = testEngine === 'postgres' ? 6 : 1;

type Change = Omit<Parameters<Caller['backlog']['changeStatus']>[0], 'projectId' | 'id'>;
const change = (id: string, input: Change, caller = me) =>
  caller.backlog.changeStatus({ projectId: tenant.project.id, id, ...input });
const rowOf = (id: string) => core.db.prisma.feature.findUniqueOrThrow({ where: { id } });
const entries = () => core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id }, orderBy: { at: 'asc' } });
const votersOf = async (id: string) =>
  (await core.db.prisma.vote.findMany({ where: { featureId: id }, include: { requester: true } }))
    .map(({ requester }) => requester.externalId)
    .toSorted();

/** A feature with votes by requesters of these names. */
async function seedVoted(names: readonly string[], columns: Parameters<typeof seedFeature>[2] = {}): Promise<string> {
  const id = await seedFeature(core, tenant, columns);
  for (const externalId of names) await me.backlog.addVote({ projectId: tenant.project.id, id, requester: { externalId } });
  return id;
}

const ALLOWED = {
  FEATURE: ['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'],
  ERROR: ['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'],
  FEEDBACK: ['NEEDS_ACTION', 'COMPLETED'],
  OTHER: ['NEEDS_ACTION', 'COMPLETED'],
} as const;
const TRANSITIONS = FeatureCategory.options.flatMap((category) =>
  ALLOWED[category].flatMap((from) => FeatureStatus.options.map((to) => [category, from, to] as const)),
);

describe('a change of status', () => {
  it.each(TRANSITIONS)('of %s from %s to %s is as its category allows', async (category, from, to) => {
    const id = await seedFeature(core, tenant, { category, status: from });
    if ((ALLOWED[category] as readonly string[]).includes(to)) {
      expect(await change(id, { status: to })).toMatchObject({ id, status: to });
      expect(await rowOf(id)).toMatchObject({ status: to });
    } else {
      expect(await refusalOf(change(id, { status: to }))).toMatchObject({
        code: 'INVALID_STATUS_TRANSITION',
        status: 409,
        detail: { allowed: ALLOWED[category] },
      });
      expect(await rowOf(id)).toMatchObject({ status: from, version: 1 });
      expect(await entries()).toEqual([]);
    }
  });

  it('moves the version and the times, and leaves one entry with what was and what is', async () => {
    const id = await seedFeature(core, tenant);
    core.clock.advance(60_000);
    const key = await seedKey(core, tenant, { scopes: ['status:write'] });
    const answer = await change(id, { status: 'COMPLETED', completionKind: 'SHIPPED' }, callAs(core, key.credential));
    const now = '2026-03-14T10:21:30.250Z';
    expect(answer).toMatchObject({
      version: 2,
      updatedAt: now,
      statusChangedAt: now,
      createdAt: '2026-03-14T10:20:30.250Z',
      completionKind: 'SHIPPED',
    });
    expect(await entries()).toMatchObject([
      {
        action: 'feature.status_changed',
        resourceType: 'feature',
        resourceId: id,
        apiKeyId: key.id,
        diff: { from: 'NEEDS_ACTION', to: 'COMPLETED', completionKind: 'SHIPPED', closeReason: null },
      },
    ]);
  });

  it.each<[string, Change, Change]>([
    ['the status alone', { status: 'IN_PROGRESS' }, { status: 'IN_PROGRESS' }],
    ['the status it began with', { status: 'NEEDS_ACTION' }, { status: 'NEEDS_ACTION' }],
    ['the status without what was said with it', { status: 'COMPLETED', completionKind: 'SHIPPED' }, { status: 'COMPLETED' }],
    [
      'the very same',
      { status: 'COMPLETED', closeReason: 'DECLINED' },
      { status: 'COMPLETED', closeReason: 'DECLINED', completionKind: null },
    ],
  ])('to %s, said again, changes nothing and leaves no entry', async (_what, first, again) => {
    const id = await seedFeature(core, tenant);
    await change(id, first);
    const [row, count] = [await rowOf(id), (await entries()).length];
    core.clock.advance(60_000);
    expect(await change(id, again)).toMatchObject({ version: row.version, updatedAt: row.updatedAt.toISOString() });
    expect(await rowOf(id)).toEqual(row);
    expect(await entries()).toHaveLength(count);
  });

  it('from one way of being completed to another keeps the time of completion', async () => {
    const id = await seedFeature(core, tenant);
    await change(id, { status: 'COMPLETED', completionKind: 'NEXT_UPDATE' });
    core.clock.advance(60_000);
    const shipped = await change(id, { status: 'COMPLETED', completionKind: 'SHIPPED' });
    expect(shipped).toMatchObject({
      completionKind: 'SHIPPED',
      version: 3,
      statusChangedAt: '2026-03-14T10:20:30.250Z',
      updatedAt: '2026-03-14T10:21:30.250Z',
    });
    expect(await change(id, { status: 'COMPLETED', closeReason: 'DECLINED' })).toMatchObject({
      completionKind: null,
      closeReason: 'DECLINED',
    });
    expect(await entries()).toHaveLength(3);
  });

  it.each(['NEEDS_ACTION', 'IN_PROGRESS'] as const)('back to %s forgets how it was completed', async (status) => {
    const original = await seedFeature(core, tenant);
    for (const how of [
      { completionKind: 'SHIPPED' },
      { closeReason: 'OUT_OF_SCOPE' },
      { closeReason: 'DUPLICATE', duplicateOfId: original },
    ] as const) {
      const id = await seedFeature(core, tenant);
      await change(id, { status: 'COMPLETED', ...how });
      expect(await change(id, { status })).toMatchObject({
        status,
        completionKind: null,
        closeReason: null,
        duplicateOfId: null,
      });
    }
  });

  it.each<[string, Change, string[]]>([
    ['a kind of completion without completion', { status: 'IN_PROGRESS', completionKind: 'SHIPPED' }, ['completionKind']],
    ['a reason to close without closing', { status: 'NEEDS_ACTION', closeReason: 'DECLINED' }, ['closeReason']],
    ['both at once', { status: 'COMPLETED', completionKind: 'SHIPPED', closeReason: 'DECLINED' }, ['closeReason']],
    ['a duplicate of nothing', { status: 'COMPLETED', closeReason: 'DUPLICATE' }, ['duplicateOfId']],
    ['an original without being a duplicate', { status: 'COMPLETED', duplicateOfId: randomUUID() }, ['duplicateOfId']],
    [
      'an original with another reason',
      { status: 'COMPLETED', closeReason: 'DECLINED', duplicateOfId: randomUUID() },
      ['duplicateOfId'],
    ],
    ['an unknown status', { status: 'PLANNED' as 'COMPLETED' }, ['status']],
    ['a version that no row can have', { status: 'COMPLETED', ifVersion: 3e9 }, ['ifVersion']],
  ])('with %s is refused by the field, and changes nothing', async (_what, input, paths) => {
    const id = await seedFeature(core, tenant);
    const { code, issues } = await refusalOf(change(id, input));
    expect([code, issues.map(({ path }) => path)]).toEqual(['BAD_REQUEST', paths]);
    expect([(await rowOf(id)).version, await entries()]).toEqual([1, []]);
  });
});

describe('the id of an original that the caller may not see', () => {
  it('answers as that of none, whether it is the right one or not', async () => {
    const id = await seedFeature(core, tenant);
    const [original, other] = [
      await seedFeature(core, tenant, { category: 'ERROR' }),
      await seedFeature(core, tenant, { category: 'ERROR' }),
    ];
    const toDuplicateOf = (duplicateOfId: string) => ({
      status: 'COMPLETED' as const,
      closeReason: 'DUPLICATE' as const,
      duplicateOfId,
    });
    await change(id, toDuplicateOf(original));
    const before = await rowOf(id);
    const stranger = await callAsKey(core, tenant, { scopes: ['status:write'] });
    const refusals = await Promise.all(
      [original, other, randomUUID()].map((guess) => refusalOf(change(id, toDuplicateOf(guess), stranger))),
    );
    expect(refusals[0]).toMatchObject({ status: 404, code: 'FEATURE_NOT_FOUND' });
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
    // What they see of it, they may say again; and who sees it, may say that.
    expect(await change(id, { status: 'COMPLETED', duplicateOfId: null }, stranger)).toMatchObject({ closeReason: 'DUPLICATE' });
    expect(await change(id, toDuplicateOf(original))).toMatchObject({ duplicateOfId: original });
    expect(await rowOf(id)).toEqual(before);
  });
});

describe('ifVersion', () => {
  it('lets the change through at the version it names, and refuses it at any other', async () => {
    const id = await seedFeature(core, tenant);
    for (const ifVersion of [0, 2, 17])
      expect(await outcomeOf(change(id, { status: 'COMPLETED', ifVersion }))).toBe('PRECONDITION_FAILED');
    expect([(await rowOf(id)).version, await entries()]).toEqual([1, []]);
    expect(await change(id, { status: 'COMPLETED', ifVersion: 1 })).toMatchObject({ version: 2 });
    expect(await outcomeOf(change(id, { status: 'NEEDS_ACTION', ifVersion: 1 }))).toBe('PRECONDITION_FAILED');
  });

  it('is refused after any other change of the feature: a comment, a vote, a note', async () => {
    const id = await seedFeature(core, tenant);
    const of = { projectId: tenant.project.id, id };
    const others = [
      () => me.backlog.createComment({ ...of, body: 'a' }),
      () => me.backlog.addVote({ ...of, requester: { externalId: 'u1' } }),
      () => me.backlog.writeNote({ ...of, text: 'a' }),
    ];
    for (const other of others) {
      const { version } = await rowOf(id);
      await other();
      expect(await outcomeOf(change(id, { status: 'IN_PROGRESS', ifVersion: version }))).toBe('PRECONDITION_FAILED');
    }
  });

  it('lets exactly one of many through that read the same version: no update is lost', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await seedFeature(core, tenant);
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          outcomeOf(change(id, { status: 'COMPLETED', completionKind: n % 2 === 0 ? 'SHIPPED' : 'NEXT_UPDATE', ifVersion: 1 })),
        ),
      );
      expect(outcomes.toSorted()).toEqual(
        ['PRECONDITION_FAILED', 'admitted'].flatMap((outcome, i) => Array<string>(i === 0 ? 9 : 1).fill(outcome)),
      );
      expect((await rowOf(id)).version).toBe(2);
    }
    expect(await entries()).toHaveLength(ROUNDS);
  });

  it('not given, every change is made, one after the other, each from what the last has left', async () => {
    const id = await seedFeature(core, tenant);
    const statuses = Array.from({ length: 16 }, (_, n) => FeatureStatus.options[n % 3] ?? 'COMPLETED');
    await Promise.all(statuses.map((status) => change(id, { status })));
    const diffs = (await entries()).map(({ diff }) => diff as { from: string; to: string });
    expect((await rowOf(id)).version).toBe(1 + diffs.length);
    // Sorted into one chain: as many leave each status as come to it, but for the ends.
    const count = (side: 'from' | 'to', status: string) => diffs.filter((diff) => diff[side] === status).length;
    const { status: last } = await rowOf(id);
    for (const status of FeatureStatus.options) {
      expect(count('to', status) - count('from', status)).toBe(Number(status === last) - Number(status === 'NEEDS_ACTION'));
    }
  });
});

describe('closing as a duplicate', () => {
  const close = (id: string, duplicateOfId: string) =>
    change(id, { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId });

  it('moves the votes to the original, and counts who voted for both once', async () => {
    const original = await seedVoted(['ada', 'bob']);
    const duplicate = await seedVoted(['bob', 'cyd', 'dan']);
    expect(await close(duplicate, original)).toMatchObject({
      voteCount: 0,
      status: 'COMPLETED',
      closeReason: 'DUPLICATE',
      duplicateOfId: original,
    });
    expect(await me.backlog.get({ projectId: tenant.project.id, id: original })).toMatchObject({ voteCount: 4 });
    expect([await votersOf(original), await votersOf(duplicate)]).toEqual([['ada', 'bob', 'cyd', 'dan'], []]);
    expect(await driftOf(core)).toEqual([]);
  });

  it('moves thousands of votes in as many statements as a few', async () => {
    const seedMany = async (count: number) => {
      const ids = Array.from({ length: count }, () => randomUUID());
      await core.db.prisma.requester.createMany({
        data: ids.map((id) => ({ id, projectId: tenant.project.id, kind: 'identified' as const, externalId: id })),
      });
      const featureId = await seedVoted([]);
      await core.db.prisma.vote.createMany({ data: ids.map((requesterId) => ({ featureId, requesterId })) });
      await core.db.prisma.feature.update({ where: { id: featureId }, data: { voteCount: count } });
      return featureId;
    };
    const { db, statements } = recordStatements(core.db);
    const services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
    const caller = callAs({ core: services }, { kind: 'session', userId: tenant.user.id });
    const costs = [];
    for (const count of [3, 5_000]) {
      const [original, duplicate] = [await seedVoted(['ada']), await seedMany(count)];
      statements.length = 0;
      await caller.backlog.changeStatus({
        projectId: tenant.project.id,
        id: duplicate,
        status: 'COMPLETED',
        closeReason: 'DUPLICATE',
        duplicateOfId: original,
      });
      costs.push(statements.length);
      expect((await rowOf(original)).voteCount).toBe(count + 1);
    }
    expect(costs[1]).toBe(costs[0]);
    expect(await driftOf(core)).toEqual([]);
  });

  it('changes the original’s version and time too: a sync has to see its new count', async () => {
    const original = await seedVoted([]);
    const duplicate = await seedVoted(['ada']);
    core.clock.advance(60_000);
    await close(duplicate, original);
    expect(await rowOf(original)).toMatchObject({ version: 2, updatedAt: core.clock.now(), status: 'NEEDS_ACTION' });
  });

  it('said again changes nothing; of another original, there is nothing left to move', async () => {
    const [first, second] = [await seedVoted(['ada']), await seedVoted([])];
    const duplicate = await seedVoted(['bob']);
    await close(duplicate, first);
    const before = await rowOf(first);
    await close(duplicate, first);
    expect(await rowOf(first)).toEqual(before);
    expect(await close(duplicate, second)).toMatchObject({ duplicateOfId: second });
    expect([await votersOf(first), await votersOf(second)]).toEqual([['ada', 'bob'], []]);
    expect(await driftOf(core)).toEqual([]);
  });

  it('of itself is refused', async () => {
    const id = await seedVoted(['ada']);
    expect(await outcomeOf(close(id, id))).toBe('BAD_REQUEST');
  });

  it('loses no vote and no count while others vote, and fails for nobody', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const original = await seedVoted(['ada', 'bob']);
      const duplicate = await seedVoted(['bob', 'cyd', 'dan']);
      const ids = Object.fromEntries(
        (await core.db.prisma.requester.findMany({ where: { projectId: tenant.project.id } })).map(({ externalId, id }) => [
          externalId,
          id,
        ]),
      );
      const vote = (id: string, externalId: string) =>
        outcomeOf(me.backlog.addVote({ projectId: tenant.project.id, id, requester: { externalId } }));
      const unvote = (id: string, name: string) =>
        outcomeOf(me.backlog.removeVote({ projectId: tenant.project.id, id, requesterId: ids[name] ?? '' }));
      const outcomes = await Promise.all([
        ...['eve', 'fay', 'gus'].map((name) => vote(duplicate, `${name} ${round}`)),
        unvote(duplicate, 'cyd'),
        unvote(duplicate, 'dan'),
        outcomeOf(close(duplicate, original)),
        unvote(original, 'ada'),
        vote(original, `hal ${round}`),
        unvote(duplicate, 'bob'),
        vote(duplicate, `ian ${round}`),
      ]);
      // A vote that comes too late for the duplicate is refused, not lost.
      for (const outcome of outcomes) expect(['admitted', 'CONFLICT']).toContain(outcome);
      expect(outcomes[5]).toBe('admitted');
      expect(await driftOf(core)).toEqual([]);
      expect(await votersOf(duplicate)).toEqual([]);
      const late = ['eve', 'fay', 'gus'].filter((_name, n) => outcomes[n] === 'admitted');
      for (const name of late) expect(await votersOf(original)).toContain(`${name} ${round}`);
    }
  });

  it('of one that has duplicates makes them duplicates of its original', async () => {
    const [original, second, third] = [await seedVoted(['ada']), await seedVoted(['bob']), await seedVoted(['cyd'])];
    await close(third, second);
    const { version } = await rowOf(third);
    await close(second, original);
    expect([(await rowOf(second)).duplicateOfId, (await rowOf(third)).duplicateOfId]).toEqual([original, original]);
    expect((await rowOf(third)).version).toBe(version + 1);
    expect(await votersOf(original)).toEqual(['ada', 'bob', 'cyd']);
    expect(await driftOf(core)).toEqual([]);
  });

  it('of one that is a duplicate itself is refused: there are no chains, and no rings', async () => {
    const [original, duplicate, third] = [await seedVoted(['ada']), await seedVoted(['bob']), await seedVoted(['cyd'])];
    await close(duplicate, original);
    expect(await outcomeOf(close(third, duplicate))).toBe('CONFLICT');
    expect(await outcomeOf(close(original, duplicate))).toBe('CONFLICT');
    expect([await votersOf(original), await votersOf(duplicate), await votersOf(third)]).toEqual([['ada', 'bob'], [], ['cyd']]);
    expect(await rowOf(third)).toMatchObject({ status: 'NEEDS_ACTION', duplicateOfId: null });
    expect(await driftOf(core)).toEqual([]);
  });

  it('of a private one moves no votes there, where none can be cast', async () => {
    const report = await seedFeature(core, tenant, { category: 'ERROR' });
    const voted = await seedVoted(['ada']);
    expect(await outcomeOf(close(voted, report))).toBe('CONFLICT');
    expect([await votersOf(voted), (await rowOf(voted)).status]).toEqual([['ada'], 'NEEDS_ACTION']);
    expect(await close(await seedFeature(core, tenant, { category: 'ERROR' }), report)).toMatchObject({ duplicateOfId: report });
  });

  it('to and fro at once is done one way, and fails for nobody', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = [await seedVoted(['ada']), await seedVoted(['bob'])];
      const outcomes = await Promise.all([outcomeOf(close(a, b)), outcomeOf(close(b, a))]);
      expect(outcomes.toSorted()).toEqual(['CONFLICT', 'admitted']);
      expect(await driftOf(core)).toEqual([]);
    }
  });
});
