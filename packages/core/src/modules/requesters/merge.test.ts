import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { driftOf, seedFeature } from '../backlog/testing.ts';
import { reweigh } from './revenue.ts';
import { identityToken, newAnonymousId, seedIdentitySecret, seedRequester, weightDriftOf } from './testing.ts';
import { knownVisitor, type Presented, withVisitor } from './visitor.ts';

let core: TestCore;
let tenant: TestTenant;
let secret: string;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(() => newTenant());

async function newTenant(): Promise<void> {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  secret = await seedIdentitySecret(core, tenant);
}

const meet = (presented: Presented, { project } = tenant) =>
  withVisitor(core.core, project, presented, async (_tx, visitor) => visitor);
const token = (sub: string, traits?: object) =>
  identityToken(core, tenant, secret, { sub, ...(traits !== undefined && { traits }) });
const FEATURES = 5;

/** What each of the two has done about each feature, the visitor before they were known and after. */
type Doings = {
  voted: boolean;
  submitted: boolean;
  subscription: 'none' | 'active' | 'ended';
  receipt: 'none' | 'read' | 'unread';
};
const doings: fc.Arbitrary<Doings> = fc.record({
  voted: fc.boolean(),
  submitted: fc.boolean(),
  subscription: fc.constantFrom('none', 'active', 'ended'),
  receipt: fc.constantFrom('none', 'read', 'unread'),
});
const perFeature = fc.record({ anonymous: doings, known: doings, others: fc.nat(2) });

type Seeded = { features: string[]; notices: string[] };

async function seed(
  state: readonly { anonymous: Doings; known: Doings; others: number }[],
  ids: { anonymous: string; known: string },
) {
  const { prisma } = core.db;
  const at = core.clock.now();
  const seeded: Seeded = { features: [], notices: [] };
  for (const { anonymous, known, others } of state) {
    const strangers = await Promise.all(Array.from({ length: others }, () => seedRequester(core, tenant, { monthlyRevenue: 7 })));
    const voters = [...strangers, ...(anonymous.voted ? [ids.anonymous] : []), ...(known.voted ? [ids.known] : [])];
    const requesterId = anonymous.submitted ? ids.anonymous : known.submitted ? ids.known : null;
    const isKnownIn = known.voted || requesterId === ids.known;
    const featureId = await seedFeature(core, tenant, {
      requesterId,
      voteCount: voters.length,
      revenueWeight: 7 * others + (isKnownIn ? 1_000 : 0),
    });
    await prisma.vote.createMany({ data: voters.map((voter) => ({ featureId, requesterId: voter })) });
    const notificationId = randomUUID();
    await prisma.notification.create({
      data: {
        id: notificationId,
        projectId: tenant.project.id,
        type: 'feature.completed',
        title: 'Done',
        actorKind: 'TEAM',
        audience: 'requesters',
        isPrivate: false,
        channels: ['in_app'],
        createdAt: at,
      },
    });
    for (const [requester, { subscription, receipt }] of [[ids.anonymous, anonymous] as const, [ids.known, known] as const]) {
      if (subscription !== 'none')
        await prisma.subscription.create({
          data: { featureId, requesterId: requester, createdAt: at, unsubscribedAt: subscription === 'ended' ? at : null },
        });
      if (receipt !== 'none')
        await prisma.notificationReceipt.create({
          data: { notificationId, requesterId: requester, createdAt: at, readAt: receipt === 'read' ? at : null },
        });
    }
    seeded.features.push(featureId);
    seeded.notices.push(notificationId);
  }
  return seeded;
}

/** A conversation of the requester's with a message of theirs and one of the team's. */
async function seedConversation(requesterId: string): Promise<string> {
  const at = core.clock.now();
  const id = randomUUID();
  const message = { authorName: 'x', body: 'x', createdAt: at };
  await core.db.prisma.conversation.create({
    data: {
      id,
      projectId: tenant.project.id,
      requesterId,
      channel: 'widget',
      messageSeq: 2,
      lastMessageAt: at,
      createdAt: at,
      updatedAt: at,
      messages: {
        create: [
          { ...message, id: randomUUID(), seq: 1, authorKind: 'REQUESTER', authorId: requesterId, via: 'widget' },
          { ...message, id: randomUUID(), seq: 2, authorKind: 'TEAM', authorId: tenant.user.id, via: 'dashboard' },
        ],
      },
    },
  });
  return id;
}

const seedComment = (featureId: string, authorId: string) =>
  core.db.prisma.comment.create({
    data: {
      id: randomUUID(),
      featureId,
      authorKind: 'REQUESTER',
      authorId,
      authorName: 'x',
      body: 'x',
      createdAt: core.clock.now(),
    },
  });

