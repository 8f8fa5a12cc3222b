import { randomUUID } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Credential, SCOPE_NAMES, toPublic } from '@reqbase/auth';
import { seedKey } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRouter } from './app-router.ts';
import { scanOf } from './modules/catalogue/testing-scan.ts';
import { until, watch } from './modules/notifications/testing.ts';
import type { Presented } from './modules/requesters/visitor.ts';
import { publicWidgetConfig } from './modules/widget/public-config.ts';
import { callWidget } from './modules/widget/testing.ts';
import { WIDGET_ENDPOINTS } from './modules/widget/visitor-endpoints.ts';
import { listProcedures } from './procedures.ts';
import {
  type Caller,
  callAs,
  callAsUser,
  identityToken,
  openTestCore,
  runJobs,
  seedIdentitySecret,
  type TestCore,
} from './testing.ts';
import { CANARY, plantPrivate, seedWorld, type World } from './testing-private.ts';

// Everybody who reads, and what they answer about private features and conversations to whom these are not there: the same
// as if they were not. A procedure or endpoint that is in no table fails the first test: add it with inputs that lead it to
// what is private.

type Inputs = (world: World) => readonly object[];

const ofProject: Inputs = ({ projectId }) => [{ projectId }];
const ofOrganization: Inputs = ({ organizationId }) => [{ organizationId }];
const ofService: Inputs = ({ organizationId }) => [{ organizationId, id: randomUUID() }];
const nothing: Inputs = () => [{}];
/** About each of the ids. */
const about =
  (idsOf: (world: World) => readonly string[], more: object = {}): Inputs =>
  (world) =>
    idsOf(world).map((id) => ({ projectId: world.projectId, id, ...more }));
const features = ({ hidden, shown, duplicate }: World) => [hidden.error, hidden.feedback, shown, duplicate];
const conversations = ({ hidden }: World) => [hidden.conversation, hidden.aside];
const people = ({ author, stranger, visitor }: World) => [author.id, stranger.id, visitor.id];
const nobody = () => [randomUUID()];
/** The list, by each of the filters. */
const list =
  (filtersOf: (world: World) => readonly object[]): Inputs =>
  (world) =>
    [{}, { limit: 1 }, ...filtersOf(world)].map((filters) => ({ projectId: world.projectId, ...filters }));

/** What reads something that may be private: who sees it gets another answer once it is there. */
const READERS: Readonly<Record<string, Inputs>> = {
  'projects.get': ofProject,
  'backlog.list': list(({ author, stranger }) => [
    ...['createdAt', 'updatedAt', 'votes', 'revenue', 'comments'].flatMap((sort) => [{ sort }, { sort, order: 'asc' }]),
    { category: ['ERROR'] },
    { category: ['ERROR', 'FEEDBACK', 'FEATURE'] },
    { status: ['NEEDS_ACTION'] },
    { source: ['widget'] },
    { tag: [CANARY] },
    { tag: ['ui'] },
    { q: CANARY },
    { q: 'crash' },
    { requesterId: author.id },
    { requesterId: stranger.id },
    { hasComments: true },
    { minVotes: 1 },
    { createdAfter: '2020-01-01T00:00:00Z' },
    { updatedSince: '2020-01-01T00:00:00Z' },
  ]),
  'backlog.get': about(features),
  'backlog.stats': ofProject,
  'backlog.tags': ofProject,
  'backlog.getScreenshot': about(features),
  'backlog.getNote': about(features),
  'backlog.getAgentSection': about(features),
  'backlog.listComments': about(features),
  'backlog.listVoters': about(features),
  'notifications.list': list(() => [
    { type: ['feature.created'] },
    { type: ['feature.created', 'message.received', 'message.replied'] },
    { audience: 'team' },
    { audience: 'requesters' },
    { since: '2020-01-01T00:00:00Z' },
  ]),
  'notifications.unreadCount': ofProject,
  'conversations.list': list(({ author, shown }) => [
    { requesterId: author.id },
    { featureId: shown },
    { q: CANARY },
    { tag: [CANARY] },
  ]),
  'conversations.get': about(conversations),
  'conversations.getThread': about(conversations),
  'conversations.listMessages': about(conversations),
  'conversations.listEvents': about(conversations),
  'conversations.counts': ofProject,
  'requesters.list': list(() => [
    { kind: 'all' },
    { kind: 'anonymous' },
    { kind: 'all', q: CANARY },
    { kind: 'all', sort: 'revenue' },
  ]),
  'requesters.get': about(people),
};

