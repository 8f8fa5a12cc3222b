import { randomUUID } from 'node:crypto';
import { seedKey, seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';
import { seedFeature } from '../backlog/testing.ts';

let core: TestCore;
let tenant: TestTenant;
let other: TestTenant;
let second: TestTenant['project'];
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
  other = await seedTenant(core);
  second = await seedProject(core, tenant.organization);
  me = callAsUser(core, tenant.user);
});

type Listing = Parameters<Caller['projects']['list']>[0];
const listed = async (caller = me, input: Listing = {}) => (await caller.projects.list(input)).items;
const idsOf = async (caller = me, input: Listing = {}) => (await listed(caller, input)).map(({ id }) => id).toSorted();
const join = (projectId: string, role: 'viewer' | 'developer' | 'owner') =>
  core.db.prisma.projectMember.create({ data: { projectId, userId: tenant.user.id, role } });
const sorted = (...projects: { id: string }[]) => projects.map(({ id }) => id).toSorted();

describe('the list of projects', () => {
  it('has all of a person’s organizations, and those that they are a member of themselves', async () => {
    expect(await idsOf()).toEqual(sorted(tenant.project, second));
    await seedProject(core, other.organization);
    await join(other.project.id, 'viewer');
    expect(await idsOf()).toEqual(sorted(tenant.project, second, other.project));
    await core.db.prisma.organizationMember.deleteMany({ where: { userId: tenant.user.id } });
    expect(await idsOf()).toEqual([other.project.id]);
  });

  it('has no deleted project', async () => {
    await core.db.prisma.project.update({ where: { id: second.id }, data: { deletedAt: core.clock.now() } });
    expect(await idsOf()).toEqual([tenant.project.id]);
  });

  it('has a key’s organization, or its one project, whatever else its owner is a member of', async () => {
    await join(other.project.id, 'owner');
    expect(await idsOf(await callAsKey(core, tenant, { scopes: ['project:read'], projectId: null }))).toEqual(
      sorted(tenant.project, second),
    );
    expect(await idsOf(await callAsKey(core, tenant, { scopes: ['backlog:read'] }))).toEqual([tenant.project.id]);
    const service = await callAsKey(core, tenant, { scopes: ['read'], projectId: null, serviceAccount: { role: 'viewer' } });
    expect((await listed(service)).map(({ role }) => role)).toEqual(['viewer', 'viewer']);
  });

  it('names the role that counts: the higher of the organization’s and the project’s', async () => {
    await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role: 'viewer' } });
    await join(second.id, 'developer');
    expect(new Map((await listed()).map(({ id, role }) => [id, role]))).toEqual(
      new Map([
        [tenant.project.id, 'viewer'],
        [second.id, 'developer'],
      ]),
    );
  });

  it('of one organization is asked for by its id or its slug, and of a foreign one is empty', async () => {
    await join(other.project.id, 'viewer');
    const { id, slug } = tenant.organization;
    expect([await idsOf(me, { organizationId: id }), await idsOf(me, { organizationId: slug })]).toEqual([
      sorted(tenant.project, second),
      sorted(tenant.project, second),
    ]);
    expect(await idsOf(me, { organizationId: other.organization.slug })).toEqual([other.project.id]);
    const stranger = await seedTenant(core);
    for (const organizationId of [stranger.organization.id, stranger.organization.slug, randomUUID(), "' or true --"])
      expect(await idsOf(me, { organizationId })).toEqual([]);
    expect(await outcomeOf(me.projects.list({ organizationId: 'a\0' }))).toBe('BAD_REQUEST');
  });

  it('comes by name, each once, in pages of any size, names that are the same and in any script included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('Alpha', 'alpha', 'Beta', 'Ωmega', '日本', "O'Brien", 'ünï'), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 4 }),
        async (names, limit) => {
          tenant = await seedTenant(core);
          const data = names.map((name) => ({ id: randomUUID(), slug: randomUUID(), name, orgId: tenant.organization.id }));
          await core.db.prisma.project.createMany({ data });
          const caller = callAsUser(core, tenant.user);
          const seen: { id: string; name: string }[] = [];
          for (let cursor: string | null | undefined; cursor !== null; ) {
            const page: Awaited<ReturnType<typeof caller.projects.list>> = await caller.projects.list({
              limit,
              ...(cursor !== undefined && { cursor }),
            });
            seen.push(...page.items);
            cursor = page.nextCursor;
          }
          expect(seen.map(({ id }) => id).toSorted()).toEqual(sorted(tenant.project, ...data));
          const order = await core.db.prisma.project.findMany({
            where: { orgId: tenant.organization.id },
            orderBy: [{ name: 'asc' }, { id: 'asc' }],
          });
          expect(seen.map(({ id }) => id)).toEqual(order.map(({ id }) => id));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('is asked for by when they were made, and when they have changed', async () => {
    const day = (n: number) => new Date(`2026-03-0${n}T00:00:00Z`);
    const third = await seedProject(core, tenant.organization);
    const changed = { [tenant.project.id]: 4, [second.id]: 5, [third.id]: 6 };
    for (const [n, id] of [tenant.project.id, second.id, third.id].entries())
      await core.db.prisma.project.update({ where: { id }, data: { createdAt: day(n + 1), updatedAt: day(changed[id] ?? 0) } });
    const since = (n: number) => day(n).toISOString();
    expect(await idsOf(me, { createdAfter: since(1) })).toEqual(sorted(second, third));
    expect(await idsOf(me, { createdBefore: since(2) })).toEqual([tenant.project.id]);
    expect(await idsOf(me, { createdAfter: since(1), createdBefore: since(3) })).toEqual([second.id]);
    expect(await idsOf(me, { updatedSince: since(5) })).toEqual(sorted(second, third));
    const { nextCursor } = await me.projects.list({ limit: 1, updatedSince: since(5) });
    expect(await outcomeOf(me.projects.list({ limit: 1, cursor: nextCursor ?? '' }))).toBe('INVALID_CURSOR');
  });

  it('is not paged with another caller’s cursor, nor with that of another filter', async () => {
    const { nextCursor } = await me.projects.list({ limit: 1 });
    const cursor = nextCursor ?? '';
    expect(await outcomeOf(me.projects.list({ limit: 1, cursor }))).toBe('admitted');
    expect(await outcomeOf(me.projects.list({ limit: 1, cursor, organizationId: tenant.organization.id }))).toBe(
      'INVALID_CURSOR',
    );
    expect(await outcomeOf(callAsUser(core, other.user).projects.list({ limit: 1, cursor }))).toBe('INVALID_CURSOR');
    expect(await outcomeOf((await callAsKey(core, tenant, { projectId: null })).projects.list({ limit: 1, cursor }))).toBe(
      'INVALID_CURSOR',
    );
  });
});

