import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, outcomeOf, runJobs, type TestCore } from '../../testing.ts';
import { seedRequester } from '../notifications/testing.ts';
import { type ChangeStatus, FeatureCategory, STATUSES_OF, statusText } from './schema.ts';

// What the backlog tells, and whom.

let t: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.outbox.length = 0;
  tenant = await seedTenant(t);
  me = callAsUser(t, tenant.user);
});

const ofProject = () => ({ projectId: tenant.project.id });
async function create(columns: Partial<Parameters<Caller['backlog']['create']>[0]> = {}): Promise<string> {
  const { id } = await me.backlog.create({
    ...ofProject(),
    title: 'Dark mode',
    requester: { externalId: 'submitter' },
    ...columns,
  });
  return id;
}
const change = (id: string, to: Omit<ChangeStatus, 'projectId' | 'id'>) => me.backlog.changeStatus({ ...ofProject(), id, ...to });
const vote = (id: string, externalId: string) => me.backlog.addVote({ ...ofProject(), id, requester: { externalId } });

/** The entries of the feed about features, oldest first, with the names of who has a copy; those of the creation left out. */
async function told(): Promise<{ type: string; to: string[]; [column: string]: unknown }[]> {
  const rows = await t.db.prisma.notification.findMany({
    where: { projectId: tenant.project.id, type: { not: 'feature.created' } },
    include: { receipts: { include: { requester: { select: { externalId: true } } } } },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ receipts, ...row }) => ({
    ...row,
    to: receipts.map(({ requester }) => requester.externalId ?? '').toSorted(),
  }));
}
const subscribersOf = async (featureId: string) => {
  const rows = await t.db.prisma.subscription.findMany({
    where: { featureId },
    include: { requester: { select: { externalId: true } } },
  });
  return rows.map(({ requester }) => requester.externalId).toSorted();
};

describe('a new feature', () => {
  it.each(FeatureCategory.options.map((category) => [category]))(
    'of the category %s is told to the team, private or not as it is',
    async (category) => {
      const id = await create({ category, description: 'At  night\nit is too bright.' });
      const [entry] = await t.db.prisma.notification.findMany({ where: { featureId: id } });
      expect(entry).toMatchObject({
        type: 'feature.created',
        title: 'Dark mode',
        body: 'At night it is too bright.',
        audience: 'team',
        isPrivate: category === 'ERROR' || category === 'FEEDBACK',
        actorId: tenant.user.id,
        recipientCount: 0,
      });
      expect(await subscribersOf(id)).toEqual(['submitter']);
    },
  );

  it('without a requester has no subscriber', async () => {
    expect(await subscribersOf(await create({ requester: null }))).toEqual([]);
  });
});

describe('subscribers', () => {
  it('are the submitter and the voters, for as long as they want to be', async () => {
    const id = await create();
    await vote(id, 'voter');
    await vote(id, 'gone');
    await vote(id, 'voter');
    expect(await subscribersOf(id)).toEqual(['gone', 'submitter', 'voter']);
    const requesterOf = async (externalId: string) =>
      (await t.db.prisma.requester.findFirstOrThrow({ where: { projectId: tenant.project.id, externalId } })).id;
    for (const name of ['gone', 'submitter'])
      await me.backlog.removeVote({ ...ofProject(), id, requesterId: await requesterOf(name) });
    expect(await subscribersOf(id)).toEqual(['submitter', 'voter']);
    await t.db.prisma.subscription.updateMany({
      where: { requesterId: await requesterOf('voter') },
      data: { unsubscribedAt: new Date() },
    });
    await change(id, { status: 'IN_PROGRESS' });
    expect((await told()).map(({ to }) => to)).toEqual([['submitter']]);
  });
});

