import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { driftOf, seedFeature } from '../backlog/testing.ts';
import { callWidget } from '../widget/testing.ts';
import { newAnonymousId, seedIdentitySecret, seedRequester, identityToken as tokenOf, weightDriftOf } from './testing.ts';
import { type Presented, withVisitor } from './visitor.ts';

let core: TestCore;
let tenant: TestTenant;
let other: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  other = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

const ofProject = () => ({ projectId: tenant.project.id });
const everybody = () => core.db.prisma.requester.findMany({ where: ofProject() });
const entries = () => core.db.prisma.auditEntry.findMany({ where: ofProject(), orderBy: { at: 'asc' } });
const many = (count: number, prefix = 't') => Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, n]));

describe('what is known of a requester', () => {
  it('is changed where it is given and kept where not, in the log by its names alone', async () => {
    const id = await seedRequester(core, tenant, { name: 'Grace', company: 'Navy', traits: { plan: 'team', seats: 3 } });
    core.clock.advance(1_000);
    const changed = await me.requesters.update({
      ...ofProject(),
      id,
      name: null,
      phone: '+49 30 1',
      company: '',
      traits: { seats: null, amount: 1_200, interval: 'year', vip: true },
      emailOptOut: true,
    });
    expect(changed).toMatchObject({
      name: null,
      phone: '+49 30 1',
      company: null,
      traits: { plan: 'team', amount: 1_200, interval: 'year', vip: true },
      monthlyRevenue: 100,
      emailOptOut: true,
      updatedAt: core.clock.now().toISOString(),
    });
    const [entry] = await entries();
    expect(entry).toMatchObject({ action: 'requester.updated', resourceId: id });
    expect(entry?.diff).toEqual({ changed: ['name', 'phone', 'company', 'emailOptOut', 'traits'] });
  });

  it('that is given as it is changes nothing and leaves no entry', async () => {
    const id = await seedRequester(core, tenant, { name: 'Grace', traits: { plan: 'team', amount: 1 } });
    core.clock.advance(1_000);
    const answer = await me.requesters.update({
      ...ofProject(),
      id,
      name: 'Grace',
      traits: { amount: 1, plan: 'team', none: null },
    });
    expect(answer.updatedAt).toBe('2026-03-14T10:20:30.250Z');
    expect(await entries()).toEqual([]);
  });

  it('weighs anew what they asked for', async () => {
    const id = await seedRequester(core, tenant);
    const featureId = await seedFeature(core, tenant, { requesterId: id, voteCount: 1 });
    await core.db.prisma.vote.create({ data: { featureId, requesterId: id } });
    await me.requesters.update({ ...ofProject(), id, traits: { amount: 2_000_000_000 } });
    expect(await weightDriftOf(core)).toEqual([]);
    // Of two such, the sum is more than the column holds.
    await me.backlog.addVote({ ...ofProject(), id: featureId, requester: { externalId: 'two' } });
    await me.requesters.upsert({ ...ofProject(), externalId: 'two', traits: { amount: 2_000_000_000 } });
    expect((await me.backlog.get({ ...ofProject(), id: featureId })).revenueWeight).toBe(2_147_483_647);
  });

  it('is nothing to change without a change, and has at most 50 traits', async () => {
    const id = await seedRequester(core, tenant, { traits: many(50) });
    expect(await outcomeOf(me.requesters.update({ ...ofProject(), id }))).toBe('NO_UPDATES');
    expect((await refusalOf(me.requesters.update({ ...ofProject(), id, traits: { more: 1 } }))).issues).toMatchObject([
      { path: 'traits' },
    ]);
    expect(await outcomeOf(me.requesters.update({ ...ofProject(), id, traits: { more: 1, t0: null } }))).toBe('admitted');
    for (const traits of [
      many(51),
      { amount: 1.5 },
      { amount: -1 },
      { interval: 'week' },
      { x: 'y'.repeat(501) },
      { ['k'.repeat(61)]: 1 },
    ])
      expect(await outcomeOf(me.requesters.update({ ...ofProject(), id, traits: traits as never }))).toBe('BAD_REQUEST');
  });

  it('of another project, or of nobody, is not found, whoever asks and however', async () => {
    const theirs = await seedRequester(core, other, { name: 'Ada' });
    for (const id of [theirs, randomUUID()]) {
      const refusals = await Promise.all([
        refusalOf(me.requesters.get({ ...ofProject(), id })),
        refusalOf(me.requesters.update({ ...ofProject(), id, name: 'x' })),
        refusalOf(me.requesters.remove({ ...ofProject(), id })),
      ]);
      expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
      expect(refusals[0]).toMatchObject({ status: 404, code: 'REQUESTER_NOT_FOUND' });
    }
    expect(await core.db.prisma.requester.findUnique({ where: { id: theirs } })).toMatchObject({ name: 'Ada' });
  });
});

