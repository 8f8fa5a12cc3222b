import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
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
  id = await seedFeature(core, tenant);
});

const of = (featureId = id) => ({ projectId: tenant.project.id, id: featureId });
const comment = async (parentId: string | null = null, caller = me) =>
  (await caller.backlog.createComment({ ...of(), body: 'a secret thought', parentId })).id;
const remove = (commentId: string, caller = me, featureId = id) => caller.backlog.removeComment({ ...of(featureId), commentId });
const edit = (commentId: string, body = 'better', caller = me) => caller.backlog.editComment({ ...of(), commentId, body });
const list = async () => (await me.backlog.listComments(of())).items;
const feature = () => core.db.prisma.feature.findUniqueOrThrow({ where: { id } });
const actions = async () =>
  (
    await core.db.prisma.auditEntry.findMany({
      where: { orgId: tenant.organization.id, outcome: 'allowed' },
      orderBy: { id: 'asc' },
    })
  )
    .map(({ action, resourceId }) => [action, resourceId])
    .filter(([action]) => action !== 'comment.created');

describe('a deleted comment', () => {
  it('without answers is gone from the list and the count, its words from the feed; its row is kept', async () => {
    const commentId = await comment();
    core.clock.advance(60_000);
    const { version } = await feature();
    await remove(commentId);
    expect(await list()).toEqual([]);
    expect(await feature()).toMatchObject({ commentCount: 0, version: version + 1, updatedAt: core.clock.now() });
    expect(await core.db.prisma.comment.findUniqueOrThrow({ where: { id: commentId } })).toMatchObject({
      deletedAt: core.clock.now(),
    });
    expect(JSON.stringify(await core.db.prisma.notification.findMany({ where: { commentId } }))).not.toContain('thought');
    expect(await actions()).toEqual([['comment.deleted', commentId]]);
  });

  it('with answers stays as a tombstone, until the last of them is gone too, however deep', async () => {
    const top = await comment();
    const middle = await comment(top);
    const leaf = await comment(middle);
    await remove(top);
    await remove(middle);
    expect((await list()).map(({ id: shown, body, deletedAt }) => [shown, body, deletedAt === null])).toEqual([
      [top, '', false],
      [middle, '', false],
      [leaf, 'a secret thought', true],
    ]);
    expect((await feature()).commentCount).toBe(1);
    await remove(leaf);
    expect([await list(), (await feature()).commentCount, await driftOf(core)]).toEqual([[], 0, []]);
  });

  it('cannot be answered, edited or deleted again', async () => {
    const commentId = await comment();
    await comment(commentId);
    await remove(commentId);
    const calls = [comment(commentId), edit(commentId), remove(commentId)];
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(Array(3).fill('COMMENT_NOT_FOUND'));
    expect((await feature()).commentCount).toBe(1);
  });

  it('is counted down once, however many delete it at once, among others who write', async () => {
    const commentId = await comment();
    const outcomes = await Promise.all([
      ...Array.from({ length: 8 }, () => outcomeOf(remove(commentId))),
      ...Array.from({ length: 8 }, () => outcomeOf(comment())),
      ...Array.from({ length: 4 }, () => outcomeOf(comment(commentId))),
    ]);
    expect(outcomes.slice(0, 8).toSorted()).toEqual([...Array(7).fill('COMMENT_NOT_FOUND'), 'admitted'].toSorted());
    const written = outcomes.slice(8).filter((outcome) => outcome === 'admitted').length;
    expect((await feature()).commentCount).toBe(written);
    expect(await driftOf(core)).toEqual([]);
  });

  it('may be anyone’s: a requester’s, or a colleague’s', async () => {
    const row = {
      id: randomUUID(),
      featureId: id,
      authorKind: 'REQUESTER' as const,
      authorName: 'Grace',
      body: 'a',
      createdAt: core.clock.now(),
    };
    await core.db.prisma.comment.create({ data: row });
    await core.db.prisma.feature.update({ where: { id }, data: { commentCount: 1 } });
    expect(await outcomeOf(remove(row.id, await callAsKey(core, tenant, { scopes: ['comments:delete'] })))).toBe('admitted');
  });

  it('needs comments:delete, which comments:write is not, and a developer', async () => {
    const commentId = await comment();
    expect(await outcomeOf(remove(commentId, await callAsKey(core, tenant, { scopes: ['comments:write'] })))).toBe(
      'INSUFFICIENT_SCOPE',
    );
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } });
    expect(await outcomeOf(remove(commentId))).toBe('FORBIDDEN');
    expect((await feature()).commentCount).toBe(1);
  });
});

