import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { recordStatements } from '@reqbase/db/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
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
  id = await seedFeature(core, tenant);
});

const of = (featureId = id) => ({ projectId: tenant.project.id, id: featureId });
const vote = (externalId: string, featureId = id, caller = me) =>
  caller.backlog.addVote({ ...of(featureId), requester: { externalId } });
const requesterId = async (externalId: string) =>
  (await core.db.prisma.requester.findFirstOrThrow({ where: { projectId: tenant.project.id, externalId } })).id;
const unvote = async (externalId: string, featureId = id) =>
  me.backlog.removeVote({ ...of(featureId), requesterId: await requesterId(externalId) });
const feature = (featureId = id) => core.db.prisma.feature.findUniqueOrThrow({ where: { id: featureId } });
const actions = async () =>
  (await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id }, orderBy: { at: 'asc' } })).map(
    ({ action }) => action,
  );

describe('a vote', () => {
  it('counts, and its requester is made when new', async () => {
    core.clock.advance(60_000);
    expect(await vote('ada')).toEqual({ voteCount: 1 });
    expect(await vote('bob')).toEqual({ voteCount: 2 });
    expect(await feature()).toMatchObject({ voteCount: 2, version: 3, updatedAt: core.clock.now() });
    expect(await actions()).toEqual(['feature.voted', 'feature.voted']);
  });

  it('given twice counts once, and changes nothing the second time', async () => {
    await vote('ada');
    const before = await feature();
    core.clock.advance(60_000);
    expect(await vote('ada')).toEqual({ voteCount: 1 });
    expect(await feature()).toEqual(before);
    expect(await actions()).toEqual(['feature.voted']);
  });

  it('taken back is gone, and taken back twice changes nothing', async () => {
    await vote('ada');
    await vote('bob');
    expect(await unvote('ada')).toEqual({ voteCount: 1 });
    const before = await feature();
    expect(await unvote('ada')).toEqual({ voteCount: 1 });
    expect(await feature()).toEqual(before);
    expect(await me.backlog.removeVote({ ...of(), requesterId: randomUUID() })).toEqual({ voteCount: 1 });
    expect(await actions()).toEqual(['feature.voted', 'feature.voted', 'feature.vote_removed']);
  });

  it.each([
    ['an error report', { category: 'ERROR' }],
    ['feedback', { category: 'FEEDBACK' }],
    ['a completed request', { status: 'COMPLETED' }],
    ['an answered question', { category: 'OTHER', status: 'COMPLETED' }],
  ] as const)('for %s is refused, and its requester is not made', async (_what, columns) => {
    const closed = await seedFeature(core, tenant, columns);
    expect(await outcomeOf(vote('ada', closed))).toBe('CONFLICT');
    expect(await feature(closed)).toMatchObject({ voteCount: 0, version: 1 });
    expect(await core.db.prisma.requester.count({ where: { projectId: tenant.project.id } })).toBe(0);
  });

  it('for a request in progress or a question counts', async () => {
    for (const columns of [{ status: 'IN_PROGRESS' }, { category: 'OTHER' }] as const) {
      expect(await vote('ada', await seedFeature(core, tenant, columns))).toEqual({ voteCount: 1 });
    }
  });

  it('of a requester elsewhere cannot be taken back here', async () => {
    const other = await seedTenant(core);
    const there = await seedFeature(core, other);
    await callAsUser(core, other.user).backlog.addVote({
      projectId: other.project.id,
      id: there,
      requester: { externalId: 'ada' },
    });
    const { requesterId: stranger } = await core.db.prisma.vote.findFirstOrThrow({ where: { featureId: there } });
    expect(await outcomeOf(me.backlog.removeVote({ projectId: tenant.project.id, id: there, requesterId: stranger }))).toBe(
      'FEATURE_NOT_FOUND',
    );
    expect(await core.db.prisma.vote.count({ where: { featureId: there } })).toBe(1);
  });
});

