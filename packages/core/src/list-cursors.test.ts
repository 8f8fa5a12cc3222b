import { randomUUID } from 'node:crypto';
import { newEntry } from '@reqbase/auth';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedFeature } from './modules/backlog/testing.ts';
import { seedEndpoint, seedFinding, seedScanRun, seedService } from './modules/catalogue/testing.ts';
import { seedConnectedApp } from './modules/connected-apps/testing.ts';
import { seedConversation } from './modules/conversations/testing.ts';
import { seedInvitation, seedPerson } from './modules/members/testing.ts';
import { newAnonymousId, seedRequester } from './modules/requesters/testing.ts';
import { knownVisitor, withVisitor } from './modules/requesters/visitor.ts';
import { seedDelivery, seedWebhook } from './modules/webhooks/testing.ts';
import { callWidget } from './modules/widget/testing.ts';
import { WIDGET_ENDPOINTS } from './modules/widget/visitor-endpoints.ts';
import { listProcedures } from './procedures.ts';
import { type Caller, callAsUser, openTestCore, refusalOf, type TestCore } from './testing.ts';

// Every list by cursor, whatever it is of. One that is not in the table fails the first test.

let core: TestCore;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());

type World = {
  readonly tenant: TestTenant;
  readonly ofProject: { readonly projectId: string };
  readonly me: Caller;
  readonly feature: string;
  readonly conversation: string;
  readonly webhook: string;
  readonly service: string;
  readonly visitor: { readonly id: string; readonly anonymousId: string };
};

async function newWorld(): Promise<World> {
  const tenant = await seedTenant(core, { plan: 'scale' });
  const anonymousId = newAnonymousId();
  const { id } = await withVisitor(core.core, tenant.project, { anonymousId }, async (_tx, visitor) => visitor);
  await core.db.prisma.widgetConfig.create({
    data: { projectId: tenant.project.id, commentsEnabled: true, updatedAt: core.clock.now() },
  });
  return {
    tenant,
    ofProject: { projectId: tenant.project.id },
    me: callAsUser(core, tenant.user),
    feature: await seedFeature(core, tenant),
    conversation: await seedConversation(core, tenant, { requesterId: id }),
    webhook: await seedWebhook(core, tenant),
    service: await seedService(core, tenant, { createdAt: new Date(0) }),
    visitor: { id, anonymousId },
  };
}

type Paging = { readonly limit: number; readonly cursor?: string };
type Page = { readonly items: readonly any[]; readonly hasMore: boolean; readonly nextCursor: string | null };
type List = {
  readonly page: (world: World, paging: Paging) => Promise<Page>;
  /** Adds a row by one statement; those of one rank stand side by side, and only their ids tell them apart. */
  readonly add: (world: World, at: Date, rank: number) => Promise<string>;
  readonly remove: (world: World, id: string) => Promise<unknown>;
  readonly idOf?: (item: any) => string;
  /** Pages go back in time, and are in the order of time. */
  readonly isBackwards?: boolean;
};

const prisma = () => core.db.prisma;
const removal =
  (table: string, column = 'id') =>
  (_world: World, id: string) =>
    core.db.sql.query(`delete from ${table} where ${column} = $1::uuid`, [id]);

const features = {
  add: ({ tenant, visitor }: World, createdAt: Date) => seedFeature(core, tenant, { createdAt, requesterId: visitor.id }),
  remove: removal('feature'),
};
const comments = {
  add: async ({ feature: featureId }: World, createdAt: Date) => {
    const id = randomUUID();
    await prisma().comment.create({ data: { id, featureId, authorKind: 'TEAM', authorName: 'A', body: 'B', createdAt } });
    return id;
  },
  remove: removal('comment'),
};
const conversations = {
  add: ({ tenant, visitor }: World, lastMessageAt: Date) =>
    seedConversation(core, tenant, { requesterId: visitor.id, lastMessageAt }),
  remove: removal('conversation'),
};
const messages = {
  // Not among the others: a message comes last, always.
  add: async ({ conversation }: World, createdAt: Date) => {
    const [id, { messageSeq: seq }] = [
      randomUUID(),
      await prisma().conversation.update({
        where: { id: conversation },
        data: { messageSeq: { increment: 1 } },
        select: { messageSeq: true },
      }),
    ];
    const words = { authorKind: 'TEAM' as const, authorName: 'A', body: 'B', via: 'dashboard' as const };
    await prisma().message.create({ data: { id, conversationId: conversation, seq, ...words, createdAt } });
    return id;
  },
  remove: removal('message'),
};
const notices = (type: string, isReceived: boolean) => ({
  add: async ({ ofProject, visitor }: World, createdAt: Date) => {
    const id = randomUUID();
    const entry = { ...ofProject, title: 'T', actorKind: 'TEAM' as const, audience: 'requesters' as const, isPrivate: false };
    // The team's list of announcements says until when each is shown.
    await prisma().notification.create({
      data: { id, type, ...entry, channels: ['in_app'], createdAt, expiresAt: new Date('2100-01-01') },
    });
    if (isReceived)
      await prisma().notificationReceipt.create({ data: { notificationId: id, requesterId: visitor.id, createdAt } });
    return id;
  },
  remove: removal('notification'),
});
const keys = (isOfProject: boolean) => ({
  add: async ({ tenant }: World, createdAt: Date) => {
    const id = randomUUID();
    const of = { orgId: tenant.organization.id, projectId: isOfProject ? tenant.project.id : null, ownerUserId: tenant.user.id };
    const secret = {
      publicId: id,
      prefix: 'riq_test_x',
      secretHash: new Uint8Array(32),
      pepperId: 'p',
      scopes: [{ permission: 'read' }],
    };
    await prisma().apiKey.create({ data: { id, name: 'K', ...of, ...secret, createdAt } });
    return id;
  },
  remove: removal('api_key'),
});
const onPage =
  (endpoint: string, inputOf: (world: World) => object = () => ({})) =>
  (world: World, paging: Paging) =>
    callWidget(core, world.tenant, world.visitor, { endpoint, input: { ...inputOf(world), ...paging } });