/** What reads nothing that is private. It is asked all the same. */
const OTHERS: Readonly<Record<string, Inputs>> = {
  'organizations.list': nothing,
  'organizations.get': ofOrganization,
  'projects.list': nothing,
  'projects.identity': ofProject,
  'organizationProjects.list': ofOrganization,
  'members.me': nothing,
  'members.list': ofProject,
  'members.get': about(people),
  'members.seats': ofProject,
  'members.listInvitations': ofProject,
  'invitations.preview': () => [{ token: 'x'.repeat(43) }],
  'apiKeys.list': ofProject,
  'apiKeys.get': about(nobody),
  'apiKeys.grantable': ofProject,
  'apiKeys.explain': about(nobody, { scope: 'conversations:read' }),
  'apiKeys.explainOwn': () => [{ scope: 'conversations:read' }],
  'organizationKeys.list': ofOrganization,
  'organizationKeys.get': ({ organizationId }) => [{ organizationId, id: randomUUID() }],
  'organizationKeys.grantable': ofOrganization,
  'serviceAccounts.list': ofOrganization,
  'serviceAccounts.get': ofService,
  'device.lookUp': () => [{ userCode: 'BCDF-2345' }],
  'announcements.list': ofProject,
  'widget.get': ofProject,
  'audit.list': ofOrganization,
  'audit.checkpoint': ofOrganization,
  'connectedApps.list': ofProject,
  'connectedApps.listOwn': ofProject,
  'webhooks.list': ofProject,
  'webhooks.get': (world) => nobody().map((webhookId) => ({ projectId: world.projectId, webhookId })),
  'webhooks.deliveries': (world) => nobody().map((webhookId) => ({ projectId: world.projectId, webhookId })),
  'usage.history': ofProject,
  'services.list': ofOrganization,
  'services.get': ofService,
  'services.endpoints': ofService,
  'services.scanRuns': ofService,
  'services.environments': ofService,
  'services.workflows': ofService,
  'scans.get': ofService,
  'scans.locate': () => [{ id: randomUUID() }],
  'scans.endpoints': ofService,
  'scans.compare': (world) => ofService(world).map((of) => ({ ...of, otherId: randomUUID() })),
  'findings.list': ofOrganization,
  'findings.get': ofService,
  'usage.today': ofProject,
};
/** Whose answer changes by being asked for: it is only searched. */
const COUNTING = ['usage.today', 'usage.history', 'audit.list', 'audit.checkpoint'];

