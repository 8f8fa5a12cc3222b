import { randomUUID } from 'node:crypto';
import { SCOPE_NAMES } from '@reqbase/auth';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listProcedures } from '../../procedures.ts';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { seedFeature } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let owner: Caller;
/** May do all that a key can, but read conversations. */
let blind: Caller;

/** Stands in every text of a private feature. */
const CANARY = 'PRIVATE';
const TITLE = `Crash when saving ${CANARY}`;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  owner = callAsUser(core, tenant.user);
  blind = await callAsKey(core, tenant, { scopes: SCOPE_NAMES.filter((scope) => !scope.startsWith('conversations:')) });
});

const ofProject = () => ({ projectId: tenant.project.id });

/** An input of every procedure of the backlog, and of the others that read it, about the feature `id`. */
const ABOUT: Readonly<Record<string, (id: string) => object>> = {
  'backlog.list': ofProject,
  'backlog.get': (id) => ({ ...ofProject(), id }),
  'backlog.create': () => ({ ...ofProject(), title: TITLE }),
  'backlog.changeStatus': (id) => ({ ...ofProject(), id, status: 'COMPLETED' }),
  'backlog.remove': (id) => ({ ...ofProject(), id }),
  'backlog.stats': ofProject,
  'backlog.tags': ofProject,
  'backlog.getScreenshot': (id) => ({ ...ofProject(), id }),
  'backlog.getNote': (id) => ({ ...ofProject(), id }),
  'backlog.getAgentSection': (id) => ({ ...ofProject(), id }),
  'backlog.writeAgentSection': (id) => ({ ...ofProject(), id, text: 'overwritten' }),
  'backlog.claimForAgent': (id) => ({ ...ofProject(), featureId: id }),
  'backlog.reportAgentEvent': (id) => ({ ...ofProject(), featureId: id, kind: 'agent.pr_opened' }),
  'backlog.editComment': (id) => ({ ...ofProject(), id, commentId: randomUUID(), body: 'overwritten' }),
  'backlog.removeComment': (id) => ({ ...ofProject(), id, commentId: randomUUID() }),
  'backlog.writeNote': (id) => ({ ...ofProject(), id, text: 'overwritten' }),
  'backlog.listComments': (id) => ({ ...ofProject(), id }),
  'backlog.createComment': (id) => ({ ...ofProject(), id, body: 'a comment' }),
  'backlog.listVoters': (id) => ({ ...ofProject(), id }),
  'backlog.addVote': (id) => ({ ...ofProject(), id, requester: { externalId: 'voter' } }),
  'backlog.removeVote': (id) => ({ ...ofProject(), id, requesterId: randomUUID() }),
  'projects.get': ofProject,
};
const paths = Object.keys(ABOUT);
const aboutOne = paths.filter((path) => 'id' in (listProcedures().find((facts) => facts.path === path)?.input.shape ?? {}));
/** Refuses an event about what is not there as the others do; a claim always answers, and says so. */
const refusing = [...aboutOne, 'backlog.reportAgentEvent'];

function call(caller: Caller, path: string, id: string): Promise<unknown> {
  const [slice = '', name = ''] = path.split('.');
  const act = (caller as unknown as Record<string, Record<string, (input: object) => Promise<unknown>>>)[slice]?.[name];
  if (act === undefined) throw new Error(`no procedure ${path}`);
  return act(ABOUT[path]?.(id) ?? {});
}

/** A private feature with everything that a feature can have. */
async function seedPrivate(category: 'ERROR' | 'FEEDBACK', of: Pick<TestTenant, 'project'> = tenant): Promise<string> {
  const requesterId = randomUUID();
  await core.db.prisma.requester.create({
    data: { id: requesterId, projectId: of.project.id, kind: 'identified', name: CANARY, externalId: randomUUID() },
  });
  const id = await seedFeature(core, of, {
    category,
    title: TITLE,
    description: CANARY,
    developerNote: CANARY,
    tags: [CANARY],
    requesterId,
    voteCount: 1,
    commentCount: 1,
  });
  await core.db.prisma.vote.create({ data: { featureId: id, requesterId } });
  await core.db.prisma.comment.create({
    data: {
      id: randomUUID(),
      featureId: id,
      authorKind: 'REQUESTER',
      authorName: CANARY,
      body: CANARY,
      createdAt: core.clock.now(),
    },
  });
  return id;
}

const snapshot = () =>
  Promise.all([
    core.db.prisma.feature.findMany({ where: { category: { in: ['ERROR', 'FEEDBACK'] } }, orderBy: { id: 'asc' } }),
    core.db.prisma.vote.count(),
    core.db.prisma.comment.count(),
    core.db.prisma.agentClaim.count(),
    core.db.prisma.notification.count({ where: { isPrivate: true } }),
  ]);

it('is tried here for every procedure that reads or changes the backlog', () => {
  const all = listProcedures().map(({ path }) => path);
  expect(paths.toSorted()).toEqual(all.filter((path) => path.startsWith('backlog.') || path === 'projects.get').toSorted());
  expect(aboutOne).toHaveLength(15);
});

