import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { deliverWebhook } from './deliver.ts';
import { emit } from './emit.ts';
import { webhookJobs } from './rounds.ts';
import { signatureHeaders } from './signature.ts';
import { openReceiver, type Receiver, reachingHere, SEEDED_SECRET, seedDelivery, seedWebhook } from './testing.ts';

let core: TestCore;
let here: Pick<TestCore, 'core'>;
let tenant: TestTenant;
let owner: Caller;
let receiver: Receiver;

beforeAll(async () => {
  core = await openTestCore();
  here = reachingHere(core);
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  owner = callAsUser(here, tenant.user);
  receiver = await openReceiver();
});
afterEach(async () => {
  await receiver.close();
  await core.db.script('delete from webhook; delete from webhook_event; delete from pgboss.job;');
});

const ofProject = () => ({ projectId: tenant.project.id });
const run = () => runJobs(here.core);
const hook = (columns: object = {}) => seedWebhook(core, tenant, { url: receiver.url, ...columns });
const request = (title = 'Dark mode') => owner.backlog.create({ ...ofProject(), title });
const deliveries = async (webhookId: string) => (await owner.webhooks.deliveries({ ...ofProject(), webhookId })).items;
const read = (webhookId: string) => owner.webhooks.get({ ...ofProject(), webhookId });
const DELAYS = [1, 5, 30, 60, 300, 1_800, 7_200, 43_200];

describe('an event', () => {
  it('comes once to whoever wants it, signed, with its id in the body and in two headers', async () => {
    const webhookId = await hook({ events: ['feature.created'] });
    await hook({ events: ['conversation.*'] });
    await hook({ status: 'disabled' });
    const feature = await request();
    await run();
    await run();
    expect(receiver.received).toHaveLength(1);
    const [{ headers, body, raw, path } = { headers: {}, body: null, raw: '', path: '' }] = receiver.received;
    expect([path, body.event, body.project_id, body.created_at]).toEqual([
      '/hook',
      'feature.created',
      tenant.project.id,
      core.clock.now().toISOString(),
    ]);
    expect(body.data).toMatchObject({ id: feature.id, title: 'Dark mode', status: 'NEEDS_ACTION', vote_count: 0 });
    expect(body.data).not.toHaveProperty('developer_note');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-rogeriq-event': 'feature.created',
      'x-rogeriq-event-id': body.id,
      'x-reqbase-event-id': body.id,
      'x-reqbase-attempt': '1',
      ...signatureHeaders({ eventId: body.id, body: raw, at: core.clock.now(), secrets: [SEEDED_SECRET] }),
    });
    expect(await deliveries(webhookId)).toMatchObject([
      {
        id: headers['x-reqbase-delivery-id'],
        eventId: body.id,
        event: 'feature.created',
        statusCode: 200,
        attempt: 1,
        status: 'succeeded',
      },
    ]);
    expect(await read(webhookId)).toMatchObject({ failureCount: 0, lastTriggeredAt: core.clock.now().toISOString() });
  });

  it('is not there when its transaction was undone', async () => {
    await hook();
    const undone = core.db.prisma.$transaction(async (tx) => {
      await emit(tx, here.core, tenant.project.id, { event: 'feature.created', read: async () => ({ data: {} }) });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await run();
    expect(receiver.received).toEqual([]);
    expect(await core.db.prisma.webhookEvent.count()).toBe(0);
  });

  it('of before a webhook was made is not sent to it', async () => {
    await hook();
    await request();
    core.clock.advance(1_000);
    const late = await hook();
    await run();
    expect(await deliveries(late)).toEqual([]);
    expect(receiver.received).toHaveLength(1);
  });

  it('of another project is not sent', async () => {
    await hook();
    const other = await seedTenant(core, { plan: 'scale' });
    await callAsUser(here, other.user).backlog.create({ projectId: other.project.id, title: 'Theirs' });
    await run();
    expect(receiver.received).toEqual([]);
  });
});