describe('the comments that are shown', () => {
  it('are those that are there and what leads to them, in whatever order a thread is deleted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ parent: fc.nat(), isDeleted: fc.boolean() }), { minLength: 1, maxLength: 10 }),
        async (thread) => {
          const featureId = await seedFeature(core, tenant);
          const rows = thread.map(({ parent, isDeleted }, n) => ({
            id: randomUUID(),
            featureId,
            // The first of a thread answers nothing, others one before them or nothing.
            parentIndex: n === 0 || parent % (n + 1) === n ? null : parent % n,
            isDeleted,
          }));
          await core.db.prisma.comment.createMany({
            data: rows.map(({ id: commentId, parentIndex, isDeleted }, n) => ({
              id: commentId,
              featureId,
              parentId: parentIndex === null ? null : (rows[parentIndex]?.id ?? null),
              authorKind: 'TEAM' as const,
              authorName: 'Ada',
              body: 'a',
              createdAt: new Date(n * 60_000),
              deletedAt: isDeleted ? core.clock.now() : null,
            })),
          });
          const isShown = (index: number): boolean =>
            rows[index]?.isDeleted === false || rows.some(({ parentIndex }, below) => parentIndex === index && isShown(below));
          const shown = (await me.backlog.listComments(of(featureId))).items.map(({ id: commentId }) => commentId);
          expect(shown).toEqual(rows.filter((_, index) => isShown(index)).map(({ id: commentId }) => commentId));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('an edited comment', () => {
  it('has the new words and says when', async () => {
    const commentId = await comment();
    core.clock.advance(60_000);
    const edited = await edit(commentId, '  better  ');
    expect(edited).toMatchObject({ id: commentId, body: 'better', editedAt: '2026-03-14T10:21:30.250Z', deletedAt: null });
    expect(await list()).toEqual([edited]);
    expect(await actions()).toEqual([['comment.edited', commentId]]);
  });

  it('is one’s own: by the person, their key, or the service account that wrote it', async () => {
    const mine = await comment();
    expect(await outcomeOf(edit(mine, 'a', await callAsKey(core, tenant, { scopes: ['comments:write'] })))).toBe('admitted');
    const service = callAs(
      core,
      (await seedKey(core, tenant, { scopes: ['comments:write'], serviceAccount: { role: 'developer' } })).credential,
    );
    const theirs = await comment(null, service);
    const requesters = {
      id: randomUUID(),
      featureId: id,
      authorKind: 'REQUESTER' as const,
      authorId: tenant.user.id,
      authorName: 'a',
      body: 'a',
      createdAt: core.clock.now(),
    };
    await core.db.prisma.comment.create({ data: requesters });
    const calls = [edit(theirs, 'a', service), edit(theirs), edit(mine, 'a', service), edit(requesters.id)];
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(['admitted', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  });

  it.each(['', '   ', 'x'.repeat(5_001), 'a\0'])('is not "%.9s"', async (body) => {
    expect(await refusalOf(edit(await comment(), body))).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'body' }] });
  });
});

describe('the id of a comment of another feature, of another project, or of none', () => {
  it('answers COMMENT_NOT_FOUND, that of a foreign feature FEATURE_NOT_FOUND, and nothing happens', async () => {
    const mine = await comment();
    const other = await seedFeature(core, tenant);
    const foreign = await seedTenant(core);
    const foreignFeature = await seedFeature(core, foreign);
    const theirs = (
      await callAsUser(core, foreign.user).backlog.createComment({ projectId: foreign.project.id, id: foreignFeature, body: 'a' })
    ).id;
    for (const [commentId, featureId, code] of [
      [mine, other, 'COMMENT_NOT_FOUND'],
      [theirs, id, 'COMMENT_NOT_FOUND'],
      [randomUUID(), id, 'COMMENT_NOT_FOUND'],
      [theirs, foreignFeature, 'FEATURE_NOT_FOUND'],
    ] as const) {
      expect(await outcomeOf(remove(commentId, me, featureId))).toBe(code);
      expect(await outcomeOf(me.backlog.editComment({ ...of(featureId), commentId, body: 'a' }))).toBe(code);
    }
    expect(await core.db.prisma.comment.count({ where: { id: { in: [mine, theirs] }, deletedAt: null, editedAt: null } })).toBe(
      2,
    );
  });
});
