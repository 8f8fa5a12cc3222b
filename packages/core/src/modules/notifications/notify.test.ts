import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import type { Prisma, Transaction } from '@reqbase/db';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestCore, runJobs, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import { notify } from './notify.ts';
import { subscribe } from './subscriptions.ts';
import { actIn, seedRequester, tell } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  t.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(t);
});

const entry = (id: string) => t.db.prisma.notification.findUniqueOrThrow({ where: { id } });
const toldOf = async (notificationId: string) =>
  (await t.db.prisma.notificationReceipt.findMany({ where: { notificationId } }))
    .map(({ requesterId }) => requesterId)
    .toSorted();
const someone = (columns?: Partial<Prisma.RequesterCreateManyInput>) => seedRequester(t, tenant, columns);
async function watcherOf(featureId: string, columns?: Partial<Prisma.RequesterCreateManyInput>): Promise<string> {
  const requesterId = await someone(columns);
  await t.db.prisma.$transaction((tx) => subscribe(tx, t.core, { featureId, requesterId }));
  return requesterId;
}
const toRequesters = { audience: 'requesters', type: 'feature.completed' } as const;

describe('a notice', () => {
  it('is an entry of the feed, by the act’s author, and one live event', async () => {
    const featureId = await seedFeature(t, tenant);
    const id = await tell(t, tenant, { title: 'Dark mode', body: 'Please', featureId, isPrivate: true, data: { of: 'test' } });
    expect(await entry(id)).toEqual({
      id,
      projectId: tenant.project.id,
      type: 'feature.created',
      title: 'Dark mode',
      body: 'Please',
      featureId,
      conversationId: null,
      commentId: null,
      actorKind: 'TEAM',
      actorId: tenant.user.id,
      actorName: tenant.user.name,
      audience: 'team',
      isPrivate: true,
      recipientCount: 0,
      channels: ['in_app'],
      data: { of: 'test' },
      createdAt: t.clock.now(),
      expiresAt: null,
    });
    expect(await t.db.prisma.liveEvent.findMany({ where: { projectId: tenant.project.id } })).toEqual([
      {
        projectId: tenant.project.id,
        seq: 1,
        kind: 'notification',
        notificationId: id,
        featureId,
        conversationId: null,
        isPrivate: true,
        createdAt: t.clock.now(),
      },
    ]);
  });

  it('is gone with the transaction that is undone, with its copies, its e-mails and its live event', async () => {
    const requesterId = await someone({ email: 'ada@example.test' });
    const act = actIn(t, tenant);
    const undone = t.db.prisma.$transaction(async (tx) => {
      await notify(tx, act, { ...toRequesters, title: 'Done', isPrivate: false, recipients: [requesterId] });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    const projectId = tenant.project.id;
    expect(await t.db.prisma.notification.count({ where: { projectId } })).toBe(0);
    expect(await t.db.prisma.notificationReceipt.count({ where: { requesterId } })).toBe(0);
    expect(await t.db.prisma.liveEvent.count({ where: { projectId } })).toBe(0);
    expect(await runJobs(t.core)).toEqual([]);
  });

  it('of a feature goes to its subscribers, and to none who have unsubscribed or watch another', async () => {
    const [featureId, other] = [await seedFeature(t, tenant), await seedFeature(t, tenant)];
    const watching = [await watcherOf(featureId), await watcherOf(featureId)];
    const gone = await watcherOf(featureId);
    await t.db.prisma.subscription.updateMany({ where: { requesterId: gone }, data: { unsubscribedAt: new Date() } });
    await watcherOf(other);
    const id = await tell(t, tenant, { ...toRequesters, featureId, recipients: 'subscribers' });
    expect(await toldOf(id)).toEqual(watching.toSorted());
    expect(await entry(id)).toMatchObject({ recipientCount: 2, channels: ['in_app'] });
  });

  it('of a private feature goes to its own requester, whoever else has subscribed', async () => {
    const requesterId = await someone();
    for (const [category, count] of [
      ['ERROR', 1],
      ['FEEDBACK', 1],
      ['OTHER', 2],
    ] as const) {
      const featureId = await seedFeature(t, tenant, { category, requesterId });
      await t.db.prisma.subscription.create({ data: { featureId, requesterId, createdAt: t.clock.now() } });
      const other = await watcherOf(featureId);
      const told = await toldOf(await tell(t, tenant, { ...toRequesters, featureId, recipients: 'subscribers' }));
      expect(told).toEqual([requesterId, other].slice(0, count).toSorted());
    }
    const orphan = await seedFeature(t, tenant, { category: 'ERROR' });
    await watcherOf(orphan);
    expect(await toldOf(await tell(t, tenant, { ...toRequesters, featureId: orphan, recipients: 'subscribers' }))).toEqual([]);
  });

  it('to everyone goes to all who have used the widget, and to nobody whom only the API has named', async () => {
    const visitors = [
      await someone({ identityMethod: 'jwt' }),
      await someone({ identityMethod: 'hmac' }),
      await someone({ kind: 'anonymous', identityMethod: 'none', externalId: null }),
      await someone({ identityMethod: 'api' }),
    ];
    await t.db.prisma.requesterDevice.create({
      data: { projectId: tenant.project.id, idHash: new Uint8Array(32).fill(1), requesterId: visitors[3] ?? '' },
    });
    await someone({ identityMethod: 'api' });
    const id = await tell(t, tenant, { ...toRequesters, recipients: 'everyone' });
    expect(await toldOf(id)).toEqual(visitors.toSorted());
    expect((await entry(id)).recipientCount).toBe(4);
  });

  it('to some goes to each of them once, and to nobody of another project', async () => {
    const other = await seedTenant(t);
    const stranger = await seedRequester(t, other);
    const one = await someone();
    const id = await tell(t, tenant, { ...toRequesters, recipients: [one, one, stranger, randomUUID()] });
    expect(await toldOf(id)).toEqual([one]);
    expect((await entry(id)).recipientCount).toBe(1);
    const toStrangers = await tell(t, other, { ...toRequesters, recipients: 'everyone' });
    expect(await toldOf(toStrangers)).toEqual([stranger]);
  });

  it('does not go to the requester whose act it is', async () => {
    const featureId = await seedFeature(t, tenant);
    const [author, other] = [await watcherOf(featureId), await watcherOf(featureId)];
    for (const recipients of ['subscribers', 'everyone', [author, other]] as const) {
      const id = await tell(
        t,
        tenant,
        { ...toRequesters, featureId, recipients },
        { kind: 'REQUESTER', id: author, name: 'Ada' },
      );
      expect(await toldOf(id)).toEqual([other]);
    }
  });

  it('for the team has no copies, whoever is named', async () => {
    const id = await tell(t, tenant, { audience: 'team', recipients: [await someone({ email: 'ada@example.test' })] });
    expect(await toldOf(id)).toEqual([]);
    expect(await entry(id)).toMatchObject({ recipientCount: 0, channels: ['in_app'] });
  });

  it('by e-mail too is one that somebody gets so', async () => {
    const withMail = (columns: object) => someone({ email: `${randomUUID()}@example.test`, ...columns });
    const [deaf, plain] = [await withMail({ emailOptOut: true }), await someone()];
    expect((await entry(await tell(t, tenant, { ...toRequesters, recipients: [deaf, plain] }))).channels).toEqual(['in_app']);
    const reached = await withMail({});
    const id = await tell(t, tenant, { ...toRequesters, recipients: [deaf, plain, reached] });
    expect(await entry(id)).toMatchObject({ channels: ['in_app', 'email'], recipientCount: 3 });
  });

  it('takes as many statements for a thousand recipients as for one', async () => {
    const statementsFor = async (count: number) => {
      const featureId = await seedFeature(t, tenant);
      const rows = Array.from({ length: count }, () => ({ id: randomUUID() }));
      await t.db.prisma.requester.createMany({
        data: rows.map(({ id }) => ({
          id,
          projectId: tenant.project.id,
          kind: 'identified' as const,
          email: `${id}@example.test`,
        })),
      });
      await t.db.prisma.subscription.createMany({
        data: rows.map(({ id }) => ({ featureId, requesterId: id, createdAt: t.clock.now() })),
      });
      const act = actIn(t, tenant);
      const seen: string[] = [];
      await t.db.prisma.$transaction(async (tx) => {
        await notify(counting(tx, seen), act, {
          ...toRequesters,
          title: 'Done',
          featureId,
          isPrivate: false,
          recipients: 'subscribers',
        });
      });
      return seen;
    };
    const forOne = await statementsFor(1);
    expect(await statementsFor(1_000)).toEqual(forOne);
    expect(forOne.length).toBeLessThanOrEqual(4);
  });
});

/** Notes every call of the transaction's client. */
function counting(tx: Transaction, seen: string[]): Transaction {
  return new Proxy(tx, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        seen.push(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
}
