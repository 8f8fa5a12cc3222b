import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedFeature } from './modules/backlog/testing.ts';
import { seedConversation } from './modules/conversations/testing.ts';
import { seedInvitation, seedPerson, type TestPerson } from './modules/members/testing.ts';
import { endMails } from './modules/notifications/unsubscribe.ts';
import { newAnonymousId, seedRequester } from './modules/requesters/testing.ts';
import { callWidget } from './modules/widget/testing.ts';
import { WIDGET_ENDPOINTS } from './modules/widget/visitor-endpoints.ts';
import { listProcedures } from './procedures.ts';
import { type Caller, callAsUser, identityToken, openTestCore, seedIdentitySecret, type TestCore } from './testing.ts';

// Whatever changes what a screen shows is told to who watches. A mutation or an endpoint that is in no table fails the first
// test: add it with a call that changes something and what that tells, or with why nobody has to hear of it.

let core: TestCore;
let tenant: TestTenant;
let owner: Caller;
let bob: TestPerson;
let visitor: { readonly anonymousId: string; readonly id: string };

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  owner = callAsUser(core, tenant.user);
  bob = await seedPerson(core, tenant, { project: 'developer' });
  await core.db.prisma.projectMember.create({ data: { projectId: tenant.project.id, userId: tenant.user.id, role: 'owner' } });
  await core.db.prisma.widgetConfig.create({
    data: { projectId: tenant.project.id, commentsEnabled: true, updatedAt: core.clock.now() },
  });
  const anonymousId = newAnonymousId();
  await callWidget(core, tenant, { anonymousId }, { endpoint: 'POST /submit', input: { category: 'FEATURE', title: 'First' } });
  const { requesterId } = await core.db.prisma.requesterDevice.findFirstOrThrow({ where: { projectId: tenant.project.id } });
  visitor = { anonymousId, id: requesterId };
});

const ofProject = () => ({ projectId: tenant.project.id });
type Category = 'FEATURE' | 'ERROR';
const feature = async (category: Category, columns: object = {}) => ({
  ...ofProject(),
  id: await seedFeature(core, tenant, { category, requesterId: visitor.id, ...columns }),
});
const conversation = async (columns: object = {}) => ({
  ...ofProject(),
  id: await seedConversation(core, tenant, { requesterId: visitor.id, ...columns }),
});
const invitation = async () => {
  const { id, token } = await seedInvitation(core, tenant, { expiresAt: new Date(core.clock.now().getTime() + 86_400_000) });
  return { ref: { ...ofProject(), id }, token };
};
const commentOf = async ({ id }: { id: string }) =>
  (await owner.backlog.createComment({ ...ofProject(), id, body: 'A comment' })).id;
const byRequester = async () => {
  const id = await seedConversation(core, tenant, { requesterId: visitor.id });
  await callWidget(core, tenant, visitor, { endpoint: 'POST /conversations/{id}/messages', input: { id, body: 'Hello' } });
  return { ...ofProject(), id };
};

/** Prepares, and then does it. */
type Scenario = () => Promise<() => Promise<unknown>>;
/** `kind`, with `+` when it names a row, and with `!` when it is for who may read conversations only. */
type Tells = readonly string[];

const PUBLIC_FEATURE: Tells = ['feature+'];
const INBOX: Tells = ['conversation+!'];

/** About a feature: what is told of a private one is the same, and private. */
const OF_FEATURES: Readonly<Record<string, readonly [Tells, (category: Category) => ReturnType<Scenario>]>> = {
  'backlog.create': [
    ['notification+', 'feature+'],
    async (category) => () => owner.backlog.create({ ...ofProject(), title: 'Dark mode', category }),
  ],
  'backlog.changeStatus': [
    ['notification+', 'feature+'],
    async (category) => {
      const of = await feature(category);
      return () => owner.backlog.changeStatus({ ...of, status: 'IN_PROGRESS' });
    },
  ],
  'backlog.remove': [
    PUBLIC_FEATURE,
    async (category) => {
      const of = await feature(category);
      return () => owner.backlog.remove(of);
    },
  ],
  'backlog.writeNote': [
    PUBLIC_FEATURE,
    async (category) => {
      const of = await feature(category);
      return () => owner.backlog.writeNote({ ...of, text: 'A note' });
    },
  ],
  'backlog.writeAgentSection': [
    PUBLIC_FEATURE,
    async (category) => {
      const of = await feature(category);
      return () => owner.backlog.writeAgentSection({ ...of, text: 'A note' });
    },
  ],
  'backlog.reportAgentEvent': [
    ['notification+'],
    async (category) => {
      const { id: featureId } = await feature(category);
      return () => owner.backlog.reportAgentEvent({ ...ofProject(), featureId, kind: 'agent.pr_opened' });
    },
  ],
  'backlog.createComment': [
    ['notification+', 'feature+'],
    async (category) => {
      const of = await feature(category);
      return () => owner.backlog.createComment({ ...of, body: 'A comment' });
    },
  ],
  'backlog.editComment': [
    ['notification+', 'feature+'],
    async (category) => {
      const of = await feature(category);
      const commentId = await commentOf(of);
      return () => owner.backlog.editComment({ ...of, commentId, body: 'Another' });
    },
  ],
  'backlog.removeComment': [
    ['notification+', 'feature+'],
    async (category) => {
      const of = await feature(category);
      const commentId = await commentOf(of);
      return () => owner.backlog.removeComment({ ...of, commentId });
    },
  ],
  'backlog.removeVote': [
    PUBLIC_FEATURE,
    async (category) => {
      const of = await feature(category, { voteCount: 1 });
      await core.db.prisma.vote.create({ data: { featureId: of.id, requesterId: visitor.id } });
      return () => owner.backlog.removeVote({ ...of, requesterId: visitor.id });
    },
  ],
};

