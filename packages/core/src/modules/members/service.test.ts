import { randomUUID } from 'node:crypto';
import type { Role } from '@reqbase/auth';
import { seedKey, seedProject, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, type TestCore } from '../../testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core);
  me = callAsUser(core, tenant.user);
  await core.db.prisma.user.update({ where: { id: tenant.user.id }, data: { name: 'Ada' } });
});

/** A person with these roles. */
async function seedMember(
  name: string,
  { organization, project, of = tenant }: { organization?: Role; project?: Role; of?: TestTenant },
): Promise<string> {
  const id = randomUUID();
  await core.db.prisma.user.create({ data: { id, name, email: `${id}@example.test` } });
  if (organization !== undefined)
    await core.db.prisma.organizationMember.create({ data: { orgId: of.organization.id, userId: id, role: organization } });
  if (project !== undefined)
    await core.db.prisma.projectMember.create({ data: { projectId: of.project.id, userId: id, role: project } });
  return id;
}

const list = async (caller = me) =>
  (await caller.members.list({ projectId: tenant.project.id })).items.map(({ name, role, through }) => [name, role, through]);

describe('the members of a project', () => {
  it('are those of the organization and its own, each once, with the role that counts and where it comes from', async () => {
    await seedMember('Bob', { project: 'developer' });
    await seedMember('Cyd', { organization: 'viewer', project: 'developer' });
    await seedMember('Dan', { organization: 'admin', project: 'viewer' });
    await seedMember('Eve', { organization: 'developer', project: 'developer' });
    expect(await list()).toEqual([
      ['Ada', 'owner', 'organization'],
      ['Bob', 'developer', 'project'],
      ['Cyd', 'developer', 'project'],
      ['Dan', 'admin', 'organization'],
      ['Eve', 'developer', 'organization'],
    ]);
  });

  it('have one who owns the project, told as such also when they own its organization, as others may', async () => {
    await core.db.prisma.projectMember.create({
      data: { projectId: tenant.project.id, userId: tenant.user.id, role: 'owner' },
    });
    await seedMember('Bob', { organization: 'owner', project: 'admin' });
    expect(await list()).toEqual([
      ['Ada', 'owner', 'project'],
      ['Bob', 'owner', 'organization'],
    ]);
  });

  it('are found by since when they have the role that counts', async () => {
    const since = (day: string) => new Date(`2026-03-${day}T00:00:00Z`);
    for (const [name, day] of [
      ['Bob', '01'],
      ['Cyd', '02'],
      ['Dan', '03'],
    ] as const) {
      const userId = await seedMember(name, { project: 'viewer' });
      await core.db.prisma.projectMember.updateMany({ where: { userId }, data: { createdAt: since(day) } });
    }
    const found = async (filters: { createdAfter?: string; createdBefore?: string; limit?: number; cursor?: string }) => {
      const { items, nextCursor } = await me.members.list({ projectId: tenant.project.id, ...filters });
      return { names: items.map(({ name }) => name).filter((name) => name !== 'Ada'), nextCursor };
    };
    const after = { createdAfter: since('01').toISOString(), createdBefore: since('04').toISOString() };
    expect((await found(after)).names).toEqual(['Cyd', 'Dan']);
    expect((await found({ createdBefore: since('02').toISOString() })).names).toEqual(['Bob']);
    const cursor = (await found({ ...after, limit: 1 })).nextCursor ?? '';
    expect((await found({ ...after, limit: 1, cursor })).names).toEqual(['Dan']);
    expect(await outcomeOf(found({ limit: 1, cursor }))).toBe('INVALID_CURSOR');
  });

  it('are found by when what is seen of them has changed', async () => {
    core.clock.set('2026-03-14T10:20:30.250Z');
    const { organization, project } = tenant;
    const long = core.clock.now();
    const [bob, cyd] = [
      await seedMember('Bob', { project: 'viewer' }),
      await seedMember('Cyd', { organization: 'viewer', project: 'admin' }),
    ];
    const dan = await seedMember('Dan', { project: 'owner' });
    await core.db.prisma.user.updateMany({ data: { updatedAt: long } });
    await core.db.prisma.organizationMember.updateMany({ where: { orgId: organization.id }, data: { createdAt: long } });
    await core.db.prisma.projectMember.updateMany({ where: { projectId: project.id }, data: { createdAt: long } });
    /** The names of who is another since the clock was moved on for `act`. */
    const after = async (act: () => Promise<unknown>) => {
      core.clock.advance(60_000);
      const updatedSince = core.clock.now().toISOString();
      await act();
      return (await me.members.list({ projectId: project.id, updatedSince })).items.map(({ name }) => name);
    };
    expect(await after(async () => {})).toEqual([]);
    expect(await after(() => me.members.changeRole({ projectId: project.id, id: bob, role: 'developer' }))).toEqual(['Bob']);
    expect(await after(() => me.members.transferOwnership({ projectId: project.id, id: bob }))).toEqual(['Bob', 'Dan']);
    // Seen from now on as the viewer of the organization.
    expect(await after(() => me.members.remove({ projectId: project.id, id: cyd }))).toEqual(['Cyd']);
    const rename = () => core.db.prisma.user.update({ where: { id: dan }, data: { name: 'Don', updatedAt: core.clock.now() } });
    expect(await after(rename)).toEqual(['Don']);
    const updatedSince = long.toISOString();
    const { nextCursor } = await me.members.list({ projectId: project.id, updatedSince, limit: 1 });
    expect(await outcomeOf(me.members.list({ projectId: project.id, limit: 1, cursor: nextCursor ?? '' }))).toBe(
      'INVALID_CURSOR',
    );
  });

  it('say whose membership it is that counts: the project’s or the organization’s', async () => {
    const id = await seedMember('Bob', { project: 'developer' });
    const [inOrganization, inProject] = [
      { projectId: null, orgId: tenant.organization.id, through: 'organization' },
      { projectId: tenant.project.id, orgId: null, through: 'project' },
    ];
    expect((await me.members.list({ projectId: tenant.project.id })).items).toMatchObject([inOrganization, inProject]);
    expect(await me.members.get({ projectId: tenant.project.id, id: tenant.user.id })).toMatchObject(inOrganization ?? {});
    expect(await me.members.get({ projectId: tenant.project.id, id })).toMatchObject(inProject ?? {});
  });

  it('are nobody of another project or organization', async () => {
    const project = await seedProject(core, tenant.organization);
    await seedMember('Bob', { project: 'owner', of: { ...tenant, project } });
    await seedMember('Cyd', { organization: 'owner', project: 'owner', of: await seedTenant(core) });
    expect(await list()).toEqual([['Ada', 'owner', 'organization']]);
  });

  it('come by name, each once, in pages of any size, namesakes included', async () => {
    for (const name of ['Bob', 'Bob', 'Bob', 'Ωmega', 'Zoë', "O'Brien"]) await seedMember(name, { project: 'viewer' });
    const whole = (await me.members.list({ projectId: tenant.project.id })).items.map(({ userId }) => userId);
    expect(new Set(whole).size).toBe(7);
    for (const limit of [1, 2, 3]) {
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: Awaited<ReturnType<typeof me.members.list>> = await me.members.list({
          projectId: tenant.project.id,
          limit,
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(...page.items.map(({ userId }) => userId));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(whole);
    }
  });

  it('are not paged with the cursor of another project’s', async () => {
    await seedMember('Bob', { organization: 'viewer' });
    const project = await seedProject(core, tenant.organization);
    const { nextCursor } = await me.members.list({ projectId: project.id, limit: 1 });
    expect(await outcomeOf(me.members.list({ projectId: tenant.project.id, limit: 1, cursor: nextCursor ?? '' }))).toBe(
      'INVALID_CURSOR',
    );
  });

  it('are for developers and above to see', async () => {
    const outcomes = [];
    for (const role of ['viewer', 'developer'] as const) {
      await core.db.prisma.organizationMember.updateMany({ where: { userId: tenant.user.id }, data: { role } });
      outcomes.push(await outcomeOf(list()), await outcomeOf(list(await callAsKey(core, tenant, { scopes: ['members:read'] }))));
    }
    expect(outcomes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'admitted', 'admitted']);
  });
});

describe('me', () => {
  it('is the signed-in person', async () => {
    expect(await me.members.me({})).toEqual({
      kind: 'user',
      userId: tenant.user.id,
      name: 'Ada',
      email: `${tenant.user.id}@example.test`,
      apiKey: null,
      app: null,
      organization: null,
    });
  });

  it('is the key, and the person behind it if there is one', async () => {
    const own = await seedKey(core, tenant, { scopes: ['read'], projectId: null });
    const apiKey = ({ id, name, prefix }: typeof own) => ({
      id,
      name,
      prefix,
      scopes: ['read'],
      projectId: null,
      expiresAt: null,
    });
    const organization = { id: tenant.organization.id, slug: tenant.organization.slug, plan: 'pro' };
    expect(await callAs(core, own.credential).members.me({})).toEqual({
      kind: 'api_key',
      userId: tenant.user.id,
      name: 'Ada',
      email: `${tenant.user.id}@example.test`,
      apiKey: apiKey(own),
      app: null,
      organization,
    });
    const service = await seedKey(core, tenant, { scopes: ['read'], projectId: null, serviceAccount: { role: 'viewer' } });
    expect(await callAs(core, service.credential).members.me({})).toEqual({
      kind: 'api_key',
      userId: null,
      name: service.name,
      email: null,
      apiKey: apiKey(service),
      app: null,
      organization,
    });
  });

  it('is nobody without a credential', async () => {
    expect(await outcomeOf(callAs(core, { kind: 'none' }).members.me({}))).toBe('UNAUTHORIZED');
    expect(await outcomeOf(callAsUser(core, { id: randomUUID() }).members.me({}))).toBe('UNAUTHORIZED');
  });
});