const PROJECTS: Pick<List, 'add' | 'remove'> = {
  add: async ({ tenant }, _at, rank) => {
    const id = randomUUID();
    await prisma().project.create({ data: { id, orgId: tenant.organization.id, slug: id, name: `Project ${rank}` } });
    return id;
  },
  remove: removal('project'),
};

const LISTS: Readonly<Record<string, List>> = {
  'projects.list': {
    page: ({ me, tenant }, paging) => me.projects.list({ organizationId: tenant.organization.id, ...paging }),
    ...PROJECTS,
  },
  'organizationProjects.list': {
    page: ({ me, tenant }, paging) => me.organizationProjects.list({ organizationId: tenant.organization.id, ...paging }),
    ...PROJECTS,
  },
  'members.list': {
    page: ({ me, ofProject }, paging) => me.members.list({ ...ofProject, ...paging }),
    add: async ({ tenant }, _at, rank) => (await seedPerson(core, tenant, { project: 'viewer' }, `Person ${rank}`)).id,
    remove: removal('project_member', 'user_id'),
    idOf: ({ userId }) => userId,
  },
  'members.listInvitations': {
    page: ({ me, ofProject }, paging) => me.members.listInvitations({ ...ofProject, ...paging }),
    add: async ({ tenant }, createdAt) => (await seedInvitation(core, tenant, { createdAt })).id,
    remove: removal('invitation'),
  },
  'serviceAccounts.list': {
    page: ({ me, tenant }, paging) => me.serviceAccounts.list({ organizationId: tenant.organization.id, ...paging }),
    add: async ({ tenant }, _at, rank) => {
      const id = randomUUID();
      // Their names are unique.
      await prisma().serviceAccount.create({
        data: { id, orgId: tenant.organization.id, name: `${rank} ${id}`, role: 'viewer' },
      });
      return id;
    },
    remove: removal('service_account'),
  },
  'apiKeys.list': { page: ({ me, ofProject }, paging) => me.apiKeys.list({ ...ofProject, ...paging }), ...keys(true) },
  'organizationKeys.list': {
    page: ({ me, tenant }, paging) => me.organizationKeys.list({ organizationId: tenant.organization.id, ...paging }),
    ...keys(false),
  },
  'audit.list': {
    page: ({ me, tenant }, paging) => me.audit.list({ organizationId: tenant.organization.id, ...paging }),
    add: async ({ tenant }, at) => {
      const origin = { requestId: 'r', ip: null, userAgent: null, newId: randomUUID, clock: () => at };
      const who = { key: null, user: tenant.user, project: null };
      const entry = newEntry(origin, who, tenant.organization.id, { action: 'a.b' }, { outcome: 'allowed' });
      await core.services.audit(entry);
      return (JSON.parse(entry.content) as { id: string }).id;
    },
    // Nothing is ever taken out.
    remove: async () => {},
  },
  'backlog.list': { page: ({ me, ofProject }, paging) => me.backlog.list({ ...ofProject, ...paging }), ...features },
  'backlog.listComments': {
    page: ({ me, ofProject, feature: id }, paging) => me.backlog.listComments({ ...ofProject, id, ...paging }),
    ...comments,
  },
  'backlog.listVoters': {
    page: ({ me, ofProject, feature: id }, paging) => me.backlog.listVoters({ ...ofProject, id, ...paging }),
    add: async ({ tenant, feature: featureId }, createdAt) => {
      const requesterId = await seedRequester(core, tenant);
      await prisma().vote.create({ data: { featureId, requesterId, createdAt } });
      return requesterId;
    },
    remove: removal('vote', 'requester_id'),
    idOf: ({ requesterId }) => requesterId,
  },
  'notifications.list': {
    page: ({ me, ofProject }, paging) => me.notifications.list({ ...ofProject, ...paging }),
    ...notices('feature.completed', false),
  },
  'announcements.list': {
    page: ({ me, ofProject }, paging) => me.announcements.list({ ...ofProject, ...paging }),
    ...notices('announcement.sent', false),
  },
  'conversations.list': {
    page: ({ me, ofProject }, paging) => me.conversations.list({ ...ofProject, ...paging }),
    ...conversations,
  },
  'conversations.listMessages': {
    page: async ({ me, ofProject, conversation: id }, paging) => {
      const answer = await me.conversations.listMessages({ ...ofProject, id, ...paging });
      if (Array.isArray(answer)) throw new Error('no page');
      return answer;
    },
    ...messages,
  },
  'conversations.listEvents': {
    page: ({ me, ofProject, conversation: id }, paging) => me.conversations.listEvents({ ...ofProject, id, ...paging }),
    add: async ({ conversation: conversationId }, createdAt) => {
      const id = randomUUID();
      await prisma().conversationEvent.create({
        data: { id, conversationId, kind: 'assigned', actorName: 'A', data: { from: null, to: null }, createdAt },
      });
      return id;
    },
    remove: removal('conversation_event'),
  },
  'connectedApps.list': {
    page: ({ me, ofProject }, paging) => me.connectedApps.list({ ...ofProject, ...paging }),
    add: async ({ tenant }, createdAt) => (await seedConnectedApp(core, tenant, { createdAt })).id,
    remove: removal('oauth_grant'),
  },
  'connectedApps.listOwn': {
    page: ({ me, ofProject }, paging) => me.connectedApps.listOwn({ ...ofProject, ...paging }),
    add: async ({ tenant }, createdAt) => (await seedConnectedApp(core, tenant, { createdAt })).id,
    remove: removal('oauth_grant'),
  },
  'webhooks.list': {
    page: ({ me, ofProject }, paging) => me.webhooks.list({ ...ofProject, ...paging }),
    add: ({ tenant }, createdAt) => seedWebhook(core, tenant, { createdAt }),
    remove: removal('webhook'),
  },
  'webhooks.deliveries': {
    page: ({ me, ofProject, webhook: webhookId }, paging) => me.webhooks.deliveries({ ...ofProject, webhookId, ...paging }),
    add: ({ webhook: webhookId }, createdAt) => seedDelivery(core, { webhookId, createdAt }),
    remove: removal('webhook_delivery'),
  },
  'services.list': {
    // But for the one that the others are of.
    page: ({ me, tenant }, paging) =>
      me.services.list({ organizationId: tenant.organization.id, createdAfter: '1971-01-01T00:00:00Z', ...paging }),
    add: ({ tenant }, createdAt) => seedService(core, tenant, { createdAt }),
    remove: removal('service'),
  },
  'services.endpoints': {
    page: ({ me, tenant, service: id }, paging) =>
      me.services.endpoints({ organizationId: tenant.organization.id, id, ...paging }),
    add: ({ service }, at, rank) => seedEndpoint(core, service, `/path/${rank}`, at),
    remove: removal('endpoint'),
  },
  'services.scanRuns': {
    page: ({ me, tenant, service: id }, paging) =>
      me.services.scanRuns({ organizationId: tenant.organization.id, id, ...paging }),
    add: ({ service }, at) => seedScanRun(core, service, at),
    remove: removal('scan_run'),
  },
  'findings.list': {
    page: ({ me, tenant }, paging) => me.findings.list({ organizationId: tenant.organization.id, ...paging }),
    add: ({ tenant, service }, at) => seedFinding(core, tenant, service, at),
    remove: removal('finding'),
  },
  'requesters.list': {
    page: ({ me, ofProject }, paging) => me.requesters.list({ ...ofProject, ...paging }),
    add: ({ tenant }, lastSeenAt) => seedRequester(core, tenant, { lastSeenAt }),
    remove: removal('requester'),
  },
  'GET /features': { page: onPage('GET /features', () => ({ sort: 'createdAt' })), ...features },
  'GET /features/{id}/comments': { page: onPage('GET /features/{id}/comments', ({ feature: id }) => ({ id })), ...comments },
  'GET /mine': { page: onPage('GET /mine'), ...features },
  'GET /conversations': { page: onPage('GET /conversations'), ...conversations },
  'GET /conversations/{id}/messages': {
    page: onPage('GET /conversations/{id}/messages', ({ conversation: id }) => ({ id })),
    ...messages,
    isBackwards: true,
  },
  'GET /notifications': { page: onPage('GET /notifications'), ...notices('feature.completed', true) },
};

