import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import type { ListComments } from './schema.ts';
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

type CommentInput = Omit<Parameters<Caller['backlog']['createComment']>[0], 'projectId' | 'id'>;
const comment = (input: Partial<CommentInput> = {}, caller = me, featureId = id) =>
  caller.backlog.createComment({ projectId: tenant.project.id, id: featureId, body: 'Planned.', ...input });
const list = (more: Partial<Omit<ListComments, 'projectId' | 'id'>> = {}, featureId = id) =>
  me.backlog.listComments({ projectId: tenant.project.id, id: featureId, ...more });
const feature = () => core.db.prisma.feature.findUniqueOrThrow({ where: { id } });

describe('a comment', () => {
  it('is the team’s, by the person who writes it, and counts', async () => {
    core.clock.advance(60_000);
    const written = await comment({ body: '  Planned.  ' });
    expect(written).toEqual({
      id: expect.any(String),
      featureId: id,
      parentId: null,
      authorKind: 'TEAM',
      authorId: tenant.user.id,
      authorName: tenant.user.name,
      body: 'Planned.',
      isInternal: false,
      createdAt: '2026-03-14T10:21:30.250Z',
      editedAt: null,
      deletedAt: null,
    });
    expect((await list()).items).toEqual([written]);
    expect(await feature()).toMatchObject({ commentCount: 1, version: 2, updatedAt: core.clock.now() });
  });

  it('by a person’s key is the person’s; by a service account’s it is under the key’s name', async () => {
    const service = await seedKey(core, tenant, { scopes: ['comments:write'], serviceAccount: { role: 'developer' } });
    const [own, foreign] = [
      await comment({}, await callAsKey(core, tenant, { scopes: ['comments:write'] })),
      await comment({}, callAs(core, service.credential)),
    ];
    const { serviceAccountId } = await core.db.prisma.apiKey.findUniqueOrThrow({ where: { id: service.id } });
    expect([own.authorId, own.authorName]).toEqual([tenant.user.id, tenant.user.name]);
    expect([foreign.authorId, foreign.authorName]).toEqual([serviceAccountId, service.name]);
  });

  it('leaves one audit entry, without its text', async () => {
    const { id: commentId } = await comment({ body: 'a secret thought' });
    const entries = await core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id } });
    expect(entries).toMatchObject([
      { action: 'comment.created', resourceType: 'comment', resourceId: commentId, diff: { featureId: id } },
    ]);
    expect(JSON.stringify(entries)).not.toContain('thought');
  });

  it('answers another of the same feature, and none else', async () => {
    const parent = await comment();
    expect(await comment({ parentId: parent.id })).toMatchObject({ parentId: parent.id });
    const other = await seedFeature(core, tenant);
    expect(await outcomeOf(comment({ parentId: parent.id }, me, other))).toBe('COMMENT_NOT_FOUND');
    expect(await outcomeOf(comment({ parentId: randomUUID() }))).toBe('COMMENT_NOT_FOUND');
    await me.backlog.removeComment({ projectId: tenant.project.id, id, commentId: parent.id });
    expect(await outcomeOf(comment({ parentId: parent.id }))).toBe('COMMENT_NOT_FOUND');
    expect([
      (await feature()).commentCount,
      (await core.db.prisma.feature.findUniqueOrThrow({ where: { id: other } })).commentCount,
    ]).toEqual([1, 0]);
    expect(await driftOf(core)).toEqual([]);
  });

  it.each<[string, Partial<CommentInput>]>([
    ['body', { body: '   ' }],
    ['body', { body: 'x'.repeat(5_001) }],
    ['body', { body: 'a\0' }],
    ['parentId', { parentId: 'x' }],
  ])('with a wrong %s is refused by the field', async (path, input) => {
    expect(await refusalOf(comment(input))).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path }] });
    expect((await feature()).commentCount).toBe(0);
  });

  it('that is deleted stays in the list while others answer it, without its text', async () => {
    const { id: commentId } = await comment({ body: 'a secret thought' });
    await comment({ body: 'still there', parentId: commentId });
    await me.backlog.removeComment({ projectId: tenant.project.id, id, commentId });
    expect((await list()).items).toMatchObject([
      { id: commentId, body: '', deletedAt: core.clock.now().toISOString() },
      { body: 'still there', deletedAt: null },
    ]);
  });
});