/** What writes, led to what is private: it is refused or does not touch it, and its answer says nothing of it. */
const WRITERS: Readonly<Record<string, Inputs>> = {
  'organizationProjects.create': ({ organizationId }) => [
    { organizationId, name: 'Shop', slug: `shop-${randomUUID().slice(0, 8)}` },
  ],
  'connectedApps.revoke': (world) => ofProject(world).map((of) => ({ ...of, id: randomUUID() })),
  'connectedApps.revokeOwn': (world) => ofProject(world).map((of) => ({ ...of, id: randomUUID() })),
  'projects.remove': () => [{ projectId: randomUUID() }],
  'projects.update': (world) => ofProject(world).map((of) => ({ ...of, timezone: 'Europe/Berlin' })),
  'projects.revealIdentitySecret': ofProject,
  'projects.rotateIdentitySecret': ofProject,
  'members.invite': (world) => ofProject(world).map((of) => ({ ...of, email: 'ann@example.test', role: 'viewer' })),
  'members.changeRole': about(people, { role: 'viewer' }),
  'members.remove': about(people),
  'members.leave': (world) => ofProject(world).map((of) => ({ ...of, confirm: true })),
  'members.transferOwnership': about(people),
  'members.resendInvitation': about(nobody),
  'members.revokeInvitation': about(nobody),
  'invitations.accept': () => [{ token: 'x'.repeat(43) }],
  'apiKeys.create': (world) => ofProject(world).map((of) => ({ ...of, name: 'K', scopes: ['conversations:read'] })),
  'apiKeys.update': about(nobody, { name: 'K' }),
  'apiKeys.rotate': about(nobody),
  'apiKeys.revoke': about(nobody),
  'organizationKeys.create': (world) => ofOrganization(world).map((of) => ({ ...of, name: 'K', scopes: ['conversations:read'] })),
  'serviceAccounts.create': (world) => ofOrganization(world).map((of) => ({ ...of, name: 'Robot', role: 'viewer' })),
  'serviceAccounts.update': (world) => ofService(world).map((of) => ({ ...of, name: 'Robot' })),
  'serviceAccounts.disable': ofService,
  'serviceAccounts.enable': ofService,
  'organizationKeys.update': ({ organizationId }) => [{ organizationId, id: randomUUID(), name: 'K' }],
  'organizationKeys.rotate': ({ organizationId }) => [{ organizationId, id: randomUUID() }],
  'organizationKeys.revoke': ({ organizationId }) => [{ organizationId, id: randomUUID() }],
  'device.authorize': (world) => ofOrganization(world).map((of) => ({ ...of, userCode: 'BCDF-2345' })),
  'scans.ingest': ({ organizationId }) => [{ organizationId, ...scanOf() }],
  'services.update': (world) => ofService(world).map((of) => ({ ...of, tags: ['a'] })),
  'services.createEnvironment': (world) => ofService(world).map((of) => ({ ...of, name: 'Staging' })),
  'services.createWorkflow': (world) => ofService(world).map((of) => ({ ...of, name: 'Nightly' })),
  'findings.triage': (world) => ofService(world).map((of) => ({ ...of, state: 'accepted' })),
  'device.deny': () => [{ userCode: 'BCDF-2345' }],
  'backlog.create': ({ projectId, author }) => [
    // The title that the private ones have, but for what must not come back.
    { projectId, title: 'Crash', requester: { externalId: 'stranger' } },
    { projectId, title: 'Crash', category: 'ERROR', requester: { externalId: author.id } },
  ],
  'backlog.changeStatus': (world) => [
    ...about(features, { status: 'COMPLETED' })(world),
    ...[world.hidden.error, world.hidden.feedback].map((duplicateOfId) => ({
      projectId: world.projectId,
      id: world.shown,
      status: 'COMPLETED',
      closeReason: 'DUPLICATE',
      duplicateOfId,
    })),
  ],
  'backlog.writeNote': about(features, { text: 'overwritten' }),
  'backlog.writeAgentSection': about(features, { text: 'overwritten' }),
  'backlog.claimForAgent': (world) => features(world).map((featureId) => ({ projectId: world.projectId, featureId })),
  'backlog.reportAgentEvent': (world) =>
    features(world).map((featureId) => ({ projectId: world.projectId, featureId, kind: 'agent.needs_context' })),
  'backlog.createComment': (world) => [
    ...about(features, { body: 'a comment' })(world),
    ...about(features, { body: 'a comment', parentId: world.hidden.comment })(world),
  ],
  'backlog.editComment': (world) => about(features, { commentId: world.hidden.comment, body: 'overwritten' })(world),
  'backlog.removeComment': (world) => about(features, { commentId: world.hidden.comment })(world),
  'backlog.addVote': about(features, { requester: { externalId: 'stranger' } }),
  'backlog.removeVote': (world) => about(features, { requesterId: world.stranger.id })(world),
  'backlog.remove': about(features),
  'notifications.markSeen': (world) => ofProject(world).map((of) => ({ ...of, until: '2020-01-01T00:00:00Z' })),
  'announcements.send': (world) => ofProject(world).map((of) => ({ ...of, title: 'News', body: 'News' })),
  'conversations.reply': about(conversations, { body: 'x' }),
  'conversations.create': ({ projectId, author, hidden }) => [
    { projectId, requesterId: author.id, featureId: hidden.error, body: 'x' },
  ],
  'conversations.update': about(conversations, { status: 'resolved' }),
  'conversations.markRead': about(conversations),
  'conversations.markUnread': about(conversations),
  'conversations.remove': about(conversations),
  'requesters.update': about(people, { company: 'Navy' }),
  'requesters.upsert': ({ projectId, stranger }) => [{ projectId, externalId: stranger.externalId, company: 'Army' }],
  // Of somebody who has nothing private: erasing does what it says.
  'requesters.remove': about(({ visitor }) => [visitor.id]),
  // Of what it may not read it is not told either: `require-readable.test.ts`.
  'webhooks.create': (world) => ofProject(world).map((of) => ({ ...of, url: 'https://hooks.example/x', events: ['*'] })),
  'webhooks.update': (world) => nobody().map((webhookId) => ({ projectId: world.projectId, webhookId, status: 'disabled' })),
  'webhooks.remove': (world) => nobody().map((webhookId) => ({ projectId: world.projectId, webhookId })),
  'webhooks.test': (world) => nobody().map((webhookId) => ({ projectId: world.projectId, webhookId })),
  'webhooks.rotateSecret': (world) => nobody().map((webhookId) => ({ projectId: world.projectId, webhookId })),
  'widget.update': (world) => ofProject(world).map((of) => ({ ...of, color: '#123456' })),
};
/** Tried by itself, below. */
const WATCHED = ['live.watch'];

