import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from './client.ts';
import { DEMO_OWNER_EMAIL, type DemoKey, type DemoOptions, insertDemo } from './demo.ts';
import { createTestDatabase } from './testing.ts';

const NOW = new Date('2026-03-14T10:20:30.250Z');
const DAY_MS = 86_400_000;

let db: Database;
let loaded: boolean;

const newKey = (): DemoKey => ({
  publicId: randomUUID(),
  prefix: `riq_live_${randomUUID()}`,
  secretHash: new Uint8Array(randomBytes(32)),
  pepperId: 'pepper',
});
const shownKey = newKey();
const options: DemoOptions = {
  newId: randomUUID,
  now: NOW,
  passwordHash: 'the hash of the password',
  newKey,
  shownKey,
  sealedWebhookSecret: () => new Uint8Array(randomBytes(75)),
};

beforeAll(async () => {
  db = await createTestDatabase();
  loaded = await insertDemo(db, options);
});
afterAll(() => db.close());

const demo = () => db.prisma.project.findUniqueOrThrow({ where: { slug: 'demo' }, include: { organization: true } });

/** How many rows every table has. */
async function rowCounts(): Promise<Record<string, number>> {
  const tables = await db.sql.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const counts = await Promise.all(
    tables.map(({ name }) => db.sql.query<{ count: number }>(`select count(*)::int4 as count from ${name}`)),
  );
  return Object.fromEntries(tables.map(({ name }, index) => [name, counts[index]?.[0]?.count ?? -1]));
}

