import { createHash, createHmac } from 'node:crypto';
import { toPublic } from '@reqbase/auth';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import type { Visitor } from './last-seen.ts';
import { requesterFor } from './service.ts';
import { identityToken, newAnonymousId, seedIdentitySecret, seedRequester, weightDriftOf } from './testing.ts';
import { introduceVisitor, knownVisitor, type Presented, withVisitor } from './visitor.ts';

let core: TestCore;
let tenant: TestTenant;
let secret: string;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  secret = await seedIdentitySecret(core, tenant);
  me = callAsUser(core, tenant.user);
});

const meet = (presented: Presented, { project } = tenant) =>
  withVisitor(core.core, project, presented, async (_tx, visitor) => visitor);
const look = (presented: Presented) =>
  core.db.prisma.$transaction((tx) => knownVisitor(tx, core.core, tenant.project, presented));
const token = (claims: { sub: string } & Record<string, unknown>, with_ = secret) => identityToken(core, tenant, with_, claims);
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'met',
    (error: unknown) => toPublic(error).code,
  );
const rowOf = (id: string) => core.db.prisma.requester.findUniqueOrThrow({ where: { id } });
const everybody = () => core.db.prisma.requester.findMany({ where: { projectId: tenant.project.id } });

describe('an anonymous visitor', () => {
  it('is one requester, however often and however many times at once they come', async () => {
    const anonymousId = newAnonymousId();
    const met = await Promise.all(Array.from({ length: 10 }, () => meet({ anonymousId })));
    expect(new Set(met.map(({ id }) => id)).size).toBe(1);
    expect(await everybody()).toHaveLength(1);
    expect(await meet({ anonymousId })).toEqual({
      id: met[0]?.id,
      kind: 'anonymous',
      name: null,
      email: null,
      emailVerified: false,
    });
    expect(await rowOf(met[0]?.id ?? '')).toMatchObject({ kind: 'anonymous', identityMethod: 'none', identifiedAt: null });
  });

  it('is another at another browser, and in another project', async () => {
    const anonymousId = newAnonymousId();
    const other = await seedTenant(core);
    const ids = [await meet({ anonymousId }), await meet({ anonymousId: newAnonymousId() }), await meet({ anonymousId }, other)];
    expect(new Set(ids.map(({ id }) => id)).size).toBe(3);
  });

  it('cannot be spoken for by who reads the table: it holds the hash of the id', async () => {
    const anonymousId = newAnonymousId();
    const { id } = await meet({ anonymousId });
    const device = await core.db.prisma.requesterDevice.findFirstOrThrow({ where: { requesterId: id } });
    expect(Buffer.from(device.idHash)).toEqual(createHash('sha256').update(anonymousId).digest());
    expect((await meet({ anonymousId: Buffer.from(device.idHash).toString('base64url') })).id).not.toBe(id);
  });

  it.each([
    '',
    'short',
    'a'.repeat(21),
    'a'.repeat(129),
    `${'a'.repeat(30)} `,
    `${'a'.repeat(30)}\n`,
    'ä'.repeat(30),
    `${'a'.repeat(30)}=`,
  ])('is not known by "%s", which is no id', async (anonymousId) => {
    expect(await codeOf(meet({ anonymousId }))).toBe('BAD_REQUEST');
    expect(await codeOf(look({ anonymousId }))).toBe('BAD_REQUEST');
  });

  it('who presents nothing is nobody', async () => {
    expect(await codeOf(meet({}))).toBe('UNAUTHORIZED');
    expect(await codeOf(meet({ anonymousId: null, identityToken: null }))).toBe('UNAUTHORIZED');
    expect(await look({})).toBeNull();
  });

  it('who only reads is not made', async () => {
    const anonymousId = newAnonymousId();
    expect(await look({ anonymousId })).toBeNull();
    expect(await everybody()).toEqual([]);
    const made = await meet({ anonymousId });
    expect(await look({ anonymousId })).toEqual(made);
  });

  it('is noted as seen at most once a minute', async () => {
    const anonymousId = newAnonymousId();
    const { id } = await meet({ anonymousId });
    const first = core.clock.now();
    core.clock.advance(59_999);
    await meet({ anonymousId });
    expect((await rowOf(id)).lastSeenAt).toEqual(first);
    core.clock.advance(1);
    await look({ anonymousId });
    expect(await rowOf(id)).toMatchObject({ lastSeenAt: core.clock.now(), firstSeenAt: first, updatedAt: first });
  });

  it('may say who they are, which proves nothing', async () => {
    const visitor = await meet({ anonymousId: newAnonymousId() });
    const introduce = (given: { name?: string | null; email?: string | null }, who = visitor) =>
      core.db.prisma.$transaction((tx) => introduceVisitor(tx, core.core, who, given));
    expect(await introduce({ name: 'Grace', email: 'Boss@Example.com' })).toMatchObject({
      name: 'Grace',
      email: 'boss@example.com',
    });
    expect(await introduce({ name: '', email: null })).toMatchObject({ id: visitor.id });
    expect(await rowOf(visitor.id)).toMatchObject({ kind: 'anonymous', email: 'boss@example.com', emailVerified: false });
    // Neither the API nor a token finds them by it.
    const byApiFound = () =>
      core.db.prisma.$transaction((tx) =>
        requesterFor(tx, { ...core.core, tenant: { project: tenant.project } as never }, { email: 'boss@example.com' }),
      );
    const [byApi, byToken] = [
      await byApiFound(),
      await meet({ identityToken: token({ sub: 'boss', email: 'boss@example.com' }) }),
    ];
    expect(byApi).not.toBe(visitor.id);
    expect(byToken.id).not.toBe(visitor.id);
    const known = await meet({ identityToken: token({ sub: 'ada' }) });
    expect(await introduce({ name: 'Ada', email: 'Boss@Example.com' }, known)).toMatchObject({
      name: 'Ada',
      email: 'boss@example.com',
      emailVerified: false,
    });
    expect([await byApiFound(), (await meet({ identityToken: token({ sub: 'boss' }) })).id]).toEqual([byApi, byToken.id]);
  });

  it('may give the address that their token does not, once; it finds nobody until their backend says the same', async () => {
    const introduce = (who: Visitor, email: string) =>
      core.db.prisma.$transaction((tx) => introduceVisitor(tx, core.core, who, { email }));
    const byApi = (named: { email: string; externalId?: string }) =>
      core.db.prisma.$transaction((tx) =>
        requesterFor(tx, { ...core.core, tenant: { project: tenant.project } as never }, named),
      );
    const ada = await meet({ identityToken: token({ sub: 'ada' }) });
    const typed = await introduce(ada, 'Ada@Example.com');
    expect(typed).toMatchObject({ id: ada.id, email: 'ada@example.com', emailVerified: false });
    expect(await introduce(typed, 'other@example.com')).toEqual(typed);
    expect(await meet({ identityToken: token({ sub: 'ada' }) })).toEqual(typed);
    expect(await rowOf(ada.id)).toMatchObject({ email: 'ada@example.com', emailVerified: false, emailTyped: true });
    // Whoever the API means by the address, it is not who typed it.
    const named = await byApi({ email: 'ada@example.com' });
    expect(named).not.toBe(ada.id);
    await core.db.prisma.requester.delete({ where: { id: named } });
    await byApi({ externalId: 'ada', email: 'ada@example.com' });
    expect(await byApi({ email: 'ada@example.com' })).toBe(ada.id);
    // And of another, whose backend signs it, it is theirs from then on.
    const bob = await introduce(await meet({ identityToken: token({ sub: 'bob' }) }), 'bob@example.com');
    await meet({ identityToken: token({ sub: 'bob', email: 'bob@example.com' }) });
    expect(await rowOf(bob.id)).toMatchObject({ email: 'bob@example.com', emailVerified: true, emailTyped: false });
    expect(await byApi({ email: 'bob@example.com' })).toBe(bob.id);
  });
});