const hiddenInPath: Inputs = (world) => features(world).map((id) => ({ id }));
const conversationInPath: Inputs = (world) => conversations(world).map((id) => ({ id }));

const ENDPOINT_READERS: Readonly<Record<string, Inputs>> = {
  'GET /features': () => [{}, { sort: 'createdAt' }, { limit: 1 }, { q: CANARY }, { q: 'crash' }, { similar: `Crash ${CANARY}` }],
  'GET /features/{id}': hiddenInPath,
  'GET /features/{id}/comments': hiddenInPath,
  'GET /mine': nothing,
  'GET /conversations': nothing,
  'GET /conversations/{id}/messages': conversationInPath,
  'GET /notifications': nothing,
};
const ENDPOINT_WRITERS: Readonly<Record<string, Inputs>> = {
  'POST /submit': () => [{ category: 'FEATURE', title: 'Crash' }],
  'POST /features/{id}/vote': hiddenInPath,
  'DELETE /features/{id}/vote': hiddenInPath,
  'POST /features/{id}/comments': (world) => [
    ...hiddenInPath(world).map((of) => ({ ...of, body: 'x' })),
    ...hiddenInPath(world).map((of) => ({ ...of, body: 'x', parentId: world.hidden.comment })),
  ],
  'POST /conversations': (world) => features(world).map((featureId) => ({ featureId, body: 'x' })),
  'POST /conversations/{id}/messages': (world) => conversationInPath(world).map((of) => ({ ...of, body: 'x' })),
  'POST /conversations/{id}/read': conversationInPath,
  'POST /notifications/read': (world) => [{}, { ids: [world.hidden.notice] }],
};

