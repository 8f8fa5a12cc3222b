import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';
import { identityToken, newAnonymousId, seedIdentitySecret, seedRequester } from './testing.ts';
import { knownVisitor, type Presented, withVisitor } from './visitor.ts';

// What needs two transactions that are really open at once.

let core: TestCore;
let tenant: TestTenant;
let secret: string;

beforeAll(async () => {
  core = await openTestCore('postgres');
});
afterAll(() => core.db.close());
beforeEach(async () => {
  core.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(core);
  secret = await seedIdentitySecret(core, tenant);
});

const meet = (presented: Presented) => withVisitor(core.core, tenant.project, presented, async (_tx, visitor) => visitor);

/** Merges what a browser has left, and commits when it is told to. */
async function mergeThatWaits(anonymousId: string): Promise<{ commit: () => Promise<unknown> }> {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const { promise: merged, resolve: hasMerged } = Promise.withResolvers<void>();
  const done = core.db.prisma.$transaction(async (tx) => {
    const token = identityToken(core, tenant, secret, { sub: 'user_812' });
    await knownVisitor(tx, core.core, tenant.project, { anonymousId, identityToken: token });
    hasMerged();
    await told;
  });
  await Promise.race([merged, done]);
  return {
    commit: () => {
      tell();
      return done;
    },
  };
}

/** Says that so many statements wait for a lock. */
async function waiting(count: number): Promise<void> {
  for (;;) {
    const [row] = await core.db.sql.query<{ waiting: number }>(
      "select count(*)::int4 as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    if ((row?.waiting ?? 0) >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('while an anonymous visitor is being merged away', () => {
  it('their own next call waits, and then is somebody new', async () => {
    const anonymousId = newAnonymousId();
    const before = await meet({ anonymousId });
    const merge = await mergeThatWaits(anonymousId);
    const call = meet({ anonymousId });
    await waiting(1);
    await merge.commit();
    expect(await call).toMatchObject({ kind: 'anonymous' });
    expect((await call).id).not.toBe(before.id);
  });

  it('an announcement to everyone and a status change to subscribers reach all others', async () => {
    const me = callAsUser(core, tenant.user);
    const anonymousId = newAnonymousId();
    const { id } = await meet({ anonymousId });
    const other = await seedRequester(core, tenant, { kind: 'anonymous', identityMethod: 'none' });
    const featureId = await seedFeature(core, tenant);
    await core.db.prisma.subscription.createMany({
      data: [id, other].map((requesterId) => ({ featureId, requesterId, createdAt: core.clock.now() })),
    });
    const merge = await mergeThatWaits(anonymousId);
    const acts = [
      outcomeOf(me.announcements.send({ projectId: tenant.project.id, title: 'Hello', body: 'Everybody' })),
      outcomeOf(me.backlog.changeStatus({ projectId: tenant.project.id, id: featureId, status: 'IN_PROGRESS' })),
    ];
    await waiting(2);
    await merge.commit();
    expect(await Promise.all(acts)).toEqual(['admitted', 'admitted']);
    const told = await core.db.prisma.notificationReceipt.findMany({ where: { requesterId: other } });
    expect(told).toHaveLength(2);
  });
});