describe('the first token at a browser', () => {
  it('gives who it names all that the browser has left, each thing once, whatever both have done before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(perFeature, { minLength: FEATURES, maxLength: FEATURES }), async (state) => {
        await newTenant();
        const { prisma } = core.db;
        const anonymousId = newAnonymousId();
        const anonymous = (await meet({ anonymousId })).id;
        core.clock.advance(120_000);
        const paying = { amount: 1_000, interval: 'month' };
        const known = (await meet({ identityToken: token('user_812', paying) })).id;
        const { features, notices } = await seed(state, { anonymous, known });
        const conversation = await seedConversation(anonymous);
        const [commented = ''] = features;
        await seedComment(commented, anonymous);
        await prisma.feature.update({ where: { id: commented }, data: { commentCount: 1 } });

        const presented = { anonymousId, identityToken: token('user_812', paying) };
        expect((await meet(presented)).id).toBe(known);

        expect(await driftOf(core)).toEqual([]);
        expect(await weightDriftOf(core)).toEqual([]);
        expect(await prisma.requester.findUnique({ where: { id: anonymous } })).toBeNull();
        expect(await prisma.requesterDevice.count({ where: { projectId: tenant.project.id } })).toBe(0);
        for (const [index, { anonymous: a, known: k }] of state.entries()) {
          const featureId = features[index] ?? '';
          const key = { featureId_requesterId: { featureId, requesterId: known } };
          expect((await prisma.vote.findUnique({ where: key })) !== null).toBe(a.voted || k.voted);
          const { requesterId } = await prisma.feature.findUniqueOrThrow({ where: { id: featureId } });
          expect(requesterId).toBe(a.submitted || k.submitted ? known : null);
          const subscription = await prisma.subscription.findUnique({ where: key });
          const kept = k.subscription === 'none' ? a.subscription : k.subscription;
          expect(subscription === null ? 'none' : subscription.unsubscribedAt === null ? 'active' : 'ended').toBe(kept);
          const receipt = await prisma.notificationReceipt.findUnique({
            where: { notificationId_requesterId: { notificationId: notices[index] ?? '', requesterId: known } },
          });
          const copies = [a.receipt, k.receipt].filter((copy) => copy !== 'none');
          const read = copies.includes('read') ? 'read' : 'unread';
          expect(receipt === null ? 'none' : receipt.readAt === null ? 'unread' : 'read').toBe(
            copies.length === 0 ? 'none' : read,
          );
        }
        const thread = await prisma.conversation.findUniqueOrThrow({
          where: { id: conversation },
          include: { messages: { orderBy: { seq: 'asc' } } },
        });
        expect([thread.requesterId, ...thread.messages.map(({ authorId }) => authorId)]).toEqual([known, known, tenant.user.id]);
        expect(thread.messages.map(({ changedAt }) => changedAt)).toEqual([core.clock.now(), null]);
        expect((await prisma.comment.findFirstOrThrow({ where: { featureId: commented } })).authorId).toBe(known);

        // Again: there is nothing left to give.
        const all = () =>
          Promise.all([
            prisma.feature.findMany({ where: { projectId: tenant.project.id }, orderBy: { id: 'asc' } }),
            prisma.requester.findMany({ where: { projectId: tenant.project.id }, orderBy: { id: 'asc' } }),
          ]);
        const before = await all();
        expect((await meet(presented)).id).toBe(known);
        expect(await all()).toEqual(before);
      }),
      { numRuns: 8 },
    );
  });

  it('keeps when they were first seen, and the name that they gave while nobody knew them', async () => {
    const anonymousId = newAnonymousId();
    const first = core.clock.now();
    const { id: anonymous } = await meet({ anonymousId });
    await core.db.prisma.requester.update({ where: { id: anonymous }, data: { name: 'Grace', email: 'typed@example.com' } });
    core.clock.advance(3_600_000);
    const { id } = await meet({ anonymousId, identityToken: token('user_812') });
    expect(await core.db.prisma.requester.findUniqueOrThrow({ where: { id } })).toMatchObject({
      name: 'Grace',
      email: null,
      firstSeenAt: first,
    });
  });

  it.each([
    [true, false],
    [false, true],
    [false, false],
  ])('leaves who wants no e-mail, here (%j) or there (%j), without', async (here, there) => {
    const anonymousId = newAnonymousId();
    const optOut = (id: string, emailOptOut: boolean) =>
      core.db.prisma.requester.update({ where: { id }, data: { emailOptOut } });
    await optOut((await meet({ anonymousId })).id, here);
    const { id } = await meet({ identityToken: token('user_812') });
    await optOut(id, there);
    await meet({ anonymousId, identityToken: token('user_812') });
    const { emailOptOut } = await core.db.prisma.requester.findUniqueOrThrow({ where: { id } });
    expect(emailOptOut).toBe(here || there);
  });

  it('leaves the browser’s id to whoever is next: alone it opens nothing of theirs', async () => {
    const anonymousId = newAnonymousId();
    await meet({ anonymousId });
    const { id } = await meet({ anonymousId, identityToken: token('user_812') });
    const look = () => core.db.prisma.$transaction((tx) => knownVisitor(tx, core.core, tenant.project, { anonymousId }));
    expect(await look()).toBeNull();
    const next = await meet({ anonymousId });
    expect(next).toMatchObject({ kind: 'anonymous', name: null });
    expect(next.id).not.toBe(id);
    // What the next one leaves goes to whom the next token names.
    const featureId = await seedFeature(core, tenant, { requesterId: next.id });
    const other = await meet({ anonymousId, identityToken: token('somebody else') });
    expect((await core.db.prisma.feature.findUniqueOrThrow({ where: { id: featureId } })).requesterId).toBe(other.id);
  });

  it('takes nothing of the same browser’s in another project', async () => {
    const anonymousId = newAnonymousId();
    const other = await seedTenant(core);
    const elsewhere = await meet({ anonymousId }, other);
    await meet({ anonymousId, identityToken: token('user_812') });
    expect(await core.db.prisma.requester.findUnique({ where: { id: elsewhere.id } })).toMatchObject({ kind: 'anonymous' });
  });
});