const OTHERS: Readonly<Record<string, readonly [Tells, Scenario]>> = {
  'projects.update': [
    ['project', 'widget'],
    async () => () => owner.projects.update({ ...ofProject(), allowedOrigins: ['https://a.example'] }),
  ],
  'projects.remove': [
    ['project'],
    async () => async () => {
      await owner.projects.remove(ofProject());
      const { id, slug } = tenant.project;
      await core.db.prisma.project.update({ where: { id }, data: { deletedAt: null, slug } });
    },
  ],
  'projects.revealIdentitySecret': [['project'], async () => () => owner.projects.revealIdentitySecret(ofProject())],
  'projects.rotateIdentitySecret': [
    ['project'],
    async () => () => owner.projects.rotateIdentitySecret({ ...ofProject(), overlapHours: 0 }),
  ],
  'widget.update': [
    ['project', 'widget'],
    async () => () => owner.widget.update({ ...ofProject(), color: '#123456', allowedOrigins: ['https://a.example'] }),
  ],
  'members.invite': [
    ['notification+', 'member'],
    async () => () => owner.members.invite({ ...ofProject(), email: 'new@example.test', role: 'viewer' }),
  ],
  'members.changeRole': [
    ['conversation!', 'member'],
    async () => {
      await conversation({ assigneeId: bob.id });
      return () => owner.members.changeRole({ ...ofProject(), id: bob.id, role: 'viewer' });
    },
  ],
  'members.remove': [
    ['conversation!', 'member'],
    async () => {
      await conversation({ assigneeId: bob.id });
      return () => owner.members.remove({ ...ofProject(), id: bob.id });
    },
  ],
  'members.leave': [['member'], async () => () => callAsUser(core, bob).members.leave({ ...ofProject(), confirm: true })],
  'members.transferOwnership': [['member'], async () => () => owner.members.transferOwnership({ ...ofProject(), id: bob.id })],
  'members.resendInvitation': [
    ['member'],
    async () => {
      const { ref } = await invitation();
      return () => owner.members.resendInvitation(ref);
    },
  ],
  'members.revokeInvitation': [
    ['member'],
    async () => {
      const { ref } = await invitation();
      return () => owner.members.revokeInvitation(ref);
    },
  ],
  'invitations.accept': [
    ['notification+', 'member'],
    async () => {
      const eve = await seedPerson(core, tenant, {}, 'Eve');
      const { token } = await seedInvitation(core, tenant, { email: eve.email, role: 'viewer' });
      return () => callAsUser(core, eve).invitations.accept({ token });
    },
  ],
  'backlog.addVote': [
    PUBLIC_FEATURE,
    async () => {
      const of = await feature('FEATURE');
      return () => owner.backlog.addVote({ ...of, requester: { externalId: 'voter' } });
    },
  ],
  'notifications.markSeen': [
    ['notification'],
    async () => () => owner.notifications.markSeen({ ...ofProject(), until: core.clock.now().toISOString() }),
  ],
  'announcements.send': [
    ['notification+'],
    async () => () => owner.announcements.send({ ...ofProject(), title: 'News', body: 'News' }),
  ],
  'conversations.create': [
    ['conversation+!', 'notification+!'],
    async () => () => owner.conversations.create({ ...ofProject(), requesterId: visitor.id, body: 'Hello' }),
  ],
  'conversations.reply': [
    ['conversation+!', 'notification+!'],
    async () => {
      const of = await conversation();
      return () => owner.conversations.reply({ ...of, body: 'Hello' });
    },
  ],
  'conversations.update': [
    INBOX,
    async () => {
      const of = await conversation();
      return () => owner.conversations.update({ ...of, status: 'resolved' });
    },
  ],
  'conversations.markRead': [
    INBOX,
    async () => {
      const of = await byRequester();
      return () => owner.conversations.markRead(of);
    },
  ],
  'conversations.markUnread': [
    INBOX,
    async () => {
      const of = await byRequester();
      await owner.conversations.markRead(of);
      return () => owner.conversations.markUnread(of);
    },
  ],
  'conversations.remove': [
    INBOX,
    async () => {
      const of = await conversation();
      return () => owner.conversations.remove(of);
    },
  ],
  'requesters.update': [
    ['feature+', 'requester'],
    async () => () => owner.requesters.update({ ...ofProject(), id: visitor.id, traits: { amount: 100, interval: 'month' } }),
  ],
  'requesters.upsert': [['requester'], async () => () => owner.requesters.upsert({ ...ofProject(), externalId: 'grace' })],
  'requesters.remove': [
    ['conversation!', 'feature', 'notification', 'requester'],
    async () => {
      await Promise.all([conversation(), feature('ERROR')]);
      return () => owner.requesters.remove({ ...ofProject(), id: visitor.id });
    },
  ],
};

