import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, newAnonymousId, openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { KEPT_DELETED_MS, retentionJobs } from '../retention/jobs.ts';
import { callWidget } from '../widget/testing.ts';
import type { ChangeStatus } from './schema.ts';
import { seedFeature } from './testing.ts';

// A duplicate that is one no more: who sent it in was moved to its original, and hears of it again.

let t: TestCore;
let tenant: TestTenant;
let me: Caller;
let visitor: { anonymousId: string };
let original: string;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(t, { plan: 'pro' });
  await t.db.prisma.widgetConfig.create({
    data: { projectId: tenant.project.id, commentsEnabled: true, updatedAt: t.clock.now() },
  });
  me = callAsUser(t, tenant.user);
  visitor = { anonymousId: newAnonymousId() };
  original = await seedFeature(t, tenant);
});

const ofProject = () => ({ projectId: tenant.project.id });
const widget = (endpoint: string, input: object) => callWidget(t, tenant, visitor, { endpoint, input });
async function submit(input: object): Promise<{ id: string; conversationId: string | null }> {
  return (await widget('POST /submit', input)).request;
}
const change = (id: string, to: Omit<ChangeStatus, 'projectId' | 'id'>) => {
  t.clock.advance(1_000);
  return me.backlog.changeStatus({ ...ofProject(), id, ...to });
};
const closeAsDuplicate = (id: string, duplicateOfId = original) =>
  change(id, { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId });
async function requesterOf(id: string): Promise<string> {
  const { requesterId } = await t.db.prisma.feature.findUniqueOrThrow({ where: { id } });
  return requesterId ?? '';
}
/** How many copies the requester of a feature has had of what was told of it, since it was closed as a duplicate. */
async function copiesOf(id: string): Promise<number> {
  const requesterId = await requesterOf(id);
  const told = { featureId: id, type: { in: ['feature.status_changed', 'feature.completed', 'comment.created'] } };
  return (await t.db.prisma.notificationReceipt.count({ where: { requesterId, notification: told } })) - 1;
}

describe('the requester of a duplicate', () => {
  it.each<[string, object, (sent: { id: string; conversationId: string | null }) => Promise<unknown>]>([
    ['the team', { category: 'FEATURE', title: 'Dark mode' }, ({ id }) => change(id, { status: 'NEEDS_ACTION' })],
    [
      'a comment of theirs',
      { category: 'FEATURE', title: 'Dark mode' },
      ({ id }) => widget('POST /features/{id}/comments', { id, body: 'It is not the same.' }),
    ],
    [
      'a message of theirs',
      { category: 'OTHER', text: 'How do I export?' },
      ({ conversationId }) => widget('POST /conversations/{id}/messages', { id: conversationId, body: 'Not the same.' }),
    ],
  ])('hears of it again once it is open again by %s', async (_whom, input, reopen) => {
    const sent = await submit(input);
    await closeAsDuplicate(sent.id);
    await reopen(sent);
    expect(await me.backlog.get({ ...ofProject(), id: sent.id })).toMatchObject({ status: 'NEEDS_ACTION', duplicateOfId: null });
    expect(await copiesOf(sent.id)).toBe(0);
    await me.backlog.createComment({ ...ofProject(), id: sent.id, body: 'You are right.' });
    await change(sent.id, { status: 'COMPLETED', completionKind: 'SHIPPED' });
    expect(await copiesOf(sent.id)).toBe(2);
  });

  it('hears at once when work on it begins, or it is done after all', async () => {
    const { id } = await submit({ category: 'FEATURE', title: 'Dark mode' });
    await closeAsDuplicate(id);
    await change(id, { status: 'IN_PROGRESS' });
    expect(await copiesOf(id)).toBe(1);
    await change(id, { status: 'COMPLETED', completionKind: 'SHIPPED' });
    expect(await copiesOf(id)).toBe(2);
    const other = await submit({ category: 'FEATURE', title: 'Light mode' });
    await closeAsDuplicate(other.id);
    await change(other.id, { status: 'COMPLETED', completionKind: 'SHIPPED' });
    await me.backlog.createComment({ ...ofProject(), id: other.id, body: 'It is out.' });
    expect(await copiesOf(other.id)).toBe(1);
  });

  it.each<[string, (id: string) => Promise<string>]>([
    ['it before it was closed', async (id) => id],
    [
      'its original since then',
      async (id) => {
        await closeAsDuplicate(id);
        t.clock.advance(1_000);
        return original;
      },
    ],
  ])('who has unsubscribed from %s does not', async (_what, from) => {
    const { id } = await submit({ category: 'FEATURE', title: 'Dark mode' });
    const featureId = await from(id);
    const requesterId = await requesterOf(id);
    await t.db.prisma.subscription.update({
      where: { featureId_requesterId: { featureId, requesterId } },
      data: { unsubscribedAt: t.clock.now() },
    });
    if (featureId === id) await closeAsDuplicate(id);
    const before = await copiesOf(id);
    await change(id, { status: 'NEEDS_ACTION' });
    await change(id, { status: 'IN_PROGRESS' });
    expect(await copiesOf(id)).toBe(before);
  });

  it('who wanted no more of the original before it was closed still hears of their own', async () => {
    const { id } = await submit({ category: 'FEATURE', title: 'Dark mode' });
    await widget('POST /features/{id}/vote', { id: original });
    await t.db.prisma.subscription.updateMany({ where: { featureId: original }, data: { unsubscribedAt: t.clock.now() } });
    await closeAsDuplicate(id);
    await change(id, { status: 'NEEDS_ACTION' });
    await change(id, { status: 'IN_PROGRESS' });
    expect(await copiesOf(id)).toBe(1);
  });

  it('goes with it to another original', async () => {
    const { id } = await submit({ category: 'FEATURE', title: 'Dark mode' });
    await closeAsDuplicate(id);
    const second = await seedFeature(t, tenant);
    await closeAsDuplicate(id, second);
    const requesterId = await requesterOf(id);
    expect(await t.db.prisma.subscription.count({ where: { featureId: second, requesterId, unsubscribedAt: null } })).toBe(1);
  });

  it('hears of it again when its original is gone for good', async () => {
    const { id } = await submit({ category: 'FEATURE', title: 'Dark mode' });
    await closeAsDuplicate(id);
    await me.backlog.remove({ ...ofProject(), id: original });
    t.clock.advance(KEPT_DELETED_MS + 1);
    await runJobs(t.core, { jobs: retentionJobs, withScheduled: true });
    expect(await me.backlog.get({ ...ofProject(), id })).toMatchObject({ closeReason: 'DUPLICATE', duplicateOfId: null });
    await change(id, { status: 'IN_PROGRESS' });
    expect(await copiesOf(id)).toBe(1);
  });
});