describe('the demo', () => {
  it('is loaded into an empty database, once', async () => {
    expect(loaded).toBe(true);
    const before = await rowCounts();
    expect(before['feature']).toBe(250);
    expect(await insertDemo(db, { ...options, newId: randomUUID })).toBe(false);
    expect(await rowCounts()).toEqual(before);
  });

  it('has an organization on Scale with the project `demo`, and one on Free', async () => {
    const organizations = await db.prisma.organization.findMany({ include: { projects: true }, orderBy: { slug: 'asc' } });
    expect(organizations.map(({ slug, plan, projects }) => [slug, plan, projects.map((project) => project.slug)])).toEqual([
      ['acme', 'scale', ['demo']],
      ['tiny', 'free', ['tiny']],
    ]);
  });

  it('has one owner for each project', async () => {
    const owners = await db.prisma.projectMember.groupBy({ by: ['projectId'], where: { role: 'owner' }, _count: true });
    expect(owners.map(({ _count }) => _count)).toEqual([1, 1]);
  });

  it('has one user for each role, all with the one password, and each with that role on the demo', async () => {
    const users = await db.prisma.user.findMany({
      include: {
        accounts: true,
        organizationMembers: { include: { organization: true } },
        projectMembers: { include: { project: true } },
      },
      orderBy: { email: 'asc' },
    });
    expect(users.map(({ email }) => email)).toEqual([
      'admin@example.com',
      'developer@example.com',
      DEMO_OWNER_EMAIL,
      'viewer@example.com',
    ]);
    for (const { email, accounts, organizationMembers, projectMembers } of users) {
      expect(accounts).toMatchObject([{ providerId: 'credential', password: options.passwordHash }]);
      const roles = [
        ...organizationMembers.filter(({ organization }) => organization.slug === 'acme'),
        ...projectMembers.filter(({ project }) => project.slug === 'demo'),
      ];
      expect(new Set(roles.map(({ role }) => role))).toEqual(new Set([email.split('@', 1)[0]]));
    }
  });

  it('has 250 features, over all categories and all statuses that each can have', async () => {
    const project = await demo();
    const features = await db.prisma.feature.findMany({ where: { projectId: project.id }, orderBy: { number: 'asc' } });
    expect(features.map(({ number }) => number)).toEqual(Array.from({ length: 250 }, (_, n) => n + 1));
    expect(project.featureNumber).toBe(250);
    const lanes = Map.groupBy(features, ({ category, status }) => `${category} ${status}`);
    expect([...lanes.keys()].toSorted()).toEqual([
      'ERROR COMPLETED',
      'ERROR IN_PROGRESS',
      'ERROR NEEDS_ACTION',
      'FEATURE COMPLETED',
      'FEATURE IN_PROGRESS',
      'FEATURE NEEDS_ACTION',
      'FEEDBACK COMPLETED',
      'FEEDBACK NEEDS_ACTION',
      'OTHER COMPLETED',
      'OTHER NEEDS_ACTION',
    ]);
    for (const of of lanes.values()) expect(of.length).toBeGreaterThan(2);
  });

  it('has features that the rules allow: particulars where they belong, times in their order', async () => {
    for (const feature of await db.prisma.feature.findMany()) {
      const { category, status, completionKind, closeReason, rating, errorReport, createdAt, updatedAt, statusChangedAt } =
        feature;
      if (status !== 'COMPLETED') expect([completionKind, closeReason]).toEqual([null, null]);
      expect(completionKind === null || closeReason === null).toBe(true);
      expect(rating === null).toBe(category !== 'FEEDBACK');
      expect(errorReport === null).toBe(category !== 'ERROR');
      const times = [createdAt, statusChangedAt, updatedAt, NOW].map((time) => time.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    const [span] = await db.sql.query<{ first: Date; last: Date }>(
      'select min(created_at) as first, max(created_at) as last from feature',
    );
    expect((NOW.getTime() - (span?.first.getTime() ?? 0)) / DAY_MS).toBeGreaterThan(150);
    expect((NOW.getTime() - (span?.last.getTime() ?? 0)) / DAY_MS).toBeLessThan(2);
  });

  it('counts votes and comments as there are rows, and has votes for public features only', async () => {
    const drift = await db.sql.query(`
      select f.number from feature f
      where f.vote_count <> (select count(*) from vote v where v.feature_id = f.id)
         or f.comment_count <> (select count(*) from comment c where c.feature_id = f.id)`);
    expect(drift).toEqual([]);
    expect(await db.prisma.vote.count({ where: { feature: { category: { in: ['ERROR', 'FEEDBACK'] } } } })).toBe(0);
    const [votes, comments] = [await db.prisma.vote.count(), await db.prisma.comment.count()];
    expect([votes > 500, comments > 100]).toEqual([true, true]);
    expect(await db.prisma.comment.count({ where: { createdAt: { gt: NOW } } })).toBe(0);
  });

  it('has the key that is printed, with every scope, and others in each state', async () => {
    const { orgId } = await demo();
    const keys = await db.prisma.apiKey.findMany();
    expect(keys.find(({ publicId }) => publicId === shownKey.publicId)).toMatchObject({
      ...shownKey,
      orgId,
      projectId: null,
      scopes: [{ permission: 'admin' }],
      expiresAt: null,
      revokedAt: null,
    });
    const states = keys.map(({ revokedAt, expiresAt }) =>
      revokedAt !== null ? 'revoked' : expiresAt !== null && expiresAt <= NOW ? 'expired' : 'active',
    );
    expect(new Set(states)).toEqual(new Set(['active', 'expired', 'revoked']));
    expect(keys.filter(({ revokedReason }) => revokedReason === 'leaked')).toHaveLength(1);
    expect(keys.filter(({ allowedIps }) => allowedIps.length > 0)).toHaveLength(1);
    const successors = keys.filter(({ replacesId }) => replacesId !== null);
    expect(successors).toHaveLength(1);
    // Of the pair, the former still works for a while.
    expect(keys.find(({ id }) => id === successors[0]?.replacesId)?.expiresAt?.getTime()).toBeGreaterThan(NOW.getTime());
    expect(keys.filter(({ serviceAccountId }) => serviceAccountId !== null)).toHaveLength(2);
    const accounts = await db.prisma.serviceAccount.findMany({ where: { orgId } });
    expect(accounts.map(({ disabledAt }) => disabledAt !== null).toSorted()).toEqual([false, false, true]);
  });

  it('has a month of usage that adds up by key, and none for today', async () => {
    const days = await db.prisma.usageDay.findMany({ orderBy: { day: 'asc' } });
    expect(days).toHaveLength(29);
    expect(days.at(-1)?.day).toEqual(new Date('2026-03-13'));
    const byKey = await db.prisma.usageKeyDay.groupBy({ by: ['day'], _sum: { calls: true }, orderBy: { day: 'asc' } });
    expect(byKey.map(({ day, _sum }) => [day, _sum.calls])).toEqual(days.map(({ day, calls }) => [day, calls]));
  });

  it('is the same every time, but for its ids and secrets', async () => {
    const other = await createTestDatabase();
    try {
      await insertDemo(other, { ...options, newId: randomUUID, shownKey: newKey() });
      const columns = {
        number: true,
        title: true,
        category: true,
        status: true,
        voteCount: true,
        commentCount: true,
        createdAt: true,
        tags: true,
      } as const;
      const read = (from: Database) => from.prisma.feature.findMany({ select: columns, orderBy: { number: 'asc' } });
      expect(await read(other)).toEqual(await read(db));
    } finally {
      await other.close();
    }
  });

  it('has an inbox with conversations of every status, whose counters say what their messages do', async () => {
    const conversations = await db.prisma.conversation.findMany({ include: { messages: { orderBy: { seq: 'asc' } } } });
    expect(new Set(conversations.map(({ status }) => status))).toEqual(
      new Set(['open', 'pending', 'snoozed', 'resolved', 'closed']),
    );
    for (const { messages, messageSeq, lastMessageAt, createdAt } of conversations) {
      expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: messageSeq }, (_, index) => index + 1));
      const times = messages.map((message) => message.createdAt.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.at(-1)).toBe(lastMessageAt.getTime());
      expect(times[0]).toBeGreaterThanOrEqual(createdAt.getTime());
      expect(times.at(-1)).toBeLessThan(NOW.getTime());
    }
  });

  it('has a feed, subscribers, visitors without a name, a configured widget and an invitation that waits', async () => {
    const { id: projectId } = await demo();
    expect(await db.prisma.notification.count({ where: { projectId } })).toBeGreaterThan(25);
    expect(await db.prisma.subscription.count()).toBeGreaterThanOrEqual(250);
    expect(await db.prisma.requester.count({ where: { kind: 'anonymous' } })).toBeGreaterThan(0);
    expect(await db.prisma.widgetConfig.count({ where: { projectId } })).toBe(1);
    expect(await db.prisma.invitation.count({ where: { projectId, acceptedAt: null } })).toBe(1);
  });
});