let core: TestCore;
let world: World;
let owner: Caller;
/** May do all that a key can, but read conversations. */
let blind: Caller;
let blindCredential: Credential;
/** Who may not see what the author has sent in: nobody, a browser with a past, somebody identified. */
let others: Readonly<Record<string, Presented>>;

const asked = { ...READERS, ...OTHERS };
/** The answers of before anything private was there, by who asks for what. */
const before = new Map<string, string>();

beforeAll(async () => {
  core = await openTestCore();
  world = await seedWorld(core);
  owner = callAsUser(core, world.tenant.user);
  const scopes = SCOPE_NAMES.filter((scope) => !scope.startsWith('conversations:'));
  blindCredential = (await seedKey(core, world.tenant, { scopes, projectId: null })).credential;
  blind = callAs(core, blindCredential);
  const secret = await seedIdentitySecret(core, world.tenant);
  others = {
    nobody: {},
    'a browser': { anonymousId: world.visitor.anonymousId },
    'an identified visitor': { identityToken: identityToken(core, world.tenant, secret, { sub: world.stranger.externalId }) },
  };
  // Their identity is settled, and the key's first use noted.
  await Promise.all([
    answersOf(blind, 'members.me', nothing),
    answersOfEndpoint(others['an identified visitor'] ?? {}, 'GET /mine', nothing),
  ]);
  for (const [path, inputs] of Object.entries(asked)) {
    before.set(`blind ${path}`, await answersOf(blind, path, inputs));
    before.set(`owner ${path}`, await answersOf(owner, path, inputs));
  }
  for (const [endpoint, inputs] of Object.entries(ENDPOINT_READERS)) {
    for (const [name, presented] of Object.entries(others)) {
      before.set(`${name} ${endpoint}`, await answersOfEndpoint(presented, endpoint, inputs));
    }
    before.set(`author ${endpoint}`, await answersOfEndpoint(world.author, endpoint, inputs));
  }
  await plantPrivate(core, world);
});
afterAll(() => core.db.close());

/** What a call ends in, its refusal included, as a text. */
async function told(call: Promise<unknown>): Promise<string> {
  return JSON.stringify(await call.catch((error: unknown) => ({ refused: toPublic(error) })), null, 1);
}

async function answersOf(caller: Caller, path: string, inputs: Inputs): Promise<string> {
  const [slice = '', name = ''] = path.split('.');
  const act = (caller as unknown as Record<string, Record<string, (input: object) => Promise<unknown>>>)[slice]?.[name];
  if (act === undefined) throw new Error(`no procedure ${path}`);
  const answers: string[] = [];
  for (const input of inputs(world)) answers.push(await told(act(input)));
  return answers.join('\n');
}

async function answersOfEndpoint(presented: Presented, endpoint: string, inputs: Inputs): Promise<string> {
  const answers: string[] = [];
  for (const input of inputs(world)) answers.push(await told(callWidget(core, world.tenant, presented, { endpoint, input })));
  return answers.join('\n');
}

function expectNothingPrivate(answers: string, except: readonly string[] = []): void {
  expect(answers).not.toContain(CANARY);
  for (const id of Object.values(world.hidden)) if (!except.includes(id)) expect(answers).not.toContain(id);
}

/** All that is private, as it is stored. */
async function stored(): Promise<string> {
  const { prisma } = core.db;
  const ids = [world.hidden.error, world.hidden.feedback];
  const ofThem = { where: { featureId: { in: ids } } };
  return JSON.stringify(
    await Promise.all([
      prisma.feature.findMany({ where: { id: { in: ids } }, orderBy: { id: 'asc' } }),
      prisma.comment.findMany({ ...ofThem, orderBy: { id: 'asc' } }),
      prisma.vote.findMany({ ...ofThem, orderBy: { requesterId: 'asc' } }),
      prisma.subscription.findMany({ ...ofThem, orderBy: { requesterId: 'asc' } }),
      prisma.agentClaim.count(ofThem),
      prisma.conversation.findMany({
        where: { id: { in: conversations(world) } },
        include: { messages: true },
        orderBy: { id: 'asc' },
      }),
      prisma.notification.findMany({ where: { title: CANARY }, include: { receipts: true }, orderBy: { id: 'asc' } }),
    ]),
  );
}