describe('a delivery that fails', () => {
  it.each([500, 503, 408, 425, 429])(
    'with %i is tried again after 1 s, 5 s, 30 s, 1 m, 5 m, 30 m, 2 h and 12 h, and then no more',
    async (status) => {
      receiver.answers(status);
      const webhookId = await hook();
      await request();
      await run();
      for (const [index, seconds] of DELAYS.entries()) {
        expect(receiver.received).toHaveLength(index + 1);
        const due = new Date(core.clock.now().getTime() + seconds * 1_000).toISOString();
        expect(await deliveries(webhookId)).toMatchObject([
          { status: 'pending', attempt: index + 1, statusCode: status, nextAttemptAt: due },
        ]);
        core.clock.advance(seconds * 1_000 - 1);
        await run();
        expect(receiver.received).toHaveLength(index + 1);
        core.clock.advance(1);
        await run();
      }
      expect(await deliveries(webhookId)).toMatchObject([
        { status: 'failed', attempt: 9, statusCode: status, nextAttemptAt: null },
      ]);
      core.clock.advance(48 * 3_600_000);
      await run();
      expect(receiver.received).toHaveLength(9);
      // Every attempt is the same event, and its own delivery's.
      expect(new Set(receiver.received.map(({ raw }) => raw)).size).toBe(1);
      expect(receiver.received.map(({ headers }) => headers['x-reqbase-attempt'])).toEqual([
        '1',
        '2',
        '3',
        '4',
        '5',
        '6',
        '7',
        '8',
        '9',
      ]);
    },
  );

  it.each([400, 401, 404, 410, 301, 302, 304])('with %i is not tried again', async (status) => {
    receiver.answers(status);
    const webhookId = await hook();
    await request();
    await run();
    core.clock.advance(24 * 3_600_000);
    await run();
    expect(receiver.received).toHaveLength(1);
    expect(await deliveries(webhookId)).toMatchObject([
      { status: 'failed', attempt: 1, statusCode: status, nextAttemptAt: null },
    ]);
    expect((await read(webhookId)).failureCount).toBe(1);
  });

  it('without an answer is tried again, and says why there was none', async () => {
    receiver.answers(
      (response) => response.destroy(),
      () => {},
      200,
    );
    const webhookId = await hook();
    await request();
    await run();
    expect(await deliveries(webhookId)).toMatchObject([{ status: 'pending', statusCode: null, error: 'network' }]);
    core.clock.advance(1_000);
    await runJobs(reachingHere(core, 300).core);
    expect(await deliveries(webhookId)).toMatchObject([{ status: 'pending', attempt: 2, error: 'timeout' }]);
    core.clock.advance(5_000);
    await run();
    expect(await deliveries(webhookId)).toMatchObject([{ status: 'succeeded', attempt: 3, statusCode: 200, error: null }]);
  });

  it('goes to where the webhook leads by then, and nowhere once it is disabled or deleted', async () => {
    const other = await openReceiver();
    receiver.answers(500);
    other.answers(500);
    const webhookId = await hook();
    await request();
    await run();
    await owner.webhooks.update({ ...ofProject(), webhookId, url: other.url });
    core.clock.advance(1_000);
    await run();
    expect([receiver.received.length, other.received.length]).toEqual([1, 1]);
    await owner.webhooks.update({ ...ofProject(), webhookId, status: 'disabled' });
    core.clock.advance(5_000);
    await run();
    expect(await deliveries(webhookId)).toMatchObject([{ status: 'failed', attempt: 2, error: 'disabled' }]);

    await owner.webhooks.update({ ...ofProject(), webhookId, status: 'active' });
    await request('Light mode');
    await run();
    await owner.webhooks.remove({ ...ofProject(), webhookId });
    core.clock.advance(1_000);
    expect((await run()).filter(({ error }) => error !== null)).toEqual([]);
    expect([receiver.received.length, other.received.length]).toEqual([1, 2]);
    await other.close();
  });

  it('is blocked, and not tried again, where private addresses are not allowed', async () => {
    const webhookId = await hook();
    await request();
    await runJobs(core.core);
    expect(await deliveries(webhookId)).toMatchObject([{ status: 'failed', attempt: 1, statusCode: null, error: 'blocked' }]);
    expect(receiver.received).toEqual([]);
  });

  it('is made once by whoever runs its job twice', async () => {
    await hook();
    await request();
    await run();
    const delivery = await core.db.prisma.webhookDelivery.findFirstOrThrow();
    await deliverWebhook.run(here.core, { deliveryId: delivery.id, attempt: 1 });
    expect(receiver.received).toHaveLength(1);
  });

  it('that has lost its job gets another one, and so does an event', async () => {
    const webhookId = await hook();
    await request();
    await core.db.script('delete from pgboss.job');
    await run();
    expect(receiver.received).toEqual([]);
    core.clock.advance(15 * 60_000 + 1);
    await runJobs(here.core, { withScheduled: true });
    expect(receiver.received).toHaveLength(1);

    receiver.answers(500);
    await request('Light mode');
    await run();
    await core.db.script('delete from pgboss.job');
    core.clock.advance(15 * 60_000 + 2_000);
    await runJobs(here.core, { withScheduled: true });
    expect(receiver.received).toHaveLength(3);
    expect((await deliveries(webhookId)).map(({ attempt }) => attempt)).toEqual([2, 1]);
  });
});

describe('what is kept', () => {
  it('is the last 50 deliveries that are over, and every one that is not', async () => {
    const webhookId = await hook();
    for (let n = 0; n < 55; n++)
      await seedDelivery(core, {
        webhookId,
        createdAt: new Date(core.clock.now().getTime() - 1_000 - n),
        ...(n > 52 && { status: 'pending' }),
      });
    await request();
    await run();
    const rows = await core.db.prisma.webhookDelivery.groupBy({ by: ['status'], where: { webhookId }, _count: true });
    expect(Object.fromEntries(rows.map(({ status, _count }) => [status, _count]))).toEqual({ succeeded: 50, pending: 2 });
    const page = await owner.webhooks.deliveries({ ...ofProject(), webhookId, limit: 100 });
    expect([page.items.length, page.hasMore]).toEqual([50, false]);
  });

  it('is no event that is over for an hour, and every one that is not', async () => {
    await hook();
    await request();
    await run();
    receiver.answers(503);
    await request('Light mode');
    await run();
    core.clock.advance(3_600_001);
    await runJobs(here.core, {
      withScheduled: true,
      jobs: webhookJobs.filter(({ name }) => name === 'webhooks.purge'),
    });
    const left = await core.db.prisma.webhookEvent.findMany({ select: { body: true } });
    expect(left.map(({ body }) => JSON.parse(body).data.title)).toEqual(['Light mode']);
  });

  it('is nothing of a requester who was erased: it is not sent any more', async () => {
    receiver.answers(500);
    const webhookId = await hook({ events: ['contact.created'] });
    const { id } = await owner.requesters.upsert({ ...ofProject(), externalId: 'grace', name: 'Grace Hopper' });
    await run();
    expect(await core.db.prisma.webhookEvent.count()).toBe(1);
    await owner.requesters.remove({ ...ofProject(), id });
    expect(await core.db.prisma.webhookEvent.count()).toBe(0);
    core.clock.advance(1_000);
    await run();
    expect(receiver.received).toHaveLength(1);
    expect(await deliveries(webhookId)).toMatchObject([{ status: 'failed', error: 'erased' }]);
  });
});
