import type { Database, Transaction } from './client.ts';
import { DEMO_COMMENTS, DEMO_ERROR_REPORT, DEMO_FEATURES, DEMO_NAMES, DEMO_TAGS, DEMO_WORDS } from './demo-texts.ts';
import type { Prisma } from './generated/client.ts';

/** A key's columns, made by whoever knows the key format. */
export type DemoKey = {
  readonly publicId: string;
  readonly prefix: string;
  readonly secretHash: Uint8Array<ArrayBuffer>;
  readonly pepperId: string;
};

export type DemoOptions = {
  readonly newId: () => string;
  readonly now: Date;
  /** Of the one password that all demo users share. */
  readonly passwordHash: string;
  readonly newKey: () => DemoKey;
  /** The organization key with every scope, whose text is printed. */
  readonly shownKey: DemoKey;
};

export const DEMO_OWNER_EMAIL = 'owner@example.com';
const FEATURE_COUNT = 250;
const BATCH_SIZE = 25;
const DAY_MS = 86_400_000;
const CATEGORIES = ['FEATURE', 'FEATURE', 'FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'] as const;

/** Fills an empty database with the demo, in one transaction; does nothing to one that has an organization. Says whether it did. */
export async function insertDemo(db: Database, options: DemoOptions): Promise<boolean> {
  return db.exclusively(() =>
    db.prisma.$transaction(async (tx) => {
      if ((await tx.organization.count()) > 0) return false;
      const users = await insertUsers(tx, options);
      const acme = await insertOrganization(
        tx,
        options,
        { name: 'Acme', slug: 'acme', plan: 'scale', project: { name: 'Demo', slug: 'demo' } },
        users,
      );
      await insertOrganization(
        tx,
        options,
        { name: 'Tiny', slug: 'tiny', plan: 'free', project: { name: 'Tiny', slug: 'tiny' } },
        { owner: users.owner },
      );
      const keyIds = await insertKeys(tx, options, acme, users.owner);
      await insertBacklog(tx, options, acme.projectId);
      await insertUsage(tx, options, acme.projectId, keyIds);
      return true;
    }),
  );
}

const ROLES = ['owner', 'admin', 'developer', 'viewer'] as const;
type DemoUsers = Partial<Record<(typeof ROLES)[number], string>> & { owner: string };

async function insertUsers(tx: Transaction, { newId, passwordHash }: DemoOptions): Promise<DemoUsers> {
  const users: DemoUsers = { owner: '' };
  for (const role of ROLES) {
    const id = newId();
    users[role] = id;
    const name = `Demo ${role}`;
    await tx.user.create({
      data: { id, name, email: role === 'owner' ? DEMO_OWNER_EMAIL : `${role}@example.com`, emailVerified: true },
    });
    await tx.account.create({
      data: { id: newId(), accountId: id, providerId: 'credential', userId: id, password: passwordHash },
    });
  }
  return users;
}

type DemoOrganization = { name: string; slug: string; plan: 'scale' | 'free'; project: { name: string; slug: string } };
type Tenant = { orgId: string; projectId: string };

async function insertOrganization(
  tx: Transaction,
  { newId }: DemoOptions,
  { project, ...organization }: DemoOrganization,
  users: DemoUsers,
): Promise<Tenant> {
  const orgId = newId();
  const projectId = newId();
  await tx.organization.create({ data: { id: orgId, ...organization } });
  await tx.project.create({ data: { id: projectId, orgId, ...project } });
  await tx.organizationMember.create({ data: { orgId, userId: users.owner, role: 'owner' } });
  await tx.projectMember.create({ data: { projectId, userId: users.owner, role: 'owner' } });
  if (users.admin) await tx.organizationMember.create({ data: { orgId, userId: users.admin, role: 'admin' } });
  // Members of the project alone: what they see of the organization is this project.
  if (users.developer) await tx.projectMember.create({ data: { projectId, userId: users.developer, role: 'developer' } });
  if (users.viewer) await tx.projectMember.create({ data: { projectId, userId: users.viewer, role: 'viewer' } });
  return { orgId, projectId };
}

/** The key that is printed, one of a service account, an expired and a revoked one; returns the ids of the two that are used. */
async function insertKeys(
  tx: Transaction,
  { newId, newKey, shownKey, now }: DemoOptions,
  { orgId, projectId }: Tenant,
  owner: string,
): Promise<string[]> {
  const serviceAccountId = newId();
  await tx.serviceAccount.create({ data: { id: serviceAccountId, orgId, name: 'Nightly sync', role: 'developer' } });
  const byOwner = { ownerUserId: owner, createdById: owner };
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const shown = { id: newId(), orgId, name: 'Demo key', ...shownKey, scopes: [{ permission: 'admin' }], ...byOwner };
  const sync = {
    id: newId(),
    orgId,
    projectId,
    name: 'Nightly sync',
    ...newKey(),
    scopes: [{ permission: 'backlog:read' }, { permission: 'status:write' }],
    serviceAccountId,
    createdById: owner,
    createdAt: daysAgo(60),
    expiresAt: daysAgo(-120),
  };
  await tx.apiKey.createMany({
    data: [
      shown,
      sync,
      {
        id: newId(),
        orgId,
        projectId,
        name: 'Trade fair',
        ...newKey(),
        scopes: [{ permission: 'backlog:read' }],
        ...byOwner,
        createdAt: daysAgo(90),
        expiresAt: daysAgo(30),
      },
      {
        id: newId(),
        orgId,
        projectId,
        name: 'Old import',
        ...newKey(),
        scopes: [{ permission: 'backlog:write' }],
        ...byOwner,
        createdAt: daysAgo(150),
        revokedAt: daysAgo(45),
        revokedById: owner,
      },
    ],
  });
  return [shown.id, sync.id];
}