describe('a change of status', () => {
  it('tells the subscribers when work begins and when it is over, and the team alone of the rest', async () => {
    const id = await create();
    await vote(id, 'voter');
    await change(id, { status: 'IN_PROGRESS' });
    await change(id, { status: 'NEEDS_ACTION' });
    await change(id, { status: 'COMPLETED', completionKind: 'SHIPPED' });
    await change(id, { status: 'NEEDS_ACTION' });
    expect(await told()).toMatchObject([
      {
        type: 'feature.status_changed',
        audience: 'requesters',
        to: ['submitter', 'voter'],
        body: 'We are working on it.',
        recipientCount: 2,
      },
      { type: 'feature.status_changed', audience: 'team', to: [], body: null },
      {
        type: 'feature.completed',
        audience: 'requesters',
        to: ['submitter', 'voter'],
        body: 'It has shipped.',
        data: { from: 'NEEDS_ACTION', status: 'COMPLETED', completionKind: 'SHIPPED', closeReason: null },
      },
      { type: 'feature.reopened', audience: 'team', to: [] },
    ]);
  });

  it.each(FeatureCategory.options.flatMap((category) => STATUSES_OF[category].map((status) => [category, status] as const)))(
    'of %s to %s is private exactly if the feature is',
    async (category, status) => {
      const id = await create({ category });
      await change(id, { status });
      const entries = await told();
      expect(entries.map(({ isPrivate }) => isPrivate)).toEqual(
        status === 'NEEDS_ACTION' ? [] : [category === 'ERROR' || category === 'FEEDBACK'],
      );
      expect(entries.map(({ to }) => to)).toEqual(status === 'NEEDS_ACTION' ? [] : [['submitter']]);
    },
  );

  it('is told in the editor’s words when there are some', async () => {
    const id = await create();
    await change(id, { status: 'IN_PROGRESS', notifyText: '  Ada is on it. ' });
    await change(id, { status: 'COMPLETED', completionKind: 'NEXT_UPDATE', notifyText: null });
    expect((await told()).map(({ body }) => body)).toEqual(['Ada is on it.', 'It comes with the next update.']);
  });

  it.each([
    ['of 501 characters', { status: 'IN_PROGRESS' as const, notifyText: 'a'.repeat(501) }],
    ['of none', { status: 'IN_PROGRESS' as const, notifyText: ' ' }],
    ['that nobody would read', { status: 'NEEDS_ACTION' as const, notifyText: 'Later.' }],
  ])('with words %s is refused, and nobody is told', async (_what, to) => {
    const id = await create();
    expect(await outcomeOf(change(id, to))).toBe('BAD_REQUEST');
    expect(await told()).toEqual([]);
  });

  it('that changes no status tells nobody', async () => {
    const id = await create();
    await change(id, { status: 'COMPLETED', completionKind: 'NEXT_UPDATE' });
    await change(id, { status: 'COMPLETED', completionKind: 'NEXT_UPDATE' });
    await change(id, { status: 'COMPLETED', completionKind: 'SHIPPED', notifyText: 'Now.' });
    expect(await told()).toHaveLength(1);
  });

  it('to duplicate tells its subscribers, who hear of the original from then on', async () => {
    const [original, id] = [await create({ requester: { externalId: 'first' } }), await create()];
    await vote(original, 'both');
    await vote(id, 'both');
    await vote(id, 'gone');
    await t.db.prisma.subscription.updateMany({
      where: { featureId: id, requester: { externalId: 'gone' } },
      data: { unsubscribedAt: new Date() },
    });
    await change(id, { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: original });
    expect(await told()).toMatchObject([
      {
        type: 'feature.completed',
        featureId: id,
        to: ['both', 'submitter'],
        body: 'It was asked for before. You hear of what becomes of that instead.',
      },
    ]);
    expect([await subscribersOf(id), await subscribersOf(original)]).toEqual([[], ['both', 'first', 'gone', 'submitter']]);
    await change(original, { status: 'IN_PROGRESS' });
    expect((await told()).at(-1)?.to).toEqual(['both', 'first', 'submitter']);
  });

  it('to duplicate of a private report tells nobody of that report, then or later', async () => {
    const original = await create({ category: 'ERROR', title: 'SECRET', requester: { externalId: 'first' } });
    const id = await create({ category: 'ERROR', requester: { email: 'ada@example.test' } });
    await change(id, { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: original });
    expect(await told()).toMatchObject([{ featureId: id, to: [''], body: 'It was asked for before.' }]);
    await me.backlog.createComment({ ...ofProject(), id: original, body: 'SECRET' });
    await change(original, { status: 'IN_PROGRESS' });
    expect((await told()).slice(1).map(({ to }) => to)).toEqual([['first'], ['first']]);
    expect([(await subscribersOf(id)).length, await subscribersOf(original)]).toEqual([1, ['first']]);
    await runJobs(t.core);
    expect(t.outbox.map(({ to }) => to)).toEqual(['ada@example.test']);
    expect(JSON.stringify(t.outbox)).not.toContain('SECRET');
  });

  it('of a private report to duplicate of a public request tells its own requester alone', async () => {
    const [original, id] = [await create({ requester: null }), await create({ category: 'ERROR' })];
    const stray = await seedRequester(t, tenant, { externalId: 'stray' });
    await t.db.prisma.subscription.create({ data: { featureId: id, requesterId: stray, createdAt: t.clock.now() } });
    await change(id, { status: 'COMPLETED', closeReason: 'DUPLICATE', duplicateOfId: original });
    expect((await told()).map(({ to }) => to)).toEqual([['submitter']]);
  });

  it('goes out by e-mail, with nothing of what is internal', async () => {
    const id = await create({ requester: { email: 'ada@example.test' } });
    await me.backlog.createComment({ ...ofProject(), id, body: 'INTERNAL', isInternal: true });
    await me.backlog.writeNote({ ...ofProject(), id, text: 'INTERNAL' });
    await change(id, { status: 'COMPLETED', completionKind: 'SHIPPED' });
    await runJobs(t.core);
    expect(t.outbox.map(({ to, subject }) => [to, subject])).toEqual([['ada@example.test', 'Shipped: Dark mode · Project']]);
    expect(JSON.stringify(t.outbox)).not.toContain('INTERNAL');
  });

  it('that is refused tells nobody', async () => {
    const id = await create({ category: 'OTHER' });
    expect(await outcomeOf(change(id, { status: 'IN_PROGRESS' }))).toBe('INVALID_STATUS_TRANSITION');
    expect(await told()).toEqual([]);
  });
});