const BASE_MS = Date.parse('2026-03-01T00:00:00.000Z');
const ranks = fc.integer({ min: 0, max: 5 });
/** What is there at first, and for each page its size and what comes and goes while it is read. */
const script = fc.record({
  lasting: fc.array(ranks, { minLength: 3, maxLength: 9 }),
  passing: fc.array(ranks, { maxLength: 6 }),
  steps: fc.array(
    fc.record({ limit: fc.integer({ min: 1, max: 4 }), added: fc.array(ranks, { maxLength: 2 }), removed: fc.nat(2) }),
    {
      minLength: 1,
      maxLength: 5,
    },
  ),
});
type Script = typeof script extends fc.Arbitrary<infer Value> ? Value : never;
const LONGEST_WALK = 60;

async function idsOf({ page, idOf = ({ id }) => id, isBackwards = false }: List, world: World, paging: Paging) {
  const { items, hasMore, nextCursor } = await page(world, paging);
  expect(hasMore).toBe(nextCursor !== null);
  expect(items.length).toBeLessThanOrEqual(paging.limit);
  const ids: string[] = items.map(idOf);
  return { ids: isBackwards ? ids.reverse() : ids, nextCursor };
}

/** All the ids of a list, page by page, while others come and go. */
async function walk(list: List, world: World, { lasting, passing, steps }: Script) {
  const add = (rank: number) => list.add(world, new Date(BASE_MS + rank * 1_000), rank);
  const inOrder = async (all: readonly number[]) => {
    const ids: string[] = [];
    for (const rank of all) ids.push(await add(rank));
    return ids;
  };
  const stays = await inOrder(lasting);
  const goes = await inOrder(passing);
  const seen: string[] = [];
  let cursor: string | null | undefined;
  for (let turn = 0; cursor !== null; turn++) {
    if (turn > LONGEST_WALK) throw new Error('the list has no end');
    // Whoever adds for ever is read for ever: changes end, the walk goes on.
    const { limit, added, removed } = steps[turn] ?? { limit: steps[turn % steps.length]?.limit ?? 1, added: [], removed: 0 };
    const gone = goes.splice(0, removed);
    const [{ ids, nextCursor }] = await Promise.all([
      idsOf(list, world, { limit, ...(typeof cursor === 'string' && { cursor }) }),
      inOrder(added),
      Promise.all(gone.map((id) => list.remove(world, id))),
    ]);
    seen.push(...ids);
    cursor = nextCursor;
  }
  return { stays, seen };
}