describe('an identified visitor', () => {
  const grace = { sub: 'user_812', email: 'Grace@Example.com', traits: { plan: 'team', amount: 120_000, interval: 'year' } };

  it('is made by their first token, once, by however many at once', async () => {
    const presented = { identityToken: token(grace) };
    const met = await Promise.all(Array.from({ length: 8 }, () => meet(presented)));
    expect(new Set(met.map(({ id }) => id)).size).toBe(1);
    const now = core.clock.now();
    expect(await everybody()).toMatchObject([
      {
        id: met[0]?.id,
        kind: 'identified',
        externalId: 'user_812',
        email: 'grace@example.com',
        emailVerified: true,
        traits: grace.traits,
        monthlyRevenue: 10_000,
        identityMethod: 'jwt',
        identifiedAt: now,
        lastSeenAt: now,
      },
    ]);
  });

  it('who is as they were is not written again, but for being seen', async () => {
    const { id } = await meet({ identityToken: token(grace) });
    const before = await rowOf(id);
    core.clock.advance(59_000);
    await meet({ identityToken: token(grace) });
    expect(await rowOf(id)).toEqual(before);
    core.clock.advance(2_000);
    await meet({ identityToken: token(grace) });
    expect(await rowOf(id)).toEqual({ ...before, lastSeenAt: core.clock.now() });
  });

  it('changes with what their token says, and what it does not say stays', async () => {
    const { id } = await meet({ identityToken: token(grace) });
    core.clock.advance(1_000);
    await meet({
      identityToken: token({ sub: grace.sub, name: 'Grace', traits: { amount: 9_900, interval: 'month', seats: 3 } }),
    });
    expect(await rowOf(id)).toMatchObject({
      name: 'Grace',
      email: 'grace@example.com',
      traits: { plan: 'team', amount: 9_900, interval: 'month', seats: 3 },
      monthlyRevenue: 9_900,
      updatedAt: core.clock.now(),
    });
    await meet({ identityToken: token({ sub: grace.sub, traits: { amount: null, interval: null } }) });
    expect(await rowOf(id)).toMatchObject({ traits: { plan: 'team', seats: 3 }, monthlyRevenue: 0 });
  });

  it('has at most 50 traits: where those kept and those of a token are too many, the token’s count', async () => {
    const many = (prefix: string) => Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${prefix}${n}`, n]));
    const { id } = await meet({ identityToken: token({ sub: 'a', traits: many('a') }) });
    await meet({ identityToken: token({ sub: 'a', traits: many('b') }) });
    expect((await rowOf(id)).traits).toEqual(many('b'));
  });

  it('weighs anew what they asked for when they pay another price', async () => {
    const { id } = await meet({ identityToken: token(grace) });
    const [own, voted, others] = [
      await seedFeature(core, tenant, { requesterId: id }),
      await seedFeature(core, tenant, { voteCount: 1 }),
      await seedFeature(core, tenant),
    ];
    await core.db.prisma.vote.create({ data: { featureId: voted, requesterId: id } });
    await meet({ identityToken: token({ ...grace, traits: { amount: 500, interval: 'month' } }) });
    const weights = await core.db.prisma.feature.findMany({ where: { projectId: tenant.project.id }, orderBy: { id: 'asc' } });
    expect(new Map(weights.map((row) => [row.id, [row.revenueWeight, row.version]]))).toEqual(
      new Map([own, voted, others].toSorted().map((feature) => [feature, feature === others ? [0, 1] : [500, 2]])),
    );
    expect(await weightDriftOf(core)).toEqual([]);
  });

  it('is refused with a token of another project, a wrong or an ended secret, and leaves nothing', async () => {
    const other = await seedTenant(core);
    const theirs = await seedIdentitySecret(core, other);
    for (const identityToken_ of [
      identityToken(core, other, theirs, grace),
      identityToken(core, other, secret, grace),
      token(grace, theirs),
      'a.b.c',
    ]) {
      expect(await codeOf(meet({ identityToken: identityToken_ }))).toBe('INVALID_IDENTITY');
      expect(await codeOf(look({ identityToken: identityToken_ }))).toBe('INVALID_IDENTITY');
    }
    expect(await everybody()).toEqual([]);
  });

  it('is known by two secrets while one is being rotated, and then by the new one', async () => {
    const { secret: next } = await me.projects.rotateIdentitySecret({ projectId: tenant.project.id });
    const hours = async (with_: string) => codeOf(meet({ identityToken: token(grace, with_) }));
    expect([await hours(secret), await hours(next)]).toEqual(['met', 'met']);
    core.clock.advance(24 * 3_600_000 - 1);
    expect([await hours(secret), await hours(next)]).toEqual(['met', 'met']);
    core.clock.advance(1);
    expect([await hours(secret), await hours(next)]).toEqual(['INVALID_IDENTITY', 'met']);
  });

  it('is whom the API has named by the same e-mail address, when it gave no id', async () => {
    const id = await seedRequester(core, tenant, { email: 'grace@example.com', name: 'G.' });
    expect(await meet({ identityToken: token(grace) })).toEqual({
      id,
      kind: 'identified',
      name: 'G.',
      email: 'grace@example.com',
      emailVerified: true,
    });
    expect(await rowOf(id)).toMatchObject({ externalId: 'user_812', identityMethod: 'jwt' });
  });

  it('is not whom the API has named by the same address and another id, nor another whose address it was', async () => {
    const named = await seedRequester(core, tenant, { externalId: 'other', email: 'grace@example.com' });
    const first = await meet({ identityToken: token({ sub: 'before', email: 'grace@example.com' }) });
    const second = await meet({ identityToken: token(grace) });
    expect(new Set([named, first.id, second.id]).size).toBe(3);
    // A verified address belongs to one: to whom the latest token says.
    expect([(await rowOf(first.id)).emailVerified, (await rowOf(second.id)).emailVerified]).toEqual([false, true]);
  });

  it('who swaps addresses with another, both at once, ends with one of them each', async () => {
    await meet({ identityToken: token({ sub: 'a', email: 'one@example.com' }) });
    await meet({ identityToken: token({ sub: 'b', email: 'two@example.com' }) });
    await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        meet({
          identityToken: token(n % 2 === 0 ? { sub: 'a', email: 'two@example.com' } : { sub: 'b', email: 'one@example.com' }),
        }),
      ),
    );
    const rows = (await everybody()).map(({ externalId, email, emailVerified }) => [externalId, email, emailVerified]);
    expect(rows.toSorted()).toEqual([
      ['a', 'two@example.com', true],
      ['b', 'one@example.com', true],
    ]);
  });

  it('is one with whom the API names at the same time, by id or by address', async () => {
    const finder = { ...core.core, tenant: { project: tenant.project } as never };
    const byApi = (input: { externalId?: string; email?: string }) =>
      core.db.prisma.$transaction((tx) => requesterFor(tx, finder, input));
    for (let round = 0; round < 5; round++) {
      const [sub, email] = [`user_${round}`, `user_${round}@example.com`];
      const ids = await Promise.all([
        byApi({ externalId: sub }),
        meet({ identityToken: token({ sub, email }) }).then(({ id }) => id),
        byApi({ externalId: sub, email }),
        meet({ identityToken: token({ sub, email }) }).then(({ id }) => id),
      ]);
      expect(new Set(ids).size).toBe(1);
      expect(await byApi({ email })).toBe(ids[0]);
    }
  });
});

describe('a visitor with a signed e-mail address', () => {
  const signed = (email: string) => ({
    email,
    signature: createHmac('sha256', secret).update(email.toLowerCase()).digest('hex'),
  });

  it('is identified by it, once, and found again', async () => {
    const met = await Promise.all(Array.from({ length: 5 }, () => meet({ signedEmail: signed('Grace@example.com') })));
    expect(new Set(met.map(({ id }) => id)).size).toBe(1);
    expect(await everybody()).toMatchObject([
      { email: 'grace@example.com', emailVerified: true, identityMethod: 'hmac', externalId: null, kind: 'identified' },
    ]);
  });

  it('is the same as by a token with that address, before and after', async () => {
    const [byEmail, byToken] = [
      await meet({ signedEmail: signed('grace@example.com') }),
      await meet({ identityToken: token({ sub: 'g', email: 'grace@example.com' }) }),
    ];
    expect(byToken.id).toBe(byEmail.id);
    expect((await meet({ signedEmail: signed('grace@example.com') })).id).toBe(byEmail.id);
    expect(await rowOf(byEmail.id)).toMatchObject({ externalId: 'g', identityMethod: 'jwt' });
  });

  it('is refused with another’s signature', async () => {
    const { signature } = signed('ada@example.com');
    expect(await codeOf(meet({ signedEmail: { email: 'grace@example.com', signature } }))).toBe('INVALID_IDENTITY');
  });
});