describe('a project', () => {
  it('is read by its id or its slug, with its plan and the counts of its backlog', async () => {
    await seedFeature(core, tenant, { voteCount: 3 });
    const row = await core.db.prisma.project.findUniqueOrThrow({ where: { id: tenant.project.id } });
    for (const projectId of [tenant.project.id, tenant.project.slug]) {
      expect(await me.projects.get({ projectId })).toEqual({
        ...tenant.project,
        orgId: tenant.organization.id,
        name: 'Project',
        domain: null,
        timezone: 'UTC',
        identitySecretSet: false,
        allowedOrigins: [],
        agentPaused: false,
        version: 1,
        createdAt: row.createdAt.toISOString(),
        updatedAt: row.updatedAt.toISOString(),
        plan: 'pro',
        stats: {
          featureCount: 1,
          totalVoteCount: 3,
          laneBreakdown: [
            { status: 'NEEDS_ACTION', count: 1 },
            { status: 'IN_PROGRESS', count: 0 },
            { status: 'COMPLETED', count: 0 },
          ],
        },
      });
    }
  });

  it('is nobody’s to read but its members’ and its own keys’', async () => {
    const read = (caller: Caller, project = tenant.project) => outcomeOf(caller.projects.get({ projectId: project.slug }));
    expect([await read(callAsUser(core, other.user)), await read(me, other.project)]).toEqual([
      'PROJECT_NOT_FOUND',
      'PROJECT_NOT_FOUND',
    ]);
    const key = callAs(core, (await seedKey(core, tenant)).credential);
    expect([await read(key), await read(key, second), await read(key, other.project)]).toEqual([
      'admitted',
      'API_KEY_PROJECT_MISMATCH',
      'API_KEY_ORG_MISMATCH',
    ]);
  });
});