describe('an upsert', () => {
  it('finds by externalId, else by e-mail address, else makes', async () => {
    const made = await me.requesters.upsert({ ...ofProject(), externalId: 'u1', email: 'Grace@Example.com', name: 'Grace' });
    expect(made).toMatchObject({
      kind: 'identified',
      identityMethod: 'api',
      externalId: 'u1',
      email: 'grace@example.com',
      emailVerified: false,
      name: 'Grace',
      lastSeenAt: core.clock.now().toISOString(),
      identifiedAt: core.clock.now().toISOString(),
    });
    expect((await me.requesters.upsert({ ...ofProject(), externalId: 'u1', phone: '1' })).id).toBe(made.id);
    expect((await me.requesters.upsert({ ...ofProject(), email: 'GRACE@example.com', company: 'Navy' })).id).toBe(made.id);
    expect(await everybody()).toMatchObject([{ phone: '1', company: 'Navy', name: 'Grace' }]);
  });

  it('with a name alone makes one each time, and without anything none', async () => {
    const [one, two] = [
      await me.requesters.upsert({ ...ofProject(), name: 'X' }),
      await me.requesters.upsert({ ...ofProject(), name: 'X' }),
    ];
    expect(one.id).not.toBe(two.id);
    expect(await outcomeOf(me.requesters.upsert({ ...ofProject(), company: 'Navy' }))).toBe('BAD_REQUEST');
    expect(await everybody()).toHaveLength(2);
  });

  it('of the same one, many times at once, makes one', async () => {
    const input = { ...ofProject(), externalId: 'u1', email: 'grace@example.com', traits: { plan: 'team' } };
    await Promise.all(Array.from({ length: 8 }, () => me.requesters.upsert(input)));
    await Promise.all(Array.from({ length: 8 }, () => me.requesters.upsert({ ...ofProject(), email: 'ada@example.com' })));
    expect((await everybody()).map(({ email }) => email).toSorted()).toEqual(['ada@example.com', 'grace@example.com']);
  });

  it('gives an address that another has verified, but does not verify it', async () => {
    const holder = await seedRequester(core, tenant, { externalId: 'a', email: 'one@example.com', emailVerified: true });
    const id = await seedRequester(core, tenant, { externalId: 'b', email: 'two@example.com', emailVerified: true });
    const answer = await me.requesters.upsert({ ...ofProject(), externalId: 'b', email: 'one@example.com' });
    expect(answer).toMatchObject({ id, email: 'one@example.com', emailVerified: false });
    // By the address, the one who has it verified is meant.
    expect((await me.requesters.upsert({ ...ofProject(), email: 'one@example.com' })).id).toBe(holder);
    // What comes along with a feature request is no change of address.
    await me.backlog.create({ ...ofProject(), title: 'X', requester: { externalId: 'a', email: 'new@example.com' } });
    expect(await core.db.prisma.requester.findUnique({ where: { id: holder } })).toMatchObject({ email: 'one@example.com' });
  });

  it('never finds an anonymous visitor by the address that they typed', async () => {
    const typed = await seedRequester(core, tenant, { kind: 'anonymous', email: 'boss@example.com' });
    expect((await me.requesters.upsert({ ...ofProject(), email: 'boss@example.com' })).id).not.toBe(typed);
  });

  it('and every change need contacts:write, and erasing contacts:delete from an admin', async () => {
    const id = await seedRequester(core, tenant);
    const calls = (caller: Caller) =>
      Promise.all([
        outcomeOf(caller.requesters.upsert({ ...ofProject(), externalId: 'u' })),
        outcomeOf(caller.requesters.update({ ...ofProject(), id, name: randomUUID() })),
      ]);
    const remove = (caller: Caller) => outcomeOf(caller.requesters.remove({ ...ofProject(), id }));
    expect(await calls(await callAsKey(core, tenant, { scopes: ['requesters:read'] }))).toEqual(
      Array(2).fill('INSUFFICIENT_SCOPE'),
    );
    const writer = await callAsKey(core, tenant, { scopes: ['contacts:write', 'write'] });
    expect([...(await calls(writer)), await remove(writer)]).toEqual(['admitted', 'admitted', 'INSUFFICIENT_SCOPE']);
    const developer = await callAsKey(core, tenant, { scopes: ['contacts:delete'], serviceAccount: { role: 'developer' } });
    expect(await remove(developer)).toBe('FORBIDDEN');
    expect(await remove(await callAsKey(core, tenant, { scopes: ['contacts:delete'], serviceAccount: { role: 'admin' } }))).toBe(
      'admitted',
    );
  });
});

