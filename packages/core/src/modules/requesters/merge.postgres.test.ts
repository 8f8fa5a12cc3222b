import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { holdOpen, waiting } from '../../testing-locks.ts';
import { seedFeature } from '../backlog/testing.ts';
import { newAnonymousId, seedIdentitySecret, seedRequester, identityToken as tokenOf } from './testing.ts';
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
function mergeThatWaits(anonymousId: string) {
  const identityToken = tokenOf(core, tenant, secret, { sub: 'user_812' });
  return holdOpen(core, (tx) => knownVisitor(tx, core.core, tenant.project, { anonymousId, identityToken }));
}

describe('while an anonymous visitor is being merged away', () => {
  it('their own next call waits, and then is somebody new', async () => {
    const anonymousId = newAnonymousId();
    const before = await meet({ anonymousId });
    const merge = await mergeThatWaits(anonymousId);
    const call = meet({ anonymousId });
    await waiting(core, 1);
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
    await waiting(core, 2);
    await merge.commit();
    expect(await Promise.all(acts)).toEqual(['admitted', 'admitted']);
    const told = await core.db.prisma.notificationReceipt.findMany({ where: { requesterId: other } });
    expect(told).toHaveLength(2);
  });

  it('a conversation that the team opens with them waits, and finds nobody', async () => {
    const anonymousId = newAnonymousId();
    const { id: requesterId } = await meet({ anonymousId });
    const merge = await mergeThatWaits(anonymousId);
    const opening = { projectId: tenant.project.id, requesterId, body: 'Hello', channel: 'api' as const };
    const opened = outcomeOf(callAsUser(core, tenant.user).conversations.create(opening));
    await waiting(core, 1);
    await merge.commit();
    expect(await opened).toBe('REQUESTER_NOT_FOUND');
  });
});
