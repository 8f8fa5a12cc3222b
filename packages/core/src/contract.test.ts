import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimIdempotency } from './idempotency.ts';
import { listProcedures } from './procedures.ts';
import { withIdempotency } from './services.ts';
import { callAs, callAsUser, openTestCore, outcomeOf, type TestCore } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let featureId: string;

beforeAll(async () => {
  core = await openTestCore();
  tenant = await seedTenant(core);
  featureId = (await callAsUser(core, tenant.user).backlog.create({ projectId: tenant.project.id, title: 'Dark mode' })).id;
});
afterAll(() => core.db.close());

const ofProject = () => ({ projectId: tenant.project.id });
const ofFeature = () => ({ ...ofProject(), id: featureId });

/** An input for every procedure that acts, in an order in which each of them has something to do. */
const ACTS: Readonly<Record<string, () => object>> = {
  'apiKeys.create': () => ({ ...ofProject(), name: 'A key', scopes: ['backlog:read'] }),
  'apiKeys.revoke': () => ({ ...ofProject(), id: keyId.project }),
  'organizationKeys.create': () => ({ organizationId: tenant.organization.id, name: 'A key', scopes: ['backlog:read'] }),
  'organizationKeys.revoke': () => ({ organizationId: tenant.organization.id, id: keyId.organization }),
  'backlog.create': () => ({ ...ofProject(), title: 'Light mode', tags: ['ui'], requester: { externalId: 'u1' } }),
  'backlog.createComment': () => ({ ...ofFeature(), body: 'Planned.' }),
  'backlog.addVote': () => ({ ...ofFeature(), requester: { externalId: 'u1' } }),
  'backlog.removeVote': () => ({ ...ofFeature(), requesterId: requesterId }),
  'backlog.writeNote': () => ({ ...ofFeature(), text: 'A note' }),
  'backlog.changeStatus': () => ({ ...ofFeature(), status: 'IN_PROGRESS' }),
  'backlog.remove': ofFeature,
  'notifications.markSeen': ofProject,
  'announcements.send': () => ({ ...ofProject(), title: 'Dark mode is here', body: 'Thank you for asking!' }),
};
const keyId = { project: '', organization: '' };
let requesterId = '';

const acting = listProcedures().filter(({ type }) => type === 'mutation');
const isPost = (path: string) =>
  acting.some((facts) => facts.path === path && Object.values(facts.meta.rest ?? {}).some(({ method }) => method === 'POST'));

describe('every procedure that acts', () => {
  it('is tried here', () => {
    expect(Object.keys(ACTS).toSorted()).toEqual(acting.map(({ path }) => path).toSorted());
  });

  it.each(Object.keys(ACTS))('%s writes its audit entry and what it answers with in the transaction of the act', async (path) => {
    const attempt = await claimIdempotency(core.db, core.core, {
      principalId: tenant.user.id,
      operation: `POST ${path}`,
      key: 'k',
      body: null,
    });
    if (attempt.kind !== 'claimed') throw new Error('the key was taken');
    const [slice = '', name = ''] = path.split('.');
    const caller = callAs(
      core,
      { kind: 'session', userId: tenant.user.id },
      { change: (ctx) => withIdempotency(ctx, attempt.claim) },
    );
    const act = (caller as unknown as Record<string, Record<string, (input: object) => Promise<any>>>)[slice]?.[name];
    const before = await core.db.prisma.auditEntry.count();
    const answer = await act?.(ACTS[path]?.() ?? {});
    if (path === 'apiKeys.create') keyId.project = answer.id;
    if (path === 'organizationKeys.create') keyId.organization = answer.id;
    if (path === 'backlog.addVote')
      requesterId = (await core.db.prisma.requester.findFirstOrThrow({ where: { externalId: 'u1' } })).id;

    expect(await core.db.prisma.auditEntry.count()).toBe(before + 1);
    const record = await core.db.prisma.idempotencyRecord.findFirstOrThrow({ where: { operation: `POST ${path}` } });
    expect(record.completedAt).toEqual(core.clock.now());
    // A retry gets the answer from there: it has to be the one that was given.
    if (isPost(path)) expect(record.answer).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  it.each(Object.keys(ACTS).filter(isPost))(
    '%s, tried again over its address, leaves nothing when its answer cannot be kept',
    async (path) => {
      const attempt = await claimIdempotency(core.db, core.core, {
        principalId: tenant.user.id,
        operation: `POST ${path}`,
        key: 'lost',
        body: null,
      });
      if (attempt.kind !== 'claimed') throw new Error('the key was taken');
      const live = (await callAsUser(core, tenant.user).backlog.create({ ...ofProject(), title: 'Another' })).id;
      await attempt.claim.release();
      const counted = () =>
        Promise.all([
          core.db.prisma.feature.count(),
          core.db.prisma.comment.count(),
          core.db.prisma.vote.count(),
          core.db.prisma.requester.count(),
          core.db.prisma.auditEntry.count(),
        ]);
      const before = await counted();
      const [slice = '', name = ''] = path.split('.');
      const caller = callAs(
        core,
        { kind: 'session', userId: tenant.user.id },
        { change: (ctx) => withIdempotency(ctx, attempt.claim) },
      );
      const act = (caller as unknown as Record<string, Record<string, (input: object) => Promise<unknown>>>)[slice]?.[name];
      const input = { ...ACTS[path]?.(), ...(path !== 'backlog.create' && { id: live }) };
      expect(await outcomeOf(act?.(input) ?? Promise.resolve())).toBe('IDEMPOTENCY_CONFLICT');
      expect(await counted()).toEqual(before);
    },
  );
});
