import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsUser, openTestCore, type TestCore } from '../../testing.ts';
import { holdOpen, waiting } from '../../testing-locks.ts';
import { seedFeature } from '../backlog/testing.ts';
import { newAnonymousId, seedRequester } from './testing.ts';
import { withVisitor } from './visitor.ts';

// What needs two transactions that are really open at once.

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore('postgres');
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
});

describe('erasing a requester', () => {
  it('waits for what their browser is doing, and leaves nothing of it behind', async () => {
    const { id: projectId } = tenant.project;
    const presented = { anonymousId: newAnonymousId() };
    const { id } = await withVisitor(core.core, tenant.project, presented, async (_tx, visitor) => visitor);
    const featureId = await seedFeature(core, tenant);
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const submitted = Promise.withResolvers<void>();
    const submission = withVisitor(core.core, tenant.project, presented, async (tx, visitor) => {
      const data = { requesterId: visitor.id, diagnostics: { userAgent: 'Theirs' }, voteCount: 1 };
      await tx.feature.update({ where: { id: featureId }, data, select: { id: true } });
      await tx.vote.create({ data: { featureId, requesterId: visitor.id } });
      submitted.resolve();
      await told;
    });
    await Promise.race([submitted.promise, submission]);
    const erasure = me.requesters.remove({ projectId, id });
    await waiting(core, 1);
    tell();
    await Promise.all([submission, erasure]);
    expect(
      await core.db.prisma.feature.findUnique({
        where: { id: featureId },
        select: { requesterId: true, diagnostics: true, voteCount: true, votes: true },
      }),
    ).toEqual({ requesterId: null, diagnostics: null, voteCount: 0, votes: [] });
  });

  it('at the moment of a vote by their address leaves the vote to somebody new', async () => {
    const email = 'grace@example.com';
    const erased = await seedRequester(core, tenant, { email });
    const featureId = await seedFeature(core, tenant);
    const erasure = await holdOpen(core, (tx) => tx.requester.delete({ where: { id: erased } }));
    const vote = me.backlog.addVote({ projectId: tenant.project.id, id: featureId, requester: { email } });
    await waiting(core, 1);
    await erasure.commit();
    await vote;
    const votes = await core.db.prisma.vote.findMany({
      where: { featureId },
      select: { requester: { select: { email: true } } },
    });
    expect(votes).toEqual([{ requester: { email } }]);
  });
});