describe('a comment of the team', () => {
  it('is told to the subscribers, a note to the team alone', async () => {
    const id = await create();
    const note = await me.backlog.createComment({ ...ofProject(), id, body: 'Too much work.', isInternal: true });
    const answer = await me.backlog.createComment({ ...ofProject(), id, body: 'Planned  for\nspring.' });
    expect(await told()).toMatchObject([
      { type: 'comment.created', audience: 'team', to: [], commentId: note.id, body: 'Too much work.' },
      { type: 'comment.created', audience: 'requesters', to: ['submitter'], commentId: answer.id, body: 'Planned for spring.' },
    ]);
  });

  it('on a private feature is told to its submitter, and is private', async () => {
    const id = await create({ category: 'ERROR' });
    await me.backlog.createComment({ ...ofProject(), id, body: 'Fixed.' });
    expect(await told()).toMatchObject([{ to: ['submitter'], isPrivate: true }]);
  });
});

it('whoever watches the project is told of the feature too, of a private one as such', async () => {
  const id = await create({ category: 'ERROR' });
  await change(id, { status: 'COMPLETED', completionKind: 'NEXT_UPDATE' });
  await change(id, { status: 'COMPLETED', completionKind: 'SHIPPED' });
  await me.backlog.createComment({ ...ofProject(), id, body: 'Fixed.' });
  const events = await t.db.prisma.liveEvent.findMany({ where: { projectId: tenant.project.id }, orderBy: { seq: 'asc' } });
  expect(events.map(({ kind, featureId, isPrivate }) => [kind, featureId, isPrivate])).toEqual(
    ['notification', 'feature', 'notification', 'feature', 'feature', 'notification', 'feature'].map((kind) => [kind, id, true]),
  );
});

it('every status has words for the subscribers but the one of which nobody is told', () => {
  const none = { completionKind: null, closeReason: null };
  expect(statusText({ status: 'NEEDS_ACTION', ...none })).toBeNull();
  expect(statusText({ status: 'COMPLETED', ...none })).toBe('It is done.');
  expect(statusText({ status: 'COMPLETED', completionKind: null, closeReason: 'DECLINED' })).toBe('We have decided against it.');
});