it('every procedure and every endpoint of the widget is tried here', () => {
  const procedures = listProcedures(appRouter);
  const pathsOf = (types: readonly string[]) => procedures.filter(({ type }) => types.includes(type)).map(({ path }) => path);
  expect([...Object.keys(asked), ...WATCHED].toSorted()).toEqual(pathsOf(['query', 'subscription']).toSorted());
  expect(Object.keys(WRITERS).toSorted()).toEqual(pathsOf(['mutation']).toSorted());
  const endpoints = WIDGET_ENDPOINTS.map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys({ ...ENDPOINT_READERS, ...ENDPOINT_WRITERS }).toSorted()).toEqual(endpoints.toSorted());
});

it('the rule stands in visibility.ts, and in no words of anybody else', () => {
  const sources = globSync('**/*.ts', { cwd: import.meta.dirname }).filter((file) => !/test|visibility\.ts$/.test(file));
  const inOtherWords =
    /PUBLIC_CATEGORIES(?! =)|category[^\n=]{0,12} in \(|category[^\n=]{0,12} = any\(|category: \{ in|not n?\.?is_private/;
  const found = sources.filter((file) => inOtherWords.test(readFileSync(join(import.meta.dirname, file), 'utf8')));
  expect([sources.length > 100, found]).toEqual([true, []]);
});

describe('without conversations:read', () => {
  it.each(Object.keys(asked))('%s answers as if nothing private were there', async (path) => {
    const answers = await answersOf(blind, path, asked[path] ?? nothing);
    if (!COUNTING.includes(path)) expect(answers).toBe(before.get(`blind ${path}`));
    expectNothingPrivate(answers);
  });

  it.each(Object.keys(READERS))('%s would have said something else to who may see it', async (path) => {
    expect(await answersOf(owner, path, asked[path] ?? nothing)).not.toBe(before.get(`owner ${path}`));
  });
});

const ON_A_PAGE = ['nobody', 'a browser', 'an identified visitor'];

describe.each(ON_A_PAGE)('%s on a page', (name) => {
  it.each(Object.keys(ENDPOINT_READERS))('is answered by %s as if nothing private were there', async (endpoint) => {
    const answers = await answersOfEndpoint(others[name] ?? {}, endpoint, ENDPOINT_READERS[endpoint] ?? nothing);
    expect(answers).toBe(before.get(`${name} ${endpoint}`));
    expectNothingPrivate(answers);
  });
});

it('its own author gets it from every endpoint that has it', async () => {
  // Others’ public requests have no private side.
  const shared = ['GET /features', 'GET /features/{id}/comments'];
  for (const [endpoint, inputs] of Object.entries(ENDPOINT_READERS).filter(([name]) => !shared.includes(name)))
    expect(await answersOfEndpoint(world.author, endpoint, inputs), endpoint).not.toBe(before.get(`author ${endpoint}`));
});

it('the public configuration says nothing of it', async () => {
  expectNothingPrivate(JSON.stringify(await publicWidgetConfig(core.core, world.tenant.project.slug)));
});

describe.each(ON_A_PAGE)('%s who writes on a page', (name) => {
  it.each(Object.keys(ENDPOINT_WRITERS))('is told nothing private by %s, and changes none of it', async (endpoint) => {
    const inputs = ENDPOINT_WRITERS[endpoint] ?? nothing;
    const [stateBefore, answers] = [await stored(), await answersOfEndpoint(others[name] ?? {}, endpoint, inputs)];
    expectNothingPrivate(answers);
    expect(await stored()).toBe(stateBefore);
  });
});

describe('writing without conversations:read', () => {
  it.each(Object.keys(WRITERS))('%s tells nothing private, and changes none of it', async (path) => {
    const [stateBefore, answers] = [await stored(), await answersOf(blind, path, WRITERS[path] ?? nothing)];
    expectNothingPrivate(answers);
    expect(await stored()).toBe(stateBefore);
  });
});

describe('what becomes of a private feature', () => {
  it('reaches its own author, and nobody else by the feed, live, on a page or by e-mail', async () => {
    const { projectId, hidden } = world;
    const [unseen, seen] = [
      watch(core.core, world.tenant, blindCredential),
      watch(core.core, world.tenant, { kind: 'session', userId: world.tenant.user.id }),
    ];
    await until(() => unseen.updates.length === 1 && seen.updates.length === 1);
    const feedOf = (caller: Caller) => answersOf(caller, 'notifications.list', ofProject);
    const feedOnPage = (presented: Presented) => answersOfEndpoint(presented, 'GET /notifications', nothing);
    const [feed, strangers] = [await feedOf(blind), others['an identified visitor'] ?? {}];
    const strangersFeed = await feedOnPage(strangers);
    // What the tests before this one have told.
    await runJobs(core.core);
    core.outbox.length = 0;

    for (const id of [hidden.error, hidden.feedback]) {
      const of = { projectId, id };
      await owner.backlog.createComment({ ...of, body: CANARY });
      await owner.backlog.changeStatus({ ...of, status: 'COMPLETED', notifyText: CANARY });
      await owner.backlog.changeStatus({ ...of, status: 'NEEDS_ACTION' });
      await owner.backlog.writeNote({ ...of, text: CANARY });
      await owner.backlog.writeAgentSection({ ...of, text: CANARY });
      await owner.backlog.claimForAgent({ projectId, featureId: id });
      await owner.backlog.reportAgentEvent({ projectId, featureId: id, kind: 'agent.pr_opened' });
      for (const { id: requesterId } of [world.stranger, world.author]) await owner.backlog.removeVote({ ...of, requesterId });
    }
    await owner.backlog.editComment({ projectId, id: hidden.error, commentId: (await ownComment()).id, body: CANARY });
    await owner.conversations.reply({ projectId, id: hidden.conversation, body: CANARY });
    await owner.conversations.update({ projectId, id: hidden.conversation, status: 'resolved' });
    const close = { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: hidden.error } as const;
    await owner.backlog.changeStatus({ projectId, id: hidden.feedback, ...close });
    await owner.backlog.remove({ projectId, id: hidden.feedback });
    await runJobs(core.core);

    expect(core.outbox.length).toBeGreaterThan(0);
    expect(core.outbox.filter(({ to }) => to !== 'ann@example.test')).toEqual([]);
    expect(await feedOnPage(world.author)).toContain(CANARY);
    expect(await feedOnPage(strangers)).toBe(strangersFeed);
    expect(await feedOf(blind)).toBe(feed);
    await until(() => seen.updates.some(({ featureId }) => featureId === hidden.feedback));
    // What is told of the public one comes after all that was told of these.
    await owner.backlog.createComment({ projectId, id: await openFeature(), body: 'public' });
    await until(() => unseen.updates.length > 1 && seen.updates.at(-1)?.id === unseen.updates.at(-1)?.id);
    expectNothingPrivate(JSON.stringify(unseen.updates));
    expect(unseen.updates.every(({ conversationId }) => conversationId === null)).toBe(true);
    await Promise.all([unseen.leave(), seen.leave()]);
  });

  const ownComment = () =>
    core.db.prisma.comment.findFirstOrThrow({
      where: { featureId: world.hidden.error, authorKind: 'TEAM' },
      select: { id: true },
    });
  const openFeature = async () => (await owner.backlog.create({ projectId: world.projectId, title: 'Another' })).id;
});