const KEYS = 'the list of keys is read again where one was made or ended, and is shown to few';
const ACCOUNTS = 'service accounts are of the organization, and live events are of projects';
const WEBHOOKS = 'the screen of webhooks is read again where one was changed, and by itself, and is shown to few';
const CATALOGUE = 'the catalogue is of the organization, and live events are of projects';
const SILENT: Readonly<Record<string, string>> = {
  'organizationProjects.create': 'nobody watches a project before it is there',
  'scans.ingest': CATALOGUE,
  'services.update': CATALOGUE,
  'services.createEnvironment': CATALOGUE,
  'services.createWorkflow': CATALOGUE,
  'findings.triage': CATALOGUE,
  'apiKeys.create': KEYS,
  'apiKeys.revoke': KEYS,
  'apiKeys.rotate': KEYS,
  'apiKeys.update': KEYS,
  'organizationKeys.rotate': KEYS,
  'organizationKeys.update': KEYS,
  'organizationKeys.create': KEYS,
  'organizationKeys.revoke': KEYS,
  'serviceAccounts.create': ACCOUNTS,
  'serviceAccounts.update': ACCOUNTS,
  'serviceAccounts.disable': ACCOUNTS,
  'serviceAccounts.enable': ACCOUNTS,
  'connectedApps.revoke': 'those who decide on apps are few, and see the answer',
  'connectedApps.revokeOwn': 'those who decide on apps are few, and see the answer',
  'device.authorize': 'who decides on a device sees it, and nobody else',
  'device.deny': 'who decides on a device sees it, and nobody else',
  'backlog.claimForAgent': 'no screen shows claims',
  'webhooks.create': WEBHOOKS,
  'webhooks.update': WEBHOOKS,
  'webhooks.remove': WEBHOOKS,
  'webhooks.test': WEBHOOKS,
  'webhooks.rotateSecret': WEBHOOKS,
};

const someFeature = async () => ({ id: (await feature('FEATURE', { requesterId: null })).id });
const act = (endpoint: string, input: object) => () => callWidget(core, tenant, visitor, { endpoint, input });
const ENDPOINTS: Readonly<Record<string, readonly [Tells, Scenario]>> = {
  'POST /submit': [
    ['conversation+!', 'feature+!', 'notification+!'],
    async () => act('POST /submit', { category: 'FEEDBACK', rating: 3 }),
  ],
  'POST /features/{id}/vote': [PUBLIC_FEATURE, async () => act('POST /features/{id}/vote', await someFeature())],
  'DELETE /features/{id}/vote': [
    PUBLIC_FEATURE,
    async () => {
      const input = await someFeature();
      await act('POST /features/{id}/vote', input)();
      return act('DELETE /features/{id}/vote', input);
    },
  ],
  'POST /features/{id}/comments': [
    ['feature+', 'notification+'],
    async () => act('POST /features/{id}/comments', { ...(await someFeature()), body: 'A comment' }),
  ],
  'POST /conversations': [
    ['conversation+!', 'notification+!'],
    async () => act('POST /conversations', { featureId: (await feature('FEATURE')).id, body: 'Hello' }),
  ],
  'POST /conversations/{id}/messages': [
    ['conversation+!', 'notification+!'],
    async () => act('POST /conversations/{id}/messages', { id: (await conversation()).id, body: 'Hello' }),
  ],
  'POST /conversations/{id}/read': [
    INBOX,
    async () => {
      const { id } = await conversation();
      await owner.conversations.reply({ ...ofProject(), id, body: 'Hello' });
      return act('POST /conversations/{id}/read', { id });
    },
  ],
};
const SILENT_ENDPOINTS: Readonly<Record<string, string>> = {
  'POST /notifications/read': 'a requester’s own feed is on no screen of the team',
};