describe('without conversations:read', () => {
  it.each(paths)('%s leaks nothing of private features, and changes none', async (path) => {
    const ids = [await seedPrivate('ERROR'), await seedPrivate('FEEDBACK')];
    const before = await snapshot();
    for (const id of ids) {
      if (refusing.includes(path)) {
        expect(await outcomeOf(call(blind, path, id))).toBe('FEATURE_NOT_FOUND');
      } else {
        // Of what it has just sent itself, the caller may hear.
        const answer = JSON.stringify(await call(blind, path, id)).replaceAll(TITLE, path === 'backlog.create' ? '' : TITLE);
        expect(answer).not.toContain(CANARY);
        for (const hidden of ids) expect(answer).not.toContain(hidden);
      }
    }
    expect(await snapshot()).toEqual(before);
  });

  it('private features are in no list, by whatever filter, sort or word', async () => {
    const shown = await seedFeature(core, tenant, { title: 'Dark mode', voteCount: 3 });
    await Promise.all([seedPrivate('ERROR'), seedPrivate('FEEDBACK')]);
    const list = async (filters: object) => (await blind.backlog.list({ ...ofProject(), ...filters })).items.map(({ id }) => id);
    for (const filters of [
      {},
      { sort: 'votes' },
      { sort: 'updatedAt', order: 'asc' },
      { status: ['NEEDS_ACTION'] },
      { minVotes: 1 },
    ])
      expect(await list(filters)).toEqual([shown]);
    const onlyHidden = [
      { category: ['ERROR' as const] },
      { category: ['ERROR' as const, 'FEEDBACK' as const] },
      { q: CANARY },
      { q: 'crash' },
      { tag: [CANARY] },
      { hasComments: true },
    ];
    for (const filters of onlyHidden) {
      expect(await list(filters)).toEqual([]);
      expect((await owner.backlog.list({ ...ofProject(), ...filters })).items.length).toBeGreaterThan(0);
    }
    expect(await list({ category: ['ERROR', 'FEATURE'] })).toEqual([shown]);
  });

  it('private features are in no count', async () => {
    await seedFeature(core, tenant, { voteCount: 3, status: 'COMPLETED' });
    await Promise.all([seedPrivate('ERROR'), seedPrivate('FEEDBACK')]);
    const stats = {
      featureCount: 1,
      totalVoteCount: 3,
      laneBreakdown: [
        { status: 'NEEDS_ACTION', count: 0 },
        { status: 'IN_PROGRESS', count: 0 },
        { status: 'COMPLETED', count: 1 },
      ],
    };
    expect(await blind.backlog.stats(ofProject())).toEqual({ ...ofProject(), ...stats });
    expect((await blind.projects.get(ofProject())).stats).toEqual(stats);
    expect(await owner.backlog.stats(ofProject())).toMatchObject({ featureCount: 3, totalVoteCount: 5 });
  });

  it('a private feature is no possible duplicate, and nothing can be closed as its duplicate', async () => {
    const hidden = await seedPrivate('ERROR');
    const { id, possibleDuplicates } = await blind.backlog.create({ ...ofProject(), title: TITLE });
    expect(possibleDuplicates).toEqual([]);
    expect(
      (await owner.backlog.create({ ...ofProject(), title: TITLE })).possibleDuplicates.map((duplicate) => duplicate.id),
    ).toContain(hidden);
    const close = { ...ofProject(), id, status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: hidden } as const;
    expect(await outcomeOf(blind.backlog.changeStatus(close))).toBe('FEATURE_NOT_FOUND');
    expect(await core.db.prisma.feature.findUniqueOrThrow({ where: { id } })).toMatchObject({
      status: 'NEEDS_ACTION',
      duplicateOfId: null,
    });
  });

  it('a private original is nowhere in its public duplicate', async () => {
    const hidden = await seedPrivate('ERROR');
    const id = await seedFeature(core, tenant, { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: hidden });
    const shown = await seedFeature(core, tenant);
    const open = await seedFeature(core, tenant, { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: shown });
    for (const [caller, originalId] of [
      [blind, null],
      [owner, hidden],
    ] as const) {
      expect((await caller.backlog.get({ ...ofProject(), id })).duplicateOfId).toBe(originalId);
      expect((await caller.backlog.get({ ...ofProject(), id: open })).duplicateOfId).toBe(shown);
      const { items } = await caller.backlog.list(ofProject());
      const originals = Object.fromEntries(items.map((item) => [item.id, item.duplicateOfId]));
      expect([originals[id], originals[open]]).toEqual([originalId, shown]);
    }
    const reopened = await blind.backlog.changeStatus({ ...ofProject(), id, status: 'COMPLETED', completionKind: null });
    expect(JSON.stringify(reopened)).not.toContain(hidden);
  });

  it('tags of private features are not counted', async () => {
    await seedFeature(core, tenant, { tags: ['ui', 'billing'] });
    await seedFeature(core, tenant, { tags: ['ui'] });
    await seedFeature(core, tenant, { tags: ['gone'], deletedAt: core.clock.now() });
    await seedFeature(core, await seedTenant(core), { tags: ['foreign'] });
    await seedPrivate('ERROR');
    const counts = [
      { tag: 'ui', count: 2 },
      { tag: 'billing', count: 1 },
    ];
    expect((await blind.backlog.tags(ofProject())).items).toEqual(counts);
    expect((await owner.backlog.tags(ofProject())).items).toContainEqual({ tag: CANARY, count: 1 });
  });

  it('a private feature can be sent in, and is gone from sight then', async () => {
    const { id, visibility } = await blind.backlog.create({ ...ofProject(), title: 'It crashed', category: 'ERROR' });
    expect(visibility).toBe('private');
    expect(await outcomeOf(blind.backlog.get({ ...ofProject(), id }))).toBe('FEATURE_NOT_FOUND');
    expect((await owner.backlog.get({ ...ofProject(), id })).id).toBe(id);
  });

  it('a cursor of one who sees them opens nothing', async () => {
    await seedFeature(core, tenant, { createdAt: new Date('2026-01-01') });
    await Promise.all([seedPrivate('ERROR'), seedPrivate('FEEDBACK')]);
    const { nextCursor } = await owner.backlog.list({ ...ofProject(), limit: 1 });
    const { items } = await blind.backlog.list({ ...ofProject(), limit: 1, cursor: nextCursor ?? '' });
    expect(items.map(({ category }) => category)).toEqual(['FEATURE']);
  });
});

