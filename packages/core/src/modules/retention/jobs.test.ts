import { seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { KEPT_DELETED_MS, retentionJobs } from './jobs.ts';

let t: TestCore;
let tenant: TestTenant;
beforeEach(async () => {
  t = await openTestCore();
  tenant = await seedTenant(t);
});
afterEach(() => t.db.close());

const purge = () => runJobs(t.core, { jobs: retentionJobs, withScheduled: true });
const ago = (milliseconds: number) => new Date(t.clock.now().getTime() - milliseconds);
/** Deleted so long ago that it is kept just yet, and that it is not. */
const [JUST_KEPT, JUST_GONE] = [KEPT_DELETED_MS, KEPT_DELETED_MS + 1];

let number = 0;
async function feature(deletedAt: Date | null): Promise<string> {
  const [id, at] = [t.core.newId(), ago(0)];
  const data = {
    id,
    projectId: tenant.project.id,
    number: ++number,
    title: `Feature ${number}`,
    source: 'api' as const,
    tags: [],
  };
  await t.db.prisma.feature.create({ data: { ...data, statusChangedAt: at, createdAt: at, updatedAt: at, deletedAt } });
  return id;
}

async function conversation(deletedAt: Date | null, featureId: string | null = null): Promise<string> {
  const [id, at] = [t.core.newId(), ago(0)];
  const data = { id, projectId: tenant.project.id, featureId, channel: 'api' as const, lastMessageAt: at, tags: [] };
  await t.db.prisma.conversation.create({ data: { ...data, createdAt: at, updatedAt: at, deletedAt } });
  return id;
}

async function comment(featureId: string, deletedAt: Date | null, parentId: string | null = null): Promise<string> {
  const id = t.core.newId();
  const author = { authorKind: 'TEAM' as const, authorName: 'Ada' };
  await t.db.prisma.comment.create({ data: { id, featureId, parentId, ...author, body: 'Words', createdAt: ago(0), deletedAt } });
  return id;
}

const idsOf = async (table: 'feature' | 'conversation' | 'comment') =>
  (await t.db.sql.query<{ id: string }>(`select id from ${table} order by id`)).map(({ id }) => id);

describe('what was deleted', () => {
  it('is removed after 30 days and not before; what was not deleted stays', async () => {
    const kept = [await feature(null), await feature(ago(JUST_KEPT))];
    await feature(ago(JUST_GONE));
    const keptTalks = [await conversation(null), await conversation(ago(JUST_KEPT))];
    await conversation(ago(JUST_GONE));
    expect((await purge()).filter(({ error }) => error !== null)).toEqual([]);
    expect(await idsOf('feature')).toEqual(kept.toSorted());
    expect(await idsOf('conversation')).toEqual(keptTalks.toSorted());
    t.clock.advance(1);
    await purge();
    expect(await idsOf('feature')).toEqual([kept[0]]);
    expect(await idsOf('conversation')).toEqual([keptTalks[0]]);
  });

  it('of a feature takes all that hangs on it, and leaves the conversations about it', async () => {
    const { id: projectId } = tenant.project;
    const id = await feature(ago(JUST_GONE));
    const about = await conversation(null, id);
    const requester = await t.db.prisma.requester.create({
      data: { id: t.core.newId(), projectId, kind: 'identified', name: 'Grace', updatedAt: ago(0) },
    });
    const by = { featureId: id, requesterId: requester.id };
    await comment(id, null, await comment(id, null));
    await t.db.prisma.vote.create({ data: by });
    await t.db.prisma.subscription.create({ data: { ...by, createdAt: ago(0) } });
    await t.db.prisma.featureScreenshot.create({
      data: { featureId: id, mimeType: 'image/png', bytes: new Uint8Array([1]), createdAt: ago(0) },
    });
    await purge();
    const left = await t.db.sql.query(
      `select (select count(*)::int4 from vote) as votes, (select count(*)::int4 from comment) as comments,
         (select count(*)::int4 from subscription) as subscriptions, (select count(*)::int4 from feature_screenshot) as screenshots,
         (select count(*)::int4 from feature) as features, (select count(*)::int4 from requester) as requesters`,
    );
    expect(left).toEqual([{ votes: 0, comments: 0, subscriptions: 0, screenshots: 0, features: 0, requesters: 1 }]);
    expect(await t.db.prisma.conversation.findUnique({ where: { id: about }, select: { featureId: true } })).toEqual({
      featureId: null,
    });
  });

  it('of an original leaves its duplicates without it, changed: who read one reads it again', async () => {
    const [original, other] = [await feature(ago(JUST_GONE)), await feature(null)];
    const [id, kept] = [await feature(null), await feature(null)];
    await t.db.prisma.feature.update({ where: { id }, data: { duplicateOfId: original } });
    await t.db.prisma.feature.update({ where: { id: kept }, data: { duplicateOfId: other } });
    t.clock.advance(60_000);
    await purge();
    const row = (featureId: string) => t.db.prisma.feature.findUnique({ where: { id: featureId } });
    expect(await row(original)).toBeNull();
    expect(await row(id)).toMatchObject({ duplicateOfId: null, version: 2, updatedAt: ago(0) });
    expect(await row(kept)).toMatchObject({ duplicateOfId: other, version: 1, updatedAt: ago(60_000) });
  });

  it('of a comment leaves the tombstone, without its words, where there are answers', async () => {
    const id = await feature(null);
    const parent = await comment(id, ago(JUST_GONE));
    const answer = await comment(id, null, parent);
    const kept = await comment(id, ago(JUST_KEPT));
    await comment(id, ago(JUST_GONE));
    await purge();
    const rows = await t.db.prisma.comment.findMany({ select: { id: true, body: true }, orderBy: { id: 'asc' } });
    const expected = [
      { id: parent, body: '' },
      { id: answer, body: 'Words' },
      { id: kept, body: 'Words' },
    ];
    expect(rows).toEqual(expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  });

  it('of a comment leaves no tombstone once the last answer is gone', async () => {
    const id = await feature(null);
    const parent = await comment(id, ago(JUST_GONE));
    const answers = [await comment(id, null, parent), await comment(id, null, parent)];
    await purge();
    for (const [nth, answer] of answers.entries()) {
      await t.db.prisma.comment.update({ where: { id: answer }, data: { deletedAt: ago(JUST_GONE) } });
      await purge();
      expect(await idsOf('comment')).toEqual(nth === 0 ? [parent, answers[1]].toSorted() : []);
    }
  });

  it('is removed however much there is', async () => {
    await t.db.sql.query(
      `insert into feature (id, project_id, number, title, source, tags, status_changed_at, created_at, updated_at, deleted_at)
       select gen_random_uuid(), $1, n, 'Feature', 'api', '{}', $2, $2, $2, $2 from generate_series(1, 501) n`,
      [tenant.project.id, ago(JUST_GONE)],
    );
    await purge();
    expect(await idsOf('feature')).toEqual([]);
  });
});

describe('answers kept for retries', () => {
  it('are forgotten after a day', async () => {
    const record = (key: string, createdAt: Date) => ({
      principalId: tenant.user.id,
      operation: 'POST /features',
      key,
      bodyHash: new Uint8Array([1]),
      attemptId: t.core.newId(),
      createdAt,
    });
    const day = 24 * 3_600_000;
    await t.db.prisma.idempotencyRecord.createMany({ data: [record('kept', ago(day)), record('gone', ago(day + 1))] });
    await purge();
    expect(await t.db.sql.query('select key from idempotency_record')).toEqual([{ key: 'kept' }]);
  });
});

describe('a deleted project', () => {
  it('is removed after 30 days with all that is in it, and nothing of another', async () => {
    const [kept, keptTalk] = [await feature(null), await conversation(null)];
    const { id } = await seedProject(t, tenant.organization);
    for (let i = 0; i < 3; i++) {
      const [featureId, at] = [t.core.newId(), ago(0)];
      const dates = { createdAt: at, updatedAt: at };
      await t.db.prisma.feature.create({
        data: { ...dates, id: featureId, projectId: id, number: i, title: 'Gone', source: 'api', tags: [], statusChangedAt: at },
      });
      await t.db.prisma.conversation.create({
        data: { ...dates, id: t.core.newId(), projectId: id, featureId, channel: 'api', lastMessageAt: at, tags: [] },
      });
    }
    await t.db.prisma.project.update({ where: { id }, data: { deletedAt: ago(JUST_KEPT) } });
    await purge();
    expect(await idsOf('feature')).toHaveLength(4);
    t.clock.advance(1);
    expect((await purge()).filter(({ error }) => error !== null)).toEqual([]);
    expect([await idsOf('feature'), await idsOf('conversation')]).toEqual([[kept], [keptTalk]]);
    expect(await t.db.prisma.project.findMany({ select: { id: true } })).toEqual([{ id: tenant.project.id }]);
  });
});