/** What a call tells, each once and in alphabetical order. */
async function toldBy(scenario: Scenario): Promise<string[]> {
  const change = await scenario();
  const where = { projectId: tenant.project.id };
  const { _max } = await core.db.prisma.liveEvent.aggregate({ where, _max: { seq: true } });
  await change();
  const events = await core.db.prisma.liveEvent.findMany({ where: { ...where, seq: { gt: _max.seq ?? 0 } } });
  const words = events.map(({ kind, conversationId, featureId, notificationId, isPrivate }) => {
    const id = { conversation: conversationId, feature: featureId, notification: notificationId ?? featureId }[kind] ?? null;
    return `${kind}${id === null ? '' : '+'}${isPrivate ? '!' : ''}`;
  });
  return [...new Set(words)].toSorted();
}

it('every mutation and every endpoint that writes tells something, or says why not', () => {
  const mutations = listProcedures().flatMap(({ path, type }) => (type === 'mutation' ? [path] : []));
  expect(Object.keys({ ...OF_FEATURES, ...OTHERS, ...SILENT }).toSorted()).toEqual(mutations.toSorted());
  const writing = WIDGET_ENDPOINTS.flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`]));
  expect(Object.keys({ ...ENDPOINTS, ...SILENT_ENDPOINTS }).toSorted()).toEqual(writing.toSorted());
});

describe('who watches hears of', () => {
  it.each(Object.entries(OF_FEATURES))(
    '%s, also of a private feature, and of that nobody who may not see it',
    async (_path, [tells, prepare]) => {
      expect(await toldBy(() => prepare('FEATURE'))).toEqual(tells.toSorted());
      expect(await toldBy(() => prepare('ERROR'))).toEqual(tells.map((word) => `${word}!`).toSorted());
    },
  );

  it.each(Object.entries({ ...OTHERS, ...ENDPOINTS }))('%s', async (_path, [tells, scenario]) => {
    expect(await toldBy(scenario)).toEqual(tells.toSorted());
  });

  it('a duplicate’s original, which has its votes now', async () => {
    const [of, original] = [await feature('FEATURE'), await feature('FEATURE')];
    const close = { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: original.id } as const;
    await owner.backlog.changeStatus({ ...of, ...close });
    const events = await core.db.prisma.liveEvent.findMany({
      where: { ...ofProject(), kind: 'feature' },
      orderBy: { seq: 'asc' },
    });
    expect(events.slice(-2).map(({ featureId }) => featureId)).toEqual([of.id, original.id]);
  });

  it('an anonymous visitor who has become known, with all that is theirs now', async () => {
    const identify = async (input: object = {}) => {
      const secret = await seedIdentitySecret(core, tenant);
      await Promise.all([conversation(), feature('ERROR')]);
      const presented = { ...visitor, identityToken: identityToken(core, tenant, secret, { sub: 'grace' }) };
      return () => callWidget(core, tenant, presented, { endpoint: 'GET /mine', input });
    };
    expect(await toldBy(identify)).toEqual(['conversation!', 'feature', 'notification', 'requester']);
  });

  it('a visitor whose private requests alone have changed hands, but openly of those not', async () => {
    const id = await seedRequester(core, tenant, { name: 'Ann' });
    for (const _ of [1, 2]) await seedFeature(core, tenant, { category: 'ERROR', requesterId: id });
    expect(await toldBy(async () => () => owner.requesters.remove({ ...ofProject(), id }))).toEqual([
      'feature!',
      'notification',
      'requester',
    ]);
  });

  it('a requester whom a backend names again only when something of them is another', async () => {
    const upsert = (more: object) => owner.requesters.upsert({ ...ofProject(), externalId: 'grace', ...more });
    await upsert({ company: 'Navy' });
    core.clock.advance(1_000);
    expect(await toldBy(async () => () => upsert({ company: 'Navy' }))).toEqual([]);
    for (const more of [{ company: 'Army' }, { name: 'Grace' }, { email: 'grace@example.test' }])
      expect(await toldBy(async () => () => upsert(more))).toEqual(['requester']);
  });

  it('an address that wants no more e-mails', async () => {
    const address = `${randomUUID()}@example.test`;
    await seedRequester(core, tenant, { email: address });
    const end = async () => () => endMails(core.core, { projectId: tenant.project.id, address });
    expect(await toldBy(end)).toEqual(['requester']);
    expect(await toldBy(end)).toEqual([]);
  });
});
