import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Caller,
  callAsUser,
  identityToken,
  openTestCore,
  runJobs,
  seedIdentitySecret,
  type TestCore,
} from '../../testing.ts';
import { newAnonymousId } from '../requesters/testing.ts';
import { callWidget } from '../widget/testing.ts';
import { WEBHOOK_EVENT_NAMES } from './schema.ts';
import { seedWebhook } from './testing.ts';

// Every event of the catalogue, and what brings it about.

let core: TestCore;
let tenant: TestTenant;
let owner: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  owner = callAsUser(core, tenant.user);
  await core.db.prisma.widgetConfig.create({
    data: { projectId: tenant.project.id, commentsEnabled: true, updatedAt: core.clock.now() },
  });
  await seedWebhook(core, tenant);
});

const ofProject = () => ({ projectId: tenant.project.id });
const feature = (input: object = {}) => owner.backlog.create({ ...ofProject(), title: 'Dark mode', ...input });
const contact = async (externalId = 'grace') => owner.requesters.upsert({ ...ofProject(), externalId, name: 'Grace' });
const conversation = async () =>
  owner.conversations.create({ ...ofProject(), requesterId: (await contact()).id, subject: 'Hello', body: 'How are you?' });
const visit = (endpoint: string, input: object, presented: object = { anonymousId: newAnonymousId() }) =>
  callWidget(core, tenant, presented, { endpoint, input }) as Promise<any>;

type Told = { readonly event: string; readonly data: any };
/** What has been told since the last time, in order. */
async function told(): Promise<Told[]> {
  const rows = await core.db.prisma.webhookEvent.findMany({ where: ofProject(), orderBy: { id: 'asc' } });
  await core.db.prisma.webhookEvent.deleteMany({ where: ofProject() });
  return rows.map(({ body }) => JSON.parse(body));
}
const names = async () => (await told()).map(({ event }) => event);