describe('with conversations:read', () => {
  it.each([
    ['itself', ['backlog:read', 'conversations:read']],
    ['within conversations:write', ['backlog:read', 'conversations:write']],
    ['within read', ['read']],
  ])('granted %s, private features are there', async (_how, scopes) => {
    const id = await seedPrivate('ERROR');
    const caller = await callAsKey(core, tenant, { scopes, projectId: null });
    expect(await caller.backlog.get({ ...ofProject(), id })).toMatchObject({ title: TITLE, visibility: 'private' });
    expect((await caller.backlog.list(ofProject())).items).toHaveLength(1);
  });

  it('on another project only, they are not', async () => {
    const id = await seedPrivate('ERROR');
    const elsewhere = { permission: 'conversations:read', resourceType: 'project', resourceId: randomUUID() };
    const here = { ...elsewhere, resourceId: tenant.project.id };
    const blinded = await callAsKey(core, tenant, { scopes: ['backlog:read', elsewhere] });
    expect(await outcomeOf(blinded.backlog.get({ ...ofProject(), id }))).toBe('FEATURE_NOT_FOUND');
    expect(
      await outcomeOf((await callAsKey(core, tenant, { scopes: ['backlog:read', here] })).backlog.get({ ...ofProject(), id })),
    ).toBe('admitted');
  });

  it('they are there for every member, and no longer once the membership ends', async () => {
    const id = await seedPrivate('FEEDBACK');
    for (const role of ['viewer', 'developer', 'admin', 'owner'] as const) {
      await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
      expect(await outcomeOf(owner.backlog.get({ ...ofProject(), id }))).toBe('admitted');
    }
    await core.db.prisma.organizationMember.deleteMany({ where: { userId: tenant.user.id } });
    expect(await outcomeOf(owner.backlog.get({ ...ofProject(), id }))).toBe('PROJECT_NOT_FOUND');
  });
});

describe('the id of', () => {
  const elsewhere = async () => ({ project: (await seedTenant(core)).project });
  it.each<[string, () => Promise<string>]>([
    ['another organization’s feature', async () => seedFeature(core, await elsewhere())],
    ['another organization’s private feature', async () => seedPrivate('ERROR', await elsewhere())],
    ['a deleted feature', () => seedFeature(core, tenant, { deletedAt: core.clock.now() })],
    ['nothing', async () => randomUUID()],
  ])('%s answers FEATURE_NOT_FOUND everywhere, and nothing happens to it', async (_what, seed) => {
    const id = await seed();
    const before = await core.db.prisma.feature.findUnique({ where: { id } });
    for (const path of refusing) expect(await outcomeOf(call(owner, path, id)), path).toBe('FEATURE_NOT_FOUND');
    const own = await seedFeature(core, tenant);
    const duplicate = { ...ofProject(), id: own, status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: id } as const;
    expect(await outcomeOf(owner.backlog.changeStatus(duplicate))).toBe('FEATURE_NOT_FOUND');
    expect(await core.db.prisma.feature.findUnique({ where: { id } })).toEqual(before);
    expect(await core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id } })).toBe(0);
  });

  it.each(['1', 'not-a-uuid', '\0'])('"%s" is no id', async (id) => {
    for (const path of aboutOne) expect(await outcomeOf(call(owner, path, id)), path).toBe('BAD_REQUEST');
  });
});