it('every list by cursor is tried here', () => {
  const byCursor = [
    ...listProcedures().flatMap(({ path, input }) => ('cursor' in input.shape ? [path] : [])),
    ...WIDGET_ENDPOINTS.flatMap(({ method, path, input }) => ('cursor' in input.shape ? [`${method} ${path}`] : [])),
  ];
  expect(Object.keys(LISTS).toSorted()).toEqual(byCursor.toSorted());
});

describe.each(Object.entries(LISTS))('%s', (_name, list) => {
  it('shows who is there throughout once and in order, and nobody twice, while others come and go', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (given) => {
        const world = await newWorld();
        const { stays, seen } = await walk(list, world, given);
        const staying = new Set(stays);
        const { ids } = await idsOf(list, world, { limit: 50 });
        expect(seen.filter((id) => staying.has(id))).toEqual(ids.filter((id) => staying.has(id)));
        expect(ids.filter((id) => staying.has(id))).toHaveLength(stays.length);
        expect(new Set(seen).size).toBe(seen.length);
      }),
      { numRuns: 8 },
    );
  });

  it('refuses a cursor of another list, of another project, and one that was changed', async () => {
    const [world, other] = [await newWorld(), await newWorld()];
    const { id } = (await prisma().$transaction((tx) => knownVisitor(tx, core.core, world.tenant.project, world.visitor))) ?? {};
    expect(id).toBe(world.visitor.id);
    for (const rank of [1, 2, 3]) await list.add(world, new Date(BASE_MS + rank * 1_000), rank);
    const { nextCursor } = await list.page(world, { limit: 1 });
    const cursor = nextCursor ?? '';
    expect(cursor).not.toBe('');
    const refused = async (of: List, by: World, given: string) =>
      (await refusalOf(of.page(by, { limit: 1, cursor: given }))).code;
    expect(await refused(list, other, cursor)).toBe('INVALID_CURSOR');
    expect(await refused(list, world, `${cursor.startsWith('x') ? 'y' : 'x'}${cursor.slice(1)}`)).toBe('INVALID_CURSOR');
    for (const [name, another] of Object.entries(LISTS))
      if (another !== list) expect([name, await refused(another, world, cursor)]).toEqual([name, 'INVALID_CURSOR']);
  });
});