describe('the webhooks of a project are told', () => {
  it('of a request, by the team or by a visitor, as a list shows it', async () => {
    const { id } = await feature({ description: 'At night.', requester: { externalId: 'grace' } });
    const [made, created] = await told();
    expect([made?.event, created?.event, created?.data]).toMatchObject([
      'contact.created',
      'feature.created',
      { id, description: 'At night.' },
    ]);
    await visit('POST /submit', { category: 'FEATURE', title: 'Light mode' });
    expect(await told()).toMatchObject([{ event: 'feature.created', data: { title: 'Light mode', source: 'widget' } }]);
    await visit('POST /submit', { category: 'FEEDBACK', rating: 4, text: 'Nice' });
    expect(await names()).toEqual(['conversation.created', 'message.created', 'feature.created']);
  });

  it('of another status, and from which', async () => {
    const { id } = await feature();
    await told();
    await owner.backlog.changeStatus({ ...ofProject(), id, status: 'COMPLETED', completionKind: 'SHIPPED' });
    await owner.backlog.changeStatus({ ...ofProject(), id, status: 'COMPLETED', completionKind: 'NEXT_UPDATE' });
    await visit('POST /features/{id}/comments', { id, body: 'Still broken' });
    const events = await told();
    expect(events.map(({ event }) => event)).toEqual(['feature.status_changed', 'comment.created', 'feature.status_changed']);
    expect(events[0]?.data).toMatchObject({
      id,
      status: 'COMPLETED',
      completion_kind: 'SHIPPED',
      previous_status: 'NEEDS_ACTION',
    });
    expect(events[2]?.data).toMatchObject({ id, status: 'NEEDS_ACTION', previous_status: 'COMPLETED' });
  });

  it('of comments, and of nothing that only the team’s developers or a browser have said', async () => {
    const { id } = await feature();
    await owner.backlog.writeNote({ ...ofProject(), id, text: 'A developer’s note' });
    await told();
    await owner.backlog.createComment({ ...ofProject(), id, body: 'Planned.', isInternal: true });
    const [comment] = await told();
    expect(comment).toMatchObject({
      event: 'comment.created',
      data: { feature_id: id, body: 'Planned.', is_internal: true, author_kind: 'TEAM' },
    });
    await owner.backlog.changeStatus({ ...ofProject(), id, status: 'IN_PROGRESS' });
    const text = JSON.stringify(await told());
    expect(text).not.toMatch(/developer_note|diagnostics|A developer’s note/);
  });

  it('of a conversation, its messages and what becomes of it', async () => {
    const { id } = await conversation();
    const [, created, message] = await told();
    expect(created).toMatchObject({
      event: 'conversation.created',
      data: { id, status: 'open', last_message_preview: 'How are you?' },
    });
    expect(message).toMatchObject({
      event: 'message.created',
      data: { conversation_id: id, content: 'How are you?', sender_type: 'agent' },
    });
    await owner.conversations.update({ ...ofProject(), id, priority: 'high' });
    await owner.conversations.update({ ...ofProject(), id, priority: 'high' });
    await owner.conversations.update({ ...ofProject(), id, status: 'resolved' });
    await owner.conversations.markRead({ ...ofProject(), id });
    const events = await told();
    expect(events.map(({ event }) => event)).toEqual(['conversation.updated', 'conversation.updated', 'conversation.resolved']);
    expect(events.at(-1)?.data).toMatchObject({ id, status: 'resolved', resolved_at: core.clock.now().toISOString() });
    await owner.conversations.reply({ ...ofProject(), id, body: 'A note', isInternal: true });
    expect(await told()).toMatchObject([{ event: 'message.created', data: { is_internal: true } }]);
  });

  it('of a conversation that a message or time has opened again, and of no message in spam', async () => {
    const secret = await seedIdentitySecret(core, tenant);
    const presented = { identityToken: identityToken(core, tenant, secret, { sub: 'grace' }) };
    const { id } = await conversation();
    await owner.conversations.update({ ...ofProject(), id, status: 'resolved' });
    await told();
    await visit('POST /conversations/{id}/messages', { id, body: 'Again' }, presented);
    expect(await names()).toEqual(['contact.updated', 'conversation.updated', 'message.created']);
    const until = new Date(core.clock.now().getTime() + 60_000).toISOString();
    await owner.conversations.update({ ...ofProject(), id, status: 'snoozed', snoozedUntil: until });
    await told();
    core.clock.advance(60_000);
    await runJobs(core.core);
    expect(await told()).toMatchObject([{ event: 'conversation.updated', data: { id, status: 'open', snoozed_until: null } }]);
    await owner.conversations.update({ ...ofProject(), id, isSpam: true });
    await told();
    const again = { identityToken: identityToken(core, tenant, secret, { sub: 'grace' }) };
    await visit('POST /conversations/{id}/messages', { id, body: 'Buy!' }, again);
    expect(await names()).not.toContain('message.created');
  });

  it('of somebody who becomes known, or about whom something else is known, each once', async () => {
    const { id } = await owner.requesters.upsert({
      ...ofProject(),
      email: 'Grace@Example.test',
      company: 'Navy',
      traits: { shoeSize: 38 },
    });
    expect(await told()).toMatchObject([
      { event: 'contact.created', data: { id, email: 'grace@example.test', company: 'Navy', metadata: { shoeSize: 38 } } },
    ]);
    core.clock.advance(1_000);
    await owner.requesters.upsert({ ...ofProject(), email: 'grace@example.test', company: 'Navy' });
    expect(await told()).toEqual([]);
    await owner.requesters.upsert({ ...ofProject(), email: 'grace@example.test', company: 'Army' });
    await owner.requesters.update({ ...ofProject(), id, name: 'Grace' });
    await owner.requesters.update({ ...ofProject(), id, name: 'Grace' });
    expect(await names()).toEqual(['contact.updated', 'contact.updated']);
    await owner.requesters.upsert({ ...ofProject(), name: 'Nameless' });
    expect(await names()).toEqual(['contact.created']);
  });

  it('of a visitor once an identity says who they are, and of an anonymous one not', async () => {
    const anonymousId = newAnonymousId();
    await visit('POST /submit', { category: 'FEATURE', title: 'First' }, { anonymousId });
    expect(await names()).toEqual(['feature.created']);
    const secret = await seedIdentitySecret(core, tenant);
    const presented = { anonymousId, identityToken: identityToken(core, tenant, secret, { sub: 'ada', name: 'Ada' }) };
    await visit('POST /submit', { category: 'FEATURE', title: 'Second' }, presented);
    expect(await told()).toMatchObject([
      { event: 'contact.created', data: { external_id: 'ada', name: 'Ada' } },
      { event: 'feature.created' },
    ]);
  });

  it('of keys that open the project, and of their ends, without what opens it', async () => {
    const made = await owner.apiKeys.create({ ...ofProject(), name: 'Sync', scopes: ['backlog:read'] });
    const ofAll = await owner.organizationKeys.create({
      organizationId: tenant.organization.id,
      name: 'All',
      scopes: ['backlog:read'],
    });
    const next = await owner.apiKeys.rotate({ ...ofProject(), id: made.id, overlapHours: 24 });
    await owner.apiKeys.revoke({ ...ofProject(), id: made.id });
    await owner.apiKeys.revoke({ ...ofProject(), id: made.id });
    const events = await told();
    expect(events).toMatchObject([
      { event: 'api_key.created', data: { id: made.id, kind: 'project', name: 'Sync', status: 'active' } },
      { event: 'api_key.created', data: { id: ofAll.id, kind: 'organization' } },
      { event: 'api_key.rotated', data: { id: next.id, name: 'Sync', status: 'active' } },
      { event: 'api_key.revoked', data: { id: made.id, status: 'revoked', revoked_at: core.clock.now().toISOString() } },
    ]);
    for (const raw of [made.rawKey, ofAll.rawKey, next.rawKey]) expect(JSON.stringify(events)).not.toContain(raw);
    expect(JSON.stringify(events)).not.toMatch(/raw_key|secret|hash/);
  });
});

it('every event of the catalogue is brought about somewhere', () => {
  const elsewhere = ['api_key.expiring', 'quota.reached_80', 'quota.reached_100', 'webhook.test'];
  const here = [
    'api_key.created',
    'api_key.revoked',
    'api_key.rotated',
    'comment.created',
    'contact.created',
    'contact.updated',
    'conversation.created',
    'conversation.resolved',
    'conversation.updated',
    'feature.created',
    'feature.status_changed',
    'message.created',
  ];
  expect([...here, ...elsewhere].toSorted()).toEqual(WEBHOOK_EVENT_NAMES.toSorted());
});