async function insertBacklog(tx: Transaction, options: DemoOptions, projectId: string): Promise<void> {
  const { newId, now } = options;
  const random = seededRandom(7);
  const pick = <Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const requesters = DEMO_NAMES.flatMap((name, index) =>
    [1, 2, 3].map((part) => ({
      id: newId(),
      projectId,
      kind: 'identified' as const,
      externalId: `customer-${index * 3 + part}`,
      email: `${name.toLowerCase()}${part}@customer.example`,
      name: `${name} ${'ABC'.charAt(part - 1)}.`,
    })),
  );
  const features: Prisma.FeatureCreateManyInput[] = [];
  const votes: Prisma.VoteCreateManyInput[] = [];
  const comments: Prisma.CommentCreateManyInput[] = [];
  for (let number = 1; number <= FEATURE_COUNT; number++) {
    const category = pick(CATEGORIES);
    const texts = DEMO_FEATURES[category];
    const status =
      category === 'FEATURE' || category === 'ERROR'
        ? pick(['NEEDS_ACTION', 'NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'] as const)
        : pick(['NEEDS_ACTION', 'COMPLETED'] as const);
    const id = newId();
    const createdAt = new Date(
      now.getTime() - Math.floor((1 - (number - 1) / FEATURE_COUNT) * 180 * DAY_MS) - Math.floor(random() * 3_600_000),
    );
    const changedAt = new Date(createdAt.getTime() + Math.floor(random() * (now.getTime() - createdAt.getTime())));
    const isPublic = category === 'FEATURE' || category === 'OTHER';
    const voters = isPublic ? requesters.filter(() => random() < 0.25 * random()) : [];
    const commentCount = random() < 0.4 ? 1 + Math.floor(random() * 4) : 0;
    const isClosed = status === 'COMPLETED' && random() < 0.2;
    votes.push(...voters.map((voter) => ({ featureId: id, requesterId: voter.id, createdAt: changedAt })));
    for (let index = 0; index < commentCount; index++) {
      const isTeam = random() < 0.4;
      const author = pick(requesters);
      comments.push({
        id: newId(),
        featureId: id,
        authorKind: isTeam ? 'TEAM' : 'REQUESTER',
        authorId: isTeam ? null : author.id,
        authorName: isTeam ? 'Demo developer' : (author.name ?? ''),
        body: pick(DEMO_COMMENTS),
        isInternal: isTeam && random() < 0.2,
        createdAt: new Date(createdAt.getTime() + (index + 1) * 3_600_000),
      });
    }
    features.push({
      id,
      projectId,
      number,
      title: fillWords(pick(texts.patterns), pick),
      description: pick<string | null>(texts.descriptions),
      category,
      subtype: category === 'ERROR' ? 'BUG' : null,
      status,
      completionKind: status === 'COMPLETED' && !isClosed && isPublic ? pick(['SHIPPED', 'NEXT_UPDATE'] as const) : null,
      closeReason: isClosed ? pick(['DECLINED', 'OUT_OF_SCOPE'] as const) : null,
      rating: category === 'FEEDBACK' ? 1 + Math.floor(random() * 5) : null,
      ...(category === 'ERROR' && { errorReport: DEMO_ERROR_REPORT }),
      voteCount: voters.length,
      commentCount,
      revenueWeight: voters.length * 4_900,
      tags: DEMO_TAGS.filter(() => random() < 0.2),
      requesterId: pick(requesters).id,
      pageUrl: 'https://app.customer.example/home',
      developerNote: random() < 0.15 ? 'See the import service; the change is small.' : null,
      source: pick(['widget', 'widget', 'api', 'dashboard', 'email'] as const),
      statusChangedAt: status === 'NEEDS_ACTION' ? createdAt : changedAt,
      createdAt,
      updatedAt: changedAt,
    });
  }
  for (const data of inBatches(requesters)) await tx.requester.createMany({ data });
  for (const data of inBatches(features)) await tx.feature.createMany({ data });
  for (const data of inBatches(votes)) await tx.vote.createMany({ data });
  for (const data of inBatches(comments)) await tx.comment.createMany({ data });
  await tx.project.update({ where: { id: projectId }, data: { featureNumber: FEATURE_COUNT } });
}

/** A month of calls, fewer on weekends; nothing for today, which is the visitor's. */
async function insertUsage(tx: Transaction, { now }: DemoOptions, projectId: string, keyIds: readonly string[]): Promise<void> {
  const random = seededRandom(11);
  for (let age = 29; age >= 1; age--) {
    const day = new Date(`${new Date(now.getTime() - age * DAY_MS).toISOString().slice(0, 10)}T00:00:00Z`);
    const isWeekend = day.getUTCDay() % 6 === 0;
    const byKey = keyIds.map((principalId, index) => ({
      projectId,
      day,
      principalId,
      calls: Math.floor((isWeekend ? 300 : 1_500) * (0.5 + random()) * (index + 1)),
    }));
    await tx.usageKeyDay.createMany({ data: byKey });
    await tx.usageDay.create({ data: { projectId, day, calls: byKey.reduce((sum, { calls }) => sum + calls, 0) } });
  }
}

/** Small statements: what the embedded database once takes of memory for a large one, it never gives back. */
function inBatches<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / BATCH_SIZE) }, (_, index) =>
    rows.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );
}

function fillWords(pattern: string, pick: <Item>(items: readonly Item[]) => Item): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const word = pick(DEMO_WORDS[name.toLowerCase() as keyof typeof DEMO_WORDS]);
    return name.charAt(0) === name.charAt(0).toUpperCase() ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  });
}

/** The same demo every time (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