describe('an erased requester', () => {
  it('is gone with all that is theirs; what they asked for stays, of nobody', async () => {
    const { prisma } = core.db;
    const at = core.clock.now();
    const anonymousId = newAnonymousId();
    const meet = () => withVisitor(core.core, tenant.project, { anonymousId }, async (_tx, visitor) => visitor);
    const { id } = await meet();
    await me.requesters.update({ ...ofProject(), id, name: 'Canary', traits: { amount: 700 } });
    const own = await seedFeature(core, tenant, {
      requesterId: id,
      diagnostics: { userAgent: 'Canary' },
      hasScreenshot: true,
      pageUrl: 'https://shop.example/orders/Canary',
    });
    await prisma.featureScreenshot.create({
      data: { featureId: own, mimeType: 'image/png', bytes: new Uint8Array([1]), createdAt: at },
    });
    const voted = await seedFeature(core, tenant, { voteCount: 1, commentCount: 1, revenueWeight: 700 });
    await prisma.vote.create({ data: { featureId: voted, requesterId: id } });
    await prisma.subscription.create({ data: { featureId: voted, requesterId: id, createdAt: at } });
    const author = { authorKind: 'REQUESTER' as const, authorId: id, authorName: 'Canary', createdAt: at };
    await prisma.comment.create({ data: { ...author, id: randomUUID(), featureId: voted, body: 'Yes please' } });
    await prisma.conversation.create({
      data: {
        id: randomUUID(),
        projectId: tenant.project.id,
        requesterId: id,
        channel: 'widget',
        lastMessageAt: at,
        createdAt: at,
        updatedAt: at,
        messages: { create: { ...author, id: randomUUID(), seq: 1, body: 'Canary', via: 'widget' } },
      },
    });
    const notification = {
      audience: 'team' as const,
      isPrivate: false,
      channels: [],
      createdAt: at,
      projectId: tenant.project.id,
    };
    await prisma.notification.create({
      data: {
        ...notification,
        id: randomUUID(),
        type: 'feature.created',
        title: 'X',
        actorKind: 'REQUESTER',
        actorId: id,
        actorName: 'Canary',
      },
    });

    await me.requesters.remove({ ...ofProject(), id });

    expect(await everybody()).toEqual([]);
    expect(await me.backlog.get({ ...ofProject(), id: own })).toMatchObject({
      requesterId: null,
      diagnostics: null,
      hasScreenshot: false,
      version: 2,
    });
    expect(await me.backlog.get({ ...ofProject(), id: voted })).toMatchObject({ voteCount: 0, revenueWeight: 0 });
    expect((await me.backlog.listComments({ ...ofProject(), id: voted })).items).toMatchObject([
      { authorId: null, authorName: 'Deleted requester', body: 'Yes please' },
    ]);
    expect([await driftOf(core), await weightDriftOf(core)]).toEqual([[], []]);
    const tables = [
      'requester',
      'requester_device',
      'conversation',
      'message',
      'feature',
      'feature_screenshot',
      'comment',
      'notification',
      'vote',
      'subscription',
      'audit_entry',
    ];
    for (const table of tables) {
      const rows = JSON.stringify(await core.db.sql.query(`select t::text from ${table} t`));
      expect(rows, table).not.toContain('Canary');
      if (table !== 'audit_entry') expect(rows, table).not.toContain(id);
    }
    expect(await outcomeOf(me.requesters.get({ ...ofProject(), id }))).toBe('REQUESTER_NOT_FOUND');
    // Who comes again is somebody new.
    expect((await meet()).id).not.toBe(id);
  });

  it('leaves no name of theirs in the feed, not even of what they did before they were known', async () => {
    const secret = await seedIdentitySecret(core, tenant);
    const anonymousId = newAnonymousId();
    const submit = (presented: Presented, input: object) =>
      callWidget(core, tenant, presented, { endpoint: 'POST /submit', input });
    const pageUrl = 'https://shop.example/orders/of/Canary';
    await submit({ anonymousId }, { category: 'FEATURE', title: 'Dark mode', name: 'Canary', pageUrl });
    await submit({ anonymousId }, { category: 'OTHER', text: 'How so?' });
    const identityToken = tokenOf(core, tenant, secret, { sub: 'grace' });
    await submit({ anonymousId, identityToken }, { category: 'FEATURE', title: 'Export', pageUrl });
    const [person] = await everybody();
    expect(await everybody()).toHaveLength(1);
    expect(person).toMatchObject({ kind: 'identified', name: 'Canary' });

    await me.requesters.remove({ ...ofProject(), id: person?.id ?? '' });

    const { items } = await me.notifications.list(ofProject());
    expect(items.map(({ type, actorName }) => [type, actorName])).toEqual([
      ['feature.created', 'Deleted requester'],
      ['feature.created', 'Deleted requester'],
      ['feature.created', 'Deleted requester'],
    ]);
    for (const table of ['requester', 'notification', 'feature', 'conversation', 'message']) {
      expect(JSON.stringify(await core.db.sql.query(`select t::text from ${table} t`)), table).not.toContain('Canary');
    }
  });
});