describe('votes at once', () => {
  it('of twenty requesters are twenty; of one requester, one', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => vote(`r${n}`)));
    const other = await seedFeature(core, tenant);
    await Promise.all(Array.from({ length: 20 }, () => vote('ada', other)));
    expect([(await feature()).voteCount, (await feature(other)).voteCount]).toEqual([20, 1]);
    expect(await driftOf(core)).toEqual([]);
  });

  it('given and taken back in any order leave the count that there are votes, and fail for nobody', async () => {
    const names = ['ada', 'bob', 'cyd', 'dan'];
    for (const name of names) await vote(name);
    const key = await callAsKey(core, tenant, { scopes: ['backlog:write', 'comments:write'] });
    const outcomes = await Promise.all(
      Array.from({ length: 48 }, (_, n) => {
        const name = names[n % 4] ?? 'ada';
        if (n % 12 === 5) return outcomeOf(key.backlog.createComment({ ...of(), body: 'meanwhile' }));
        return outcomeOf((n * 7) % 3 === 0 ? unvote(name) : vote(name, id, n % 2 === 0 ? me : key));
      }),
    );
    expect(new Set(outcomes)).toEqual(new Set(['admitted']));
    expect(await driftOf(core)).toEqual([]);
  });
});

describe('the voters', () => {
  it('come latest first, each once, with what is known of them', async () => {
    for (const externalId of ['ada', 'bob', 'cyd', 'dan', 'eve']) {
      // Two share an instant: the page has to break the tie.
      if (externalId !== 'cyd') core.clock.advance(60_000);
      await me.backlog.addVote({
        ...of(),
        requester: { externalId, name: externalId.toUpperCase(), email: `${externalId}@example.com` },
      });
    }
    const seen: (string | null)[] = [];
    let cursor: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof me.backlog.listVoters>> = await me.backlog.listVoters({
        ...of(),
        limit: 2,
        ...(cursor !== undefined && { cursor }),
      });
      seen.push(...page.items.map((voter) => voter.externalId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect([seen.slice(0, 2), seen.slice(2, 4).toSorted(), seen.slice(4)]).toEqual([['eve', 'dan'], ['bob', 'cyd'], ['ada']]);
    expect((await me.backlog.listVoters({ ...of(), limit: 1 })).items).toEqual([
      {
        requesterId: await requesterId('eve'),
        externalId: 'eve',
        name: 'EVE',
        email: 'eve@example.com',
        votedAt: core.clock.now().toISOString(),
      },
    ]);
  });

  it('cost one statement beside the look-up and the meter’s, and tell a missing feature from one without votes', async () => {
    const { db, statements } = recordStatements(core.db);
    const services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
    const { credential } = await seedKey(core, tenant, { scopes: ['requesters:read'] });
    const caller = callAs({ core: services }, credential);
    expect(await caller.backlog.listVoters(of())).toEqual({ items: [], hasMore: false, nextCursor: null });
    for (const name of ['ada', 'bob']) await vote(name);
    const { nextCursor } = await caller.backlog.listVoters({ ...of(), limit: 1 });
    const pages = [{}, { limit: 1 }, { limit: 1, cursor: nextCursor ?? '' }].map((page) => ({ ...of(), ...page }));
    for (const page of pages) {
      statements.length = 0;
      expect((await caller.backlog.listVoters(page)).items.length).toBeGreaterThan(0);
      expect(statements.map((text) => /(?:from|join) (api_key|key_rate|feature)\b/.exec(text)?.[1])).toEqual([
        'api_key',
        'key_rate',
        'feature',
      ]);
    }
    expect(await outcomeOf(caller.backlog.listVoters(of(randomUUID())))).toBe('FEATURE_NOT_FOUND');
  });

  it('are shown with requesters:read only: they are people', async () => {
    await vote('ada');
    expect(
      await outcomeOf((await callAsKey(core, tenant, { scopes: ['backlog:read', 'backlog:write'] })).backlog.listVoters(of())),
    ).toBe('INSUFFICIENT_SCOPE');
    expect((await (await callAsKey(core, tenant, { scopes: ['requesters:read'] })).backlog.listVoters(of())).items).toHaveLength(
      1,
    );
  });

  it('are paged with a cursor of this feature’s only', async () => {
    const other = await seedFeature(core, tenant);
    for (const name of ['ada', 'bob']) for (const target of [id, other]) await vote(name, target);
    const { nextCursor } = await me.backlog.listVoters({ ...of(), limit: 1 });
    expect(await outcomeOf(me.backlog.listVoters({ ...of(other), limit: 1, cursor: nextCursor ?? '' }))).toBe('INVALID_CURSOR');
  });
});