describe('merges at the same time', () => {
  it('of one browser are one', async () => {
    const anonymousId = newAnonymousId();
    const { id: anonymous } = await meet({ anonymousId });
    const featureId = await seedFeature(core, tenant, { voteCount: 1 });
    await core.db.prisma.vote.create({ data: { featureId, requesterId: anonymous } });
    const met = await Promise.all(Array.from({ length: 8 }, () => meet({ anonymousId, identityToken: token('user_812') })));
    expect(new Set(met.map(({ id }) => id)).size).toBe(1);
    expect(await core.db.prisma.requester.count({ where: { projectId: tenant.project.id } })).toBe(1);
    expect(await driftOf(core)).toEqual([]);
  });

  it('of several browsers, among votes and prices that change, wait for each other and end with every count right', async () => {
    const me = callAsUser(core, tenant.user);
    const { prisma } = core.db;
    const features = await Promise.all(Array.from({ length: 6 }, () => seedFeature(core, tenant)));
    const browsers = Array.from({ length: 6 }, newAnonymousId);
    /** A visitor's vote, as the widget casts it: who they are first, then the feature, then its count. */
    const vote = (presented: Presented, featureId: string) =>
      withVisitor(core.core, tenant.project, presented, async (tx, { id }) => {
        await tx.$queryRaw`select id from feature where id = ${featureId}::uuid for update`;
        const { count } = await tx.vote.createMany({ data: [{ featureId, requesterId: id }], skipDuplicates: true });
        await tx.feature.update({ where: { id: featureId }, data: { voteCount: { increment: count } } });
        await reweigh(tx, { projectId: tenant.project.id, at: core.clock.now() }, [featureId]);
      });
    for (let round = 0; round < 3; round++) {
      const acts = features.flatMap((featureId, n) => {
        const anonymousId = browsers[n] ?? '';
        const sub = n % 2 === 0 ? 'even' : 'odd';
        return [
          vote({ anonymousId }, featureId),
          vote({ anonymousId }, features[(n + 1) % features.length] ?? ''),
          meet({ anonymousId, identityToken: token(sub, { amount: 100 * (round + n) }) }),
          vote({ anonymousId, identityToken: token(sub) }, features[(n + 2) % features.length] ?? ''),
          me.requesters.upsert({ projectId: tenant.project.id, externalId: sub, traits: { amount: 7 * n } }),
          me.backlog.addVote({ projectId: tenant.project.id, id: features[(n + 3) % 6] ?? '', requester: { externalId: sub } }),
        ];
      });
      await Promise.all(acts);
    }
    await Promise.all(
      browsers.map((anonymousId, n) => meet({ anonymousId, identityToken: token(n % 2 === 0 ? 'even' : 'odd', { amount: 1 }) })),
    );
    const rows = await prisma.requester.findMany({ where: { projectId: tenant.project.id } });
    expect(rows.map(({ externalId }) => externalId).toSorted()).toEqual(['even', 'odd']);
    expect([await driftOf(core), await weightDriftOf(core)]).toEqual([[], []]);
    expect(await prisma.vote.count({ where: { requester: { projectId: tenant.project.id } } })).toBe(12);
  });
});