describe('comments', () => {
  it('need the plan Pro, of a signed-in owner too, and cost nothing when refused', async () => {
    const key = await callAsKey(core, tenant, { scopes: ['comments:write'] });
    await core.db.prisma.organization.update({ where: { id: tenant.organization.id }, data: { plan: 'free' } });
    for (const caller of [me, key])
      expect(await refusalOf(comment({}, caller))).toMatchObject({
        code: 'PLAN_REQUIRED',
        status: 403,
        detail: { requiredPlan: 'pro' },
      });
    expect([(await feature()).commentCount, (await list()).items]).toEqual([0, []]);
  });

  it('are for developers to write', async () => {
    for (const [role, outcome] of [
      ['viewer', 'FORBIDDEN'],
      ['developer', 'admitted'],
    ] as const) {
      await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
      expect(await outcomeOf(comment())).toBe(outcome);
    }
  });

  it('are counted rightly, however many come at once, refused ones among them', async () => {
    const key = await callAsKey(core, tenant, { scopes: ['comments:write'] });
    await Promise.all([
      ...Array.from({ length: 20 }, (_, n) => comment({ body: `comment ${n}` }, n % 2 === 0 ? me : key)),
      ...Array.from({ length: 10 }, () => outcomeOf(comment({ parentId: randomUUID() }))),
      me.backlog.changeStatus({ projectId: tenant.project.id, id, status: 'IN_PROGRESS' }),
    ]);
    expect(await feature()).toMatchObject({ commentCount: 20, version: 22 });
    expect(await driftOf(core)).toEqual([]);
  });

  it('come oldest first, each once, in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (minutes, limit) => {
          const of = await seedFeature(core, tenant);
          const rows = minutes.map((minute) => ({
            id: randomUUID(),
            featureId: of,
            authorKind: 'REQUESTER' as const,
            authorName: 'Ada',
            body: 'a',
            createdAt: new Date(minute * 60_000),
          }));
          await core.db.prisma.comment.createMany({ data: rows });
          const seen: string[] = [];
          for (let cursor: string | null = ''; cursor !== null; ) {
            const page: Awaited<ReturnType<typeof list>> = await list({ limit, ...(cursor !== '' && { cursor }) }, of);
            seen.push(...page.items.map((item) => item.id));
            cursor = page.nextCursor;
          }
          const sorted = rows.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
          expect(seen).toEqual(sorted.map((row) => row.id));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are found by when they were written, and by when they were changed', async () => {
    const at = (minute: number) => new Date(Date.parse('2026-03-14T10:00:00Z') + minute * 60_000).toISOString();
    const ids: string[] = [];
    for (const minute of [0, 1, 2, 3]) {
      core.clock.set(at(minute));
      ids.push((await comment()).id);
    }
    core.clock.set(at(9));
    await me.backlog.editComment({ projectId: tenant.project.id, id, commentId: ids[0] ?? '', body: 'b' });
    const found = async (filters: Parameters<typeof list>[0]) => (await list(filters)).items.map((item) => ids.indexOf(item.id));
    expect(await found({ createdAfter: at(1) })).toEqual([2, 3]);
    expect(await found({ createdBefore: at(1) })).toEqual([0]);
    expect(await found({ createdAfter: at(0), createdBefore: at(3) })).toEqual([1, 2]);
    expect(await found({ updatedSince: at(3) })).toEqual([0, 3]);
    expect(await found({ updatedSince: at(10) })).toEqual([]);
    const { nextCursor } = await list({ limit: 1, updatedSince: at(2) });
    const rest = { limit: 1, cursor: nextCursor ?? '' };
    expect(await found({ ...rest, updatedSince: at(2) })).toEqual([2]);
    expect(await outcomeOf(list(rest))).toBe('INVALID_CURSOR');
    expect(await outcomeOf(list({ createdAfter: 'garbage' }))).toBe('BAD_REQUEST');
  });

  it('of one feature are not paged with the cursor of another’s', async () => {
    const other = await seedFeature(core, tenant);
    for (const of of [id, id, other, other]) await comment({}, me, of);
    const { nextCursor } = await list({ limit: 1 });
    expect(await outcomeOf(list({ limit: 1, cursor: nextCursor ?? '' }, other))).toBe('INVALID_CURSOR');
    expect((await list({ limit: 1, cursor: nextCursor ?? '' })).items).toHaveLength(1);
  });
});
